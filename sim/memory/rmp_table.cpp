// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/rmp_table.h"

#include "firmware/contract/require.h"

namespace swtee::memory {
namespace {

constexpr std::uint64_t kFramesPerRegion = kLargePageSize / kPageSize;

bool all_zero(const RmpEntry& entry) {
  return !entry.assigned && !entry.immutable && !entry.validated && !entry.vmsa && !entry.large && entry.asid == 0 && entry.gpa == 0;
}

}  // namespace

std::optional<RmpEntry> RmpTable::entry(Spa page) const {
  if (!page.aligned(kPageSize) || page.value >= size_) return std::nullopt;
  const std::uint64_t frame = page.value / kPageSize;
  const std::uint64_t first = frame & ~(kFramesPerRegion - 1);
  if (const auto region = entries_.find(first); region != entries_.end() && region->second.large) {
    RmpEntry entry = region->second;
    if (entry.assigned && entry.asid != 0) entry.gpa += (frame - first) * kPageSize;
    return entry;
  }
  const auto found = entries_.find(frame);
  return found == entries_.end() ? RmpEntry{} : found->second;
}

void RmpTable::set_entry(Spa page, const RmpEntry& entry) {
  SWTEE_ASSERT(page.aligned(entry.large ? kLargePageSize : kPageSize) && page.value < size_);
  if (all_zero(entry))
    entries_.erase(page.value / kPageSize);
  else
    entries_[page.value / kPageSize] = entry;
}

bool RmpTable::has_small_entries(Spa region) const {
  const std::uint64_t first = region.value / kPageSize;
  for (std::uint64_t frame = first; frame < first + kFramesPerRegion; ++frame)
    if (const auto found = entries_.find(frame); found != entries_.end() && !found->second.large) return true;
  return false;
}

}  // namespace swtee::memory
