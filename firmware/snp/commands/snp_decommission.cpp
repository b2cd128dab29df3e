// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

Result<Spa, Status> check(const World& world, const GctxBuffer& buffer) { return guest_page(world, buffer.gctx_paddr); }

Status commit(World& world, Spa gctx) noexcept {
  if (const auto asid = world.guest(gctx)->asid; asid.has_value()) {
    world.ports.memory.unload_key(*asid);
    world.asids.release(*asid);
    world.wbinvd_needed_after = world.ports.cpus.wbinvd_moment();
  }
  world.guests.erase(gctx.value);
  world.ports.rmp.set_entry(gctx, firmware_entry());
  return Status::success;
}

}  // namespace

/// SNP_DECOMMISSION: destroys a guest and its keys.  [SNP-ABI r1.58 §SNP_DECOMMISSION]
///
/// States    platform INIT; any guest state.
/// Failures  INVALID_ADDRESS; INVALID_GUEST the page is no context page.
/// Effects   the ASID is dirty until WBINVD and SNP_DF_FLUSH; the context page becomes Firmware; GUEST_COUNT - 1. Other
///           guests whose migration agent this was keep its REPORT_ID in their reports.
Status snp_decommission(World& world, std::uint32_t id, ByteView buffer) { return run<GctxBuffer>(world, id, buffer, check, commit); }

}  // namespace swtee::snp::commands
