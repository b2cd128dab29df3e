// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/page_commands.h>

#include <algorithm>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa gctx;
  Spa page;
};

Result<Plan, Status> check(const World& world, const SnpPageMdInitBuffer& buffer) {
  Plan plan;
  plan.gctx = SWTEE_TRY(guest_in_state(world, buffer.gctx_paddr, kPageStates));
  // The RMP tells a metadata page from a firmware page by its GPA, which is the context page's address.
  SWTEE_REQUIRE(plan.gctx.value != 0, Status::invalid_address);
  plan.page = SWTEE_TRY(memory_range(world, buffer.page_paddr, kPageSize, kPageSize));
  SWTEE_TRY(entry_in_state(world, plan.page, {SWTEE_RMP_FIRMWARE}, false, Asid{}));
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  const MutableBytes zeros = world.page_scratch(kPageSize);
  std::fill(zeros.begin(), zeros.end(), std::uint8_t{0});
  write_memory(world, plan.page, zeros);
  world.ports.rmp.set_entry(plan.page, metadata_entry(plan.gctx));
  return Status::success;
}

}  // namespace

/// SNP_PAGE_MD_INIT: makes a metadata page of one guest, with 64 free entries.  [SNP-ABI r1.58 §SNP_PAGE_MD_INIT]
///
/// States    platform INIT; guest LAUNCH or RUNNING, with or without an ASID.
/// Failures  INVALID_ADDRESS, also a context page at address 0; INVALID_GUEST, INVALID_GUEST_STATE; INVALID_PAGE_STATE the page
///           is not Firmware; INVALID_PAGE_SIZE it is part of a 2 MiB page.
/// Effects   the page is zeros and becomes Metadata, bound to the guest.
/// DEVIATION: how the RMP binds the page to the guest is not published: its GPA is the address of the context page.
Status snp_page_md_init(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPageMdInitBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
