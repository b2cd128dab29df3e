// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/rmp_table.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::memory {
namespace {

constexpr std::uint64_t kMebibyte = 0x100000;
constexpr std::uint64_t kGibibyte = 0x40000000;
constexpr std::uint64_t kSegments = 512;

std::uint64_t align_down(std::uint64_t value, std::uint64_t to) { return value / to * to; }
std::uint64_t align_up(std::uint64_t value, std::uint64_t to) { return align_down(value + to - 1, to); }
std::uint64_t entries_size(std::uint64_t memory) { return memory / kPageSize * SWTEE_RMP_ENTRY_SIZE; }
Spa region_of(Spa page) { return {align_down(page.value, kLargePageSize)}; }

/// Bytes of memory that segment `i` covers.
std::uint64_t segment_part(const RmpLayout& layout, std::uint64_t i) {
  const std::uint64_t begin = i << layout.segment_shift;
  return begin >= layout.covered ? 0 : std::min(std::uint64_t{1} << layout.segment_shift, layout.covered - begin);
}

}  // namespace

RmpLayout RmpLayout::at_top_of(std::uint64_t memory, bool segmented) {
  RmpLayout layout;
  layout.covered = memory;
  layout.segmented = segmented;
  std::uint64_t size = SWTEE_RMP_BOOKKEEPING_SIZE + entries_size(memory);
  if (segmented) {
    while ((memory >> layout.segment_shift) >= kSegments) ++layout.segment_shift;
    size = kMebibyte;
    for (std::uint64_t i = 0; segment_part(layout, i) != 0; ++i) size += align_up(entries_size(align_up(segment_part(layout, i), kGibibyte)), kMebibyte);
  }
  SWTEE_ASSERT(size < memory);
  layout.base = {align_down(memory - size, kMebibyte)};
  return layout;
}

RmpTable::RmpTable(Dram& dram, const AddressLines& lines, const RmpLayout& layout) : dram_(dram), lines_(lines), layout_(layout) {
  if (!layout_.segmented) return;
  Spa segment = layout_.base + kMebibyte;
  for (std::uint64_t i = 0; segment_part(layout_, i) != 0; ++i) {
    const std::uint64_t gibibytes = align_up(segment_part(layout_, i), kGibibyte) / kGibibyte;
    std::array<std::uint8_t, 8> descriptor;
    swtee_rmp_store64(descriptor.data(), segment.value | gibibytes);
    dram_.write(layout_.base.value + SWTEE_RMP_BOOKKEEPING_SIZE + 8 * i, Lens{}, descriptor);
    segment = segment + align_up(entries_size(gibibytes * kGibibyte), kMebibyte);
  }
}

std::optional<Spa> RmpTable::address_of_entry(Spa page) const {
  if (!page.aligned(kPageSize) || page.value >= layout_.covered) return std::nullopt;
  if (!layout_.segmented) return layout_.base + SWTEE_RMP_BOOKKEEPING_SIZE + entries_size(page.value);
  std::array<std::uint8_t, 8> bytes;
  dram_.read(lines_.cell_of(layout_.base + SWTEE_RMP_BOOKKEEPING_SIZE + 8 * (page.value >> layout_.segment_shift)), Lens{}, bytes);
  const std::uint64_t descriptor = swtee_rmp_load64(bytes.data());
  const std::uint64_t offset = page.value & ((std::uint64_t{1} << layout_.segment_shift) - 1);
  const std::uint64_t mapped = std::min((descriptor & 0xfffff) * kGibibyte, std::uint64_t{1} << layout_.segment_shift);
  const Spa at{(descriptor & 0x000ffffffff00000ull) + entries_size(offset)};
  // A descriptor lies in DRAM, where an attacker can change it.
  if (offset >= mapped || at.value > dram_.size() - SWTEE_RMP_ENTRY_SIZE) return std::nullopt;
  return at;
}

RmpTable::Raw RmpTable::load(Spa page) const {
  Raw raw{};
  if (const auto at = address_of_entry(page); at.has_value()) dram_.read(lines_.cell_of(*at), Lens{}, raw);
  return raw;
}

void RmpTable::store(Spa page, const Raw& raw) {
  if (const auto at = address_of_entry(page); at.has_value()) dram_.write(lines_.cell_of(*at), Lens{}, raw);
}

std::optional<RmpEntry> RmpTable::entry(Spa page) const {
  const auto at = address_of_entry(page);
  if (!at.has_value()) return std::nullopt;
  // Entries of one region lie together, and a region in one segment.
  const std::uint64_t offset = page.value % kLargePageSize;
  Raw raw;
  dram_.read(lines_.cell_of({at->value - entries_size(offset)}), Lens{}, raw);
  RmpEntry head = swtee_rmp_decode(raw.data());
  if (offset == 0) return head;
  if (!head.large) {
    dram_.read(lines_.cell_of(*at), Lens{}, raw);
    return swtee_rmp_decode(raw.data());
  }
  if (head.assigned && head.asid != 0) head.gpa += offset;
  return head;
}

void RmpTable::set_entry(Spa page, const RmpEntry& entry) {
  SWTEE_ASSERT(page.aligned(entry.large ? kLargePageSize : kPageSize) && address_of_entry(page).has_value());
  const Spa region = region_of(page);
  Raw head = load(region);
  unsigned subpages = swtee_rmp_subpages(head.data());
  Raw raw{};
  if (page == region) {
    swtee_rmp_encode(&entry, subpages, raw.data());
    store(page, raw);
    return;
  }
  const RmpEntry before = swtee_rmp_decode(load(page).data());
  const bool was = !swtee_rmp_is_zero(&before);
  const bool is = !swtee_rmp_is_zero(&entry);
  if (was != is) {
    if (is && subpages < 0x1ff) ++subpages;
    if (!is && subpages > 0) --subpages;
    const RmpEntry first = swtee_rmp_decode(head.data());
    swtee_rmp_encode(&first, subpages, head.data());
    store(region, head);
  }
  if (is) swtee_rmp_encode(&entry, 0, raw.data());
  store(page, raw);
}

bool RmpTable::has_small_entries(Spa at) const {
  const Raw head = load(region_of(at));
  const RmpEntry first = swtee_rmp_decode(head.data());
  return swtee_rmp_subpages(head.data()) != 0 || (!first.large && !swtee_rmp_is_zero(&first));
}

}  // namespace swtee::memory
