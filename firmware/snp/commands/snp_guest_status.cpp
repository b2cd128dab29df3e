// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa gctx;
  Spa at;
};

Result<Plan, Status> check(const World& world, const SnpGuestStatusBuffer& buffer) {
  const Spa gctx = SWTEE_TRY(guest_page(world, buffer.gctx_paddr));
  const Spa at = SWTEE_TRY(output_buffer(world, buffer.status_paddr, sizeof(GuestStatus), 8));
  return Plan{gctx, at};
}

Status commit(World& world, Plan plan) noexcept {
  const GuestContext& guest = *world.guest(plan.gctx);
  GuestStatus status{};
  status.policy = guest.policy;
  status.asid = guest.asid.value_or(Asid{}).value;
  status.state = static_cast<std::uint8_t>(guest.state());
  write_memory(world, plan.at, bytes_of(status));
  return Status::success;
}

}  // namespace

/// SNP_GUEST_STATUS: policy, ASID and state of a guest.  [SNP-ABI r1.58 §SNP_GUEST_STATUS]
///
/// States    platform INIT; any guest state.
/// Failures  INVALID_ADDRESS, INVALID_GUEST; INVALID_PAGE_STATE the status page is not Firmware.
/// Effects   writes 32 bytes; the page stays Firmware.
Status snp_guest_status(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpGuestStatusBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
