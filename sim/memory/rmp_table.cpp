// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/rmp_table.h"

#include "firmware/contract/require.h"

namespace swtee::memory {
namespace {

bool all_zero(const RmpEntry& entry) {
  return !entry.assigned && !entry.immutable && !entry.validated && !entry.vmsa && !entry.large && entry.asid == 0 && entry.gpa == 0;
}

}  // namespace

std::optional<RmpEntry> RmpTable::entry(Spa page) const {
  if (!page.aligned(kPageSize) || page.value >= size_) return std::nullopt;
  const Region* const region = regions_[page.value / kLargePageSize].get();
  if (region == nullptr) return RmpEntry{};
  const auto& entries = region->entries;
  const std::uint64_t offset = page.value % kLargePageSize;
  if (!entries[0].large) return entries[offset / kPageSize];
  RmpEntry entry = entries[0];
  if (entry.assigned && entry.asid != 0) entry.gpa += offset;
  return entry;
}

void RmpTable::set_entry(Spa page, const RmpEntry& entry) {
  SWTEE_ASSERT(page.aligned(entry.large ? kLargePageSize : kPageSize) && page.value < size_);
  auto& region = regions_[page.value / kLargePageSize];
  if (region == nullptr) region = std::make_unique<Region>();
  RmpEntry& current = region->entries[page.value % kLargePageSize / kPageSize];
  if (!all_zero(current)) --region->in_use;
  current = all_zero(entry) ? RmpEntry{} : entry;
  if (!all_zero(entry)) ++region->in_use;
  if (region->in_use == 0) region.reset();
}

bool RmpTable::has_small_entries(Spa at) const {
  const Region* const region = regions_[at.value / kLargePageSize].get();
  if (region == nullptr) return false;
  return region->in_use > (region->entries[0].large ? 1u : 0u);
}

}  // namespace swtee::memory
