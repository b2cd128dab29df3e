// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/page_commands.h>

#include <algorithm>
#include <array>

namespace swtee::snp::commands {
namespace {

constexpr std::size_t kSmallPages = kLargePageSize / kPageSize;

struct Plan {
  Spa page;
  RmpEntry entry;
};

bool same_permissions(const RmpEntry& a, const RmpEntry& b) {
  return std::equal(std::begin(a.vmpl_permissions), std::end(a.vmpl_permissions), std::begin(b.vmpl_permissions));
}

Result<Plan, Status> check(const World& world, const SnpPageUnsmashBuffer& buffer) {
  Plan plan;
  plan.page = SWTEE_TRY(memory_range(world, buffer.page_paddr, kLargePageSize, kLargePageSize));
  std::array<RmpEntry, kSmallPages> entries;
  for (std::size_t i = 0; i < kSmallPages; ++i) {
    const auto entry = world.ports.rmp.entry(plan.page + i * kPageSize);
    SWTEE_REQUIRE(entry.has_value(), Status::invalid_page_state);
    entries[i] = *entry;
  }
  const RmpEntry& first = entries[0];
  const RmpState state = swtee_rmp_state_of(&first);
  SWTEE_REQUIRE(state == SWTEE_RMP_PRE_GUEST || state == SWTEE_RMP_PRE_SWAP, Status::invalid_page_state);
  for (const RmpEntry& entry : entries)
    SWTEE_REQUIRE(swtee_rmp_state_of(&entry) == state && !entry.vmsa, Status::invalid_page_state);
  SWTEE_REQUIRE(!first.large, Status::invalid_page_size);
  for (const RmpEntry& entry : entries) SWTEE_REQUIRE(entry.asid == first.asid, Status::invalid_page_owner);
  SWTEE_REQUIRE(first.gpa % kLargePageSize == 0, Status::invalid_page_state);
  for (std::size_t i = 0; i < kSmallPages; ++i)
    SWTEE_REQUIRE(entries[i].gpa == first.gpa + i * kPageSize && same_permissions(entries[i], first), Status::invalid_page_state);
  plan.entry = first;
  plan.entry.large = true;
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  for (std::size_t i = kSmallPages - 1; i > 0; --i) world.ports.rmp.set_entry(plan.page + i * kPageSize, RmpEntry{});
  world.ports.rmp.set_entry(plan.page, plan.entry);
  return Status::success;
}

}  // namespace

/// SNP_PAGE_UNSMASH: makes one 2 MiB page of 512 pages of 4 KiB, the reverse of PSMASH.  [SNP-ABI r1.58 §SNP_PAGE_UNSMASH]
///
/// States    platform INIT. No guest is named.
/// Failures  INVALID_ADDRESS; INVALID_PAGE_STATE the pages are not all Pre-Guest or all Pre-Swap, or one is a VMSA;
///           INVALID_PAGE_SIZE they are a 2 MiB page already; INVALID_PAGE_OWNER they have several owners; INVALID_PAGE_STATE
///           their GPAs are not 2 MiB in sequence from a multiple of that, or their permissions differ.
/// Effects   one RMP entry of 2 MiB with the GPA of the first page; the state stays. No content changes.
/// DEVIATION: which states may be joined, and the statuses, are not published. Pages that the guest or the host could change
/// meanwhile are refused.
Status snp_page_unsmash(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPageUnsmashBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
