// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/attestation.h"

#include "firmware/contract/require.h"
#include "firmware/snp/wire_ecdsa.h"

namespace swtee::snp {
namespace {

std::uint64_t platform_info_of(const World& world, std::uint32_t report_version) {
  using namespace platform_info;
  return SmtEn::set(world.ports.cpus.smt_enabled()) | TsmeEn::set(world.settings.tsme_enabled) |
         EccEn::set(world.settings.ecc_enabled) | RaplDis::set(world.init_options.rapl_disabled) |
         CiphertextHidingDramEn::set(world.init_options.ciphertext_hiding) |
         AliasCheckComplete::set(report_version >= 3 && world.alias_check_complete);
}

std::uint32_t key_info_of(const World& world, const GuestContext& guest, EndorsementKey key) {
  using namespace key_info;
  const bool masked = world.config.mask_chip_key;
  const std::uint32_t signing = masked ? kNone : key == EndorsementKey::vlek ? kVlek : kVcek;
  return static_cast<std::uint32_t>(AuthorKeyEn::set(guest.author_key_enabled) | MaskChipKey::set(masked) | SigningKey::set(signing));
}

void describe_platform(const World& world, AttestationReport& report) {
  report.current_tcb = world.encoded(world.current().tcb);
  report.reported_tcb = world.encoded(world.reported_tcb);
  report.committed_tcb = world.encoded(world.permanent.committed_tcb);
  report.current_major = world.current().version.major;
  report.current_minor = world.current().version.minor;
  report.current_build = world.current().version.build;
  report.committed_major = world.permanent.committed_version.major;
  report.committed_minor = world.permanent.committed_version.minor;
  report.committed_build = world.permanent.committed_version.build;
  if (report.version >= 3) {
    const CpuidFms fms = fms_of(world.product().cpuid_signature);
    report.cpuid_fam_id = fms.family;
    report.cpuid_mod_id = fms.model;
    report.cpuid_step = fms.stepping;
  }
  if (report.version >= 5) report.current_mit_vector = world.current().mit_vector;
  if (!world.config.mask_chip_id) report.chip_id = world.chip.id;
}

void describe_guest(const World& world, const GuestContext& guest, AttestationReport& report) {
  report.policy = guest.policy;
  report.measurement = guest.launch_digest;
  report.host_data = guest.host_data;
  report.report_id = guest.report_id;
  report.report_id_ma = guest.report_id_ma;
  report.launch_tcb = world.encoded(guest.launch_tcb);
  if (report.version >= 5) report.launch_mit_vector = guest.launch_mit_vector;
  if (guest.id_block.has_value()) {
    report.guest_svn = guest.id_block->guest_svn;
    report.family_id = guest.id_block->family_id;
    report.image_id = guest.id_block->image_id;
    report.id_key_digest = guest.id_key_digest;
    report.author_key_digest = guest.author_key_digest;
  }
}

}  // namespace

Result<EndorsementKey, Status> select_key(const World& world, const GuestContext& guest, KeySelect select) {
  SWTEE_REQUIRE(select != KeySelect::reserved, Status::invalid_param);
  const bool want_vlek = select == KeySelect::vlek || (select == KeySelect::vlek_or_vcek && world.vlek.has_value());
  if (want_vlek) {
    SWTEE_REQUIRE(world.vlek.has_value(), Status::invalid_key);
    return EndorsementKey::vlek;
  }
  SWTEE_REQUIRE(!guest.vcek_disabled, Status::invalid_key);
  return EndorsementKey::vcek;
}

AttestationReport attest(World& world, const GuestContext& guest, EndorsementKey key, std::uint32_t vmpl, const Bytes<64>& report_data) {
  AttestationReport report{};
  report.version = world.current().report_version;
  report.vmpl = vmpl;
  report.signature_algo = kSignatureAlgoEcdsaP384;
  report.platform_info = platform_info_of(world, report.version);
  report.key_info = key_info_of(world, guest, key);
  report.report_data = report_data;
  describe_platform(world, report);
  describe_guest(world, guest, report);
  if (!world.config.mask_chip_key) {
    const auto digest = crypto::sha384(bytes_of(report).first(kSignedReportSize));
    report.signature = to_wire(world.signing_key(key).sign(digest));
  }
  return report;
}

}  // namespace swtee::snp
