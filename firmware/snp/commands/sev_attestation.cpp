// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/digest.h"
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/sev_guest_checks.h"
#include "firmware/snp/wire_ecdsa.h"

namespace swtee::snp::commands {
namespace {

struct ReportPlan {
  std::uint32_t handle = 0;
  Spa at;
};

Result<ReportPlan, Status> check_report(const World& world, sev::AttestationReportBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  SWTEE_TRY(sev_guest_in(world, buffer.handle, kAnySevGuest));
  const bool fits = buffer.report_length >= sizeof(sev::AttestationReport);
  buffer.report_length = sizeof(sev::AttestationReport);
  SWTEE_REQUIRE(fits, Status::invalid_len);
  return ReportPlan{buffer.handle, SWTEE_TRY(output_range(world, buffer.report_paddr, sizeof(sev::AttestationReport), 1))};
}

Status commit_report(World& world, ReportPlan plan, sev::AttestationReportBuffer& buffer) noexcept {
  const SevGuest& guest = world.sev.guests.at(plan.handle);
  sev::AttestationReport report{};
  report.nonce = buffer.nonce;
  report.launch_digest = guest.measured.digest();
  report.policy = guest.policy;
  report.signature_usage = static_cast<std::uint32_t>(sev::Usage::pek);
  report.signature_algorithm = static_cast<std::uint32_t>(sev::Algorithm::ecdsa_sha256);
  const ByteView covered = bytes_of(report).first(offsetof(sev::AttestationReport, signature_usage));
  const WireSignature signature = to_wire(world.sev.owner->pek_key().sign(crypto::sha256(covered)));
  report.r = signature.r;
  report.s = signature.s;
  write_memory(world, plan.at, bytes_of(report));
  return Status::success;
}

struct DebugPlan {
  Spa to;
  Asid asid;
  std::vector<std::uint8_t> content;
};

/// What both directions check. `source` is read as the plan's content.
Result<DebugPlan, Status> check_debug(const World& world, const sev::DebugBuffer& buffer, bool decrypt) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, buffer.handle, kAnySevGuest));
  SWTEE_REQUIRE(guest.asid.has_value(), Status::inactive);
  SWTEE_REQUIRE(!sev::policy::NoDebug::get(guest.policy), Status::policy_failure);
  DebugPlan plan;
  plan.asid = *guest.asid;
  plan.to = SWTEE_TRY(sev_guest_memory(world, buffer.destination_paddr, buffer.length));
  const Spa from = SWTEE_TRY(memory_range(world, buffer.source_paddr, buffer.length, 16));
  plan.content.resize(buffer.length);
  const Access access = decrypt ? Access::psp_as_guest(plan.asid) : Access::psp();
  SWTEE_REQUIRE(world.ports.memory.read(access, from, plan.content).ok(), Status::invalid_address);
  return plan;
}

Result<DebugPlan, Status> check_decrypt(const World& world, const sev::DebugBuffer& buffer) { return check_debug(world, buffer, true); }
Result<DebugPlan, Status> check_encrypt(const World& world, const sev::DebugBuffer& buffer) { return check_debug(world, buffer, false); }

Status commit_decrypt(World& world, const DebugPlan& plan) noexcept {
  write_memory(world, plan.to, plan.content);
  return Status::success;
}

Status commit_encrypt(World& world, const DebugPlan& plan) noexcept {
  write_guest_memory(world, plan.asid, plan.to, plan.content);
  return Status::success;
}

}  // namespace

/// ATTESTATION_REPORT: the launch digest, signed by the PEK.  [SEV-API r0.24 §ATTESTATION]
///
/// States    legacy platform WORKING; any guest state.
/// Failures  INVALID_PARAM reserved; INVALID_GUEST; INVALID_LEN less room than d0h (the length needed is written back);
///           INVALID_ADDRESS; INVALID_PAGE_STATE once SNP is INIT the page is not Firmware.
/// Effects   writes the report with the caller's nonce.
Status sev_attestation_report(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::AttestationReportBuffer>(world, id, buffer, check_report, commit_report);
}

/// DBG_DECRYPT: copies guest memory out of its key.  [SEV-API r0.24 §DBG_DECRYPT]
///
/// States    legacy platform WORKING; any guest state.
/// Failures  INVALID_PARAM reserved; INVALID_GUEST; INACTIVE no ASID; POLICY_FAILURE the policy forbids it; of the destination:
///           INVALID_LEN, RESOURCE_LIMIT, INVALID_ADDRESS, INVALID_PAGE_STATE as LAUNCH_UPDATE_DATA; INVALID_ADDRESS the source.
Status sev_dbg_decrypt(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::DebugBuffer>(world, id, buffer, check_decrypt, commit_decrypt);
}

/// DBG_ENCRYPT: copies memory into the guest's key.  [SEV-API r0.24 §DBG_ENCRYPT]
///
/// States and failures as DBG_DECRYPT.
Status sev_dbg_encrypt(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::DebugBuffer>(world, id, buffer, check_encrypt, commit_encrypt);
}

}  // namespace swtee::snp::commands
