// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/attestation.h"
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

constexpr std::uint32_t kReservedFlags = ~std::uint32_t{3};

struct Plan {
  Spa gctx;
  Spa at;
  EndorsementKey key;
};

Result<Plan, Status> check(const World& world, const SnpHvReportReqBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(SnpHvReportReqBuffer), Status::invalid_len);
  SWTEE_REQUIRE((buffer.key_select & kReservedFlags) == 0, Status::invalid_param);
  const Spa gctx = SWTEE_TRY(guest_in_state(world, buffer.gctx_paddr, kRunningState));
  const Spa at = SWTEE_TRY(output_buffer(world, buffer.report_paddr, sizeof(ReportRsp), kPageSize));
  const EndorsementKey key =
      SWTEE_TRY(select_key(world, *world.guest(gctx), static_cast<KeySelect>(ReportKeySelect::get(buffer.key_select))));
  return Plan{gctx, at, key};
}

Status commit(World& world, Plan plan) noexcept {
  ReportRsp response{};
  response.report_size = sizeof(AttestationReport);
  response.report = attest(world, *world.guest(plan.gctx), plan.key, kVmplHostRequested, {});
  write_memory(world, plan.at, bytes_of(response));
  return Status::success;
}

}  // namespace

/// SNP_HV_REPORT_REQ: a report of a guest for the host. Its VMPL is ffffffff and its REPORT_DATA zero.
/// [SNP-ABI r1.58 §SNP_HV_REPORT_REQ; id and buffer as Linux' KVM_SEV_SNP_HV_REPORT_REQ patches of 2026 have them]
///
/// States    platform INIT; guest RUNNING.
/// Failures  INVALID_LEN the buffer's LENGTH is not 24; INVALID_PARAM reserved bits or KEY_SEL 3; INVALID_ADDRESS,
///           INVALID_GUEST, INVALID_GUEST_STATE; INVALID_PAGE_STATE the page is not Firmware; INVALID_KEY the chosen key
///           cannot be used.
/// Effects   writes MSG_REPORT_RSP; the page stays Firmware.
Status snp_hv_report_req(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpHvReportReqBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
