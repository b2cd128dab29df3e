// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa page;
  std::unique_ptr<GuestContext> context;
};

Result<Plan, Status> check(const World& world, const GctxBuffer& buffer) {
  const Spa page = SWTEE_TRY(page_in_state(world, buffer.gctx_paddr, {SWTEE_RMP_FIRMWARE}));
  SWTEE_REQUIRE(!world.ports.rmp.entry(page)->large, Status::invalid_page_size);
  return Plan{page, std::make_unique<GuestContext>()};
}

Status commit(World& world, Plan plan) noexcept {
  const std::array<std::uint8_t, kPageSize> zeros{};
  write_memory(world, plan.page, zeros);
  world.ports.rmp.set_entry(plan.page, context_entry());
  world.guests[plan.page.value] = std::move(plan.context);
  return Status::success;
}

}  // namespace

/// SNP_GCTX_CREATE: turns a Firmware page into the context of a new guest.  [SNP-ABI r1.58 §SNP_GCTX_CREATE]
///
/// States    platform INIT; the guest begins in INIT.
/// Failures  INVALID_ADDRESS; INVALID_PAGE_STATE the page is not Firmware; INVALID_PAGE_SIZE it is a 2 MiB page.
/// Effects   the page becomes Context; GUEST_COUNT + 1.
Status snp_gctx_create(World& world, std::uint32_t id, ByteView buffer) { return run<GctxBuffer>(world, id, buffer, check, commit); }

}  // namespace swtee::snp::commands
