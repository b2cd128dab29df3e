// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/page_commands.h>
#include <swtee/abi/snp/policy.h>

#include <algorithm>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Asid asid;
  Spa src;
  Spa dst;
  RmpEntry entry;        ///< of the source
  MutableBytes content;  ///< in the world's scratch space
};

Result<Plan, Status> check(const World& world, const SnpPageMoveBuffer& buffer) {
  using namespace page_move_bits;
  SWTEE_REQUIRE((buffer.flags & kMustBeZero) == 0 && buffer.reserved_ch == 0, Status::invalid_param);
  const Spa gctx = SWTEE_TRY(active_guest(world, buffer.gctx_paddr));
  const GuestContext& guest = *world.guest(gctx);
  const bool large = PageSize::get(buffer.flags);
  const std::uint64_t size = large ? kLargePageSize : kPageSize;
  Plan plan{*guest.asid, {}, {}, {}, {}};
  plan.src = SWTEE_TRY(memory_range(world, buffer.src_paddr, size, size));
  plan.dst = SWTEE_TRY(memory_range(world, buffer.dst_paddr, size, size));
  plan.entry = SWTEE_TRY(entry_in_state(world, plan.src, {SWTEE_RMP_PRE_SWAP}, large, plan.asid));
  const RmpEntry target = SWTEE_TRY(entry_in_state(world, plan.dst, {SWTEE_RMP_PRE_GUEST}, large, plan.asid));
  SWTEE_REQUIRE(target.gpa == plan.entry.gpa, Status::invalid_param);
  SWTEE_REQUIRE(!policy::PageSwapDisable::get(guest.policy), Status::policy_failure);
  plan.content = world.page_scratch(size);
  SWTEE_TRY(read_guest_memory(world, plan.asid, plan.src, plan.content));
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  write_guest_memory(world, plan.asid, plan.dst, plan.content);
  std::fill(plan.content.begin(), plan.content.end(), std::uint8_t{0});
  write_memory(world, plan.src, plan.content);
  world.ports.rmp.set_entry(plan.src, pre_guest_entry(plan.entry));
  plan.entry.immutable = false;
  world.ports.rmp.set_entry(plan.dst, plan.entry);
  return Status::success;
}

}  // namespace

/// SNP_PAGE_MOVE: gives a guest's page another place in memory; the guest sees no difference.  [SNP-ABI r1.58 §SNP_PAGE_MOVE]
///
/// States    platform INIT; guest LAUNCH or RUNNING.
/// Failures  INVALID_PARAM reserved bits; INVALID_ADDRESS; INVALID_GUEST, INVALID_GUEST_STATE; INACTIVE no ASID;
///           INVALID_PAGE_STATE, INVALID_PAGE_SIZE, INVALID_PAGE_OWNER the source is not a Pre-Swap page of the guest, of the
///           size that the command names, or the target not such a Pre-Guest page; INVALID_PARAM their GPAs differ;
///           POLICY_FAILURE the policy forbids swapping.
/// Effects   the target holds the content under the guest's key and becomes Guest-Valid with the source's GPA, VMSA mark and
///           permissions; the source holds zeros and becomes Pre-Guest.
/// DEVIATION: what becomes of the two pages, and the status for different GPAs, are not published.
Status snp_page_move(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPageMoveBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
