// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/keys/cek.h"
#include "firmware/keys/sev_certificate.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/sev_storage.h"

#include <swtee/abi/sev/commands.h>

#include <algorithm>

namespace swtee::snp::commands {
namespace {

struct NoBuffer {
  u8 none;
};

Result<Unit, Status> check_storage(const World& world, const NoBuffer&) {
  SWTEE_TRY(check_sev_storage(world));
  return Unit{};
}

Status commit_pek(World& world, Unit) noexcept {
  return store_sev_owner(world, new_self_owned(world.chip, world.current().version, world.ports.entropy));
}

Status commit_pdh(World& world, Unit) noexcept { return store_sev_owner(world, with_new_pdh(*world.sev.owner, world.ports.entropy)); }

constexpr std::uint32_t kCertificateSize = sizeof(sev::Certificate);
constexpr std::uint32_t kChainSize = sizeof(sev::CertificateChain);

Result<Spa, Status> check_csr(const World& world, sev::PekCsrBuffer& buffer) {
  const bool fits = buffer.csr_length >= kCertificateSize;
  buffer.csr_length = kCertificateSize;
  SWTEE_REQUIRE(fits, Status::invalid_len);
  return output_range(world, buffer.csr_paddr, kCertificateSize, 1);
}

Status commit_csr(World& world, Spa at, sev::PekCsrBuffer&) noexcept {
  write_memory(world, at, bytes_of(signing_request(*world.sev.owner)));
  return Status::success;
}

struct ExportPlan {
  Spa pdh;
  Spa chain;
};

Result<ExportPlan, Status> check_export(const World& world, sev::PdhCertExportBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_ch == 0, Status::invalid_param);
  const bool fits = buffer.pdh_cert_length >= kCertificateSize && buffer.certs_length >= kChainSize;
  buffer.pdh_cert_length = kCertificateSize;
  buffer.certs_length = kChainSize;
  SWTEE_REQUIRE(fits, Status::invalid_len);
  ExportPlan plan;
  plan.pdh = SWTEE_TRY(output_range(world, buffer.pdh_cert_paddr, kCertificateSize, 1));
  plan.chain = SWTEE_TRY(output_range(world, buffer.certs_paddr, kChainSize, 1));
  return plan;
}

Status commit_export(World& world, ExportPlan plan, sev::PdhCertExportBuffer&) noexcept {
  const SevOwner& owner = *world.sev.owner;
  const sev::CertificateChain chain{owner.pek, owner.oca, keys::cek_certificate(world.chip)};
  write_memory(world, plan.pdh, bytes_of(owner.pdh));
  write_memory(world, plan.chain, bytes_of(chain));
  return Status::success;
}

struct ImportPlan {
  sev::Certificate pek;
  sev::Certificate oca;
};

bool is_certificate(const sev::Certificate& certificate, sev::Usage usage) {
  return certificate.version == sev::kCertificateVersion && certificate.key_usage == static_cast<std::uint32_t>(usage) &&
         all_zero(certificate.reserved_6h);
}

Result<ImportPlan, Status> check_import(const World& world, const sev::PekCertImportBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_ch == 0, Status::invalid_param);
  SWTEE_REQUIRE(buffer.pek_cert_length == kCertificateSize && buffer.oca_cert_length == kCertificateSize, Status::invalid_len);
  const Spa pek_at = SWTEE_TRY(memory_range(world, buffer.pek_cert_paddr, kCertificateSize, 1));
  const Spa oca_at = SWTEE_TRY(memory_range(world, buffer.oca_cert_paddr, kCertificateSize, 1));
  const SevOwner& owner = *world.sev.owner;
  SWTEE_REQUIRE(!owner.external, Status::already_owned);
  ImportPlan plan{SWTEE_TRY(read_struct<sev::Certificate>(world, pek_at)), SWTEE_TRY(read_struct<sev::Certificate>(world, oca_at))};
  SWTEE_REQUIRE(is_certificate(plan.oca, sev::Usage::oca) && keys::public_key(plan.oca).ok(), Status::invalid_certificate);
  const sev::Certificate request = signing_request(owner);
  const ByteView asked = keys::signed_part(request);
  const ByteView given = keys::signed_part(plan.pek);
  SWTEE_REQUIRE(std::equal(asked.begin(), asked.end(), given.begin(), given.end()), Status::invalid_certificate);
  SWTEE_REQUIRE(keys::signed_by(plan.oca, plan.oca) && keys::signed_by(plan.pek, plan.oca), Status::bad_signature);
  SWTEE_TRY(check_sev_storage(world));
  return plan;
}

Status commit_import(World& world, const ImportPlan& plan) noexcept {
  return store_sev_owner(world, with_external_owner(*world.sev.owner, plan.pek, plan.oca, world.chip, world.ports.entropy));
}

Result<Spa, Status> check_id(const World& world, sev::GetIdBuffer& buffer) {
  const std::uint32_t size = world.ports.cpus.sockets() * world.product().chip_id_size;
  const bool fits = buffer.id_length >= size;
  buffer.id_length = size;
  SWTEE_REQUIRE(fits, Status::invalid_len);
  return output_range(world, buffer.id_paddr, size, 8);
}

Status commit_id(World& world, Spa at, sev::GetIdBuffer& buffer) noexcept {
  std::vector<std::uint8_t> ids(buffer.id_length);
  std::copy_n(world.chip.id.begin(), world.product().chip_id_size, ids.begin());
  write_memory(world, at, ids);
  return Status::success;
}

}  // namespace

/// PEK_GEN: a new identity of a platform that owns itself.  [SEV-API r0.24 §PEK_GEN]
///
/// States    legacy platform INIT.
/// Failures  INVALID_PAGE_STATE INIT_EX's area is no longer all Firmware while SNP is INIT; HWERROR_PLATFORM the storage failed.
/// Effects   new OCA, PEK and PDH, also when the platform had an external owner. Stored before it is answered.
Status sev_pek_gen(World& world, std::uint32_t id, ByteView) {
  const NoBuffer none{};
  return run<NoBuffer>(world, id, bytes_of(none), check_storage, commit_pek);
}

/// PDH_GEN: a new Diffie-Hellman key of the same owner.  [SEV-API r0.24 §PDH_GEN]
///
/// States    legacy platform INIT or WORKING.
/// Failures  as PEK_GEN.
Status sev_pdh_gen(World& world, std::uint32_t id, ByteView) {
  const NoBuffer none{};
  return run<NoBuffer>(world, id, bytes_of(none), check_storage, commit_pdh);
}

/// PEK_CSR: the PEK as a certificate for an owner to sign.  [SEV-API r0.24 §PEK_CSR]
///
/// States    legacy platform INIT.
/// Failures  INVALID_LEN less room than 824h (the length needed is written back); INVALID_ADDRESS; INVALID_PAGE_STATE once SNP is
///           INIT an output page is not Firmware.
/// Effects   writes the certificate without signatures, and its length.
Status sev_pek_csr(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::PekCsrBuffer>(world, id, buffer, check_csr, commit_csr);
}

/// PEK_CERT_IMPORT: gives the platform an external owner.  [SEV-API r0.24 §PEK_CERT_IMPORT]
///
/// States    legacy platform INIT.
/// Failures  INVALID_PARAM reserved; INVALID_LEN a length is not 824h; INVALID_ADDRESS; ALREADY_OWNED; INVALID_CERTIFICATE the OCA is
///           no well-formed certificate with a P-384 key, or the PEK is not what PEK_CSR gave; BAD_SIGNATURE the OCA has not
///           signed itself, or not the PEK; INVALID_PAGE_STATE and HWERROR_PLATFORM as PEK_GEN.
/// Effects   the owner is external; the CEK countersigns the PEK; the PDH is new. Stored before it is answered.
/// DEVIATION: an OCA with an RSA key is refused.
Status sev_pek_cert_import(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::PekCertImportBuffer>(world, id, buffer, check_import, commit_import);
}

/// PDH_CERT_EXPORT: PDH, PEK, OCA and CEK.  [SEV-API r0.24 §PDH_CERT_EXPORT]
///
/// States    legacy platform INIT or WORKING.
/// Failures  INVALID_PARAM reserved; INVALID_LEN less room than 824h for the PDH or 186ch for the others (both needed lengths are
///           written back); INVALID_ADDRESS; INVALID_PAGE_STATE once SNP is INIT an output page is not Firmware.
/// Effects   writes the certificates and their lengths. The CEK's is without the vendor's signature, which the key service adds.
Status sev_pdh_cert_export(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::PdhCertExportBuffer>(world, id, buffer, check_export, commit_export);
}

/// GET_ID: the ids by which the vendor's key service knows the chips.  [SEV-API r0.24 §GET_ID]
///
/// States    any.
/// Failures  INVALID_LEN less room than 40h a socket, 8 on Turin (the length needed is written back); INVALID_ADDRESS, also when not 8-byte
///           aligned; INVALID_PAGE_STATE once SNP is INIT an output page is not Firmware.
/// Effects   writes the ids and their length.
/// DEVIATION: the length on Turin is concluded from snphost, whose address of a VCEK is right only so. The model has one chip; ids of further sockets are zero.
Status sev_get_id(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::GetIdBuffer>(world, id, buffer, check_id, commit_id);
}

}  // namespace swtee::snp::commands
