// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/rmp_view.h"
#include "sim/memory/address_lines.h"
#include "sim/memory/dram.h"

namespace swtee::memory {

/// What the BIOS writes to RMP_BASE, RMP_END and RMP_CFG.  [APM2 r3.42 §15.36.4; PPR MSRC001_0132, _0133, _0136]
///
/// Contiguous: 16 KiB of bookkeeping at `base`, then 16 bytes for each 4 KiB page from 0 to `covered`. Segmented: at
/// base + 16 KiB one page of up to 512 descriptors, one for each 2^shift bytes of memory; a descriptor holds the mapped size
/// in GiB (bits 19:0) and the address of the segment's entries (bits 51:20).
struct RmpLayout {
  Spa base{};
  std::uint64_t covered = 0;  ///< bytes of memory that the table has entries for
  bool segmented = false;
  unsigned segment_shift = 36;

  /// As a BIOS places it: at the top of `memory` bytes of DRAM, on a boundary of 1 MiB.
  static RmpLayout at_top_of(std::uint64_t memory, bool segmented = false);
};

/// The reverse map table, in DRAM: each look-up reads the cells, so who changes them changes the table.
class RmpTable final : public RmpView {
 public:
  /// The cells and the address lines outlive the table.
  RmpTable(Dram& dram, const AddressLines& lines, const RmpLayout& layout);

  /// The BIOS or host kernel set up the table (RMP_BASE, RMP_END).
  void configure(bool on) { configured_ = on; }
  const RmpLayout& layout() const { return layout_; }
  /// True when a byte of the range belongs to the table.
  bool holds(Spa at, std::uint64_t size) const { return at.value < dram_.size() && size != 0 && at.value + size > layout_.base.value; }

  bool configured() const override { return configured_; }
  std::optional<RmpEntry> entry(Spa page) const override;
  void set_entry(Spa page, const RmpEntry& entry) override;

  /// True when a 4 KiB page of this 2 MiB region, other than the first, has an entry that is not all zero; or the first,
  /// when it is no 2 MiB entry.
  bool has_small_entries(Spa region) const;

  /// Where a page's entry is in memory; nothing when the table does not cover it.
  std::optional<Spa> address_of_entry(Spa page) const;

 private:
  using Raw = std::array<std::uint8_t, SWTEE_RMP_ENTRY_SIZE>;
  Raw load(Spa page) const;
  void store(Spa page, const Raw& raw);

  Dram& dram_;
  const AddressLines& lines_;
  RmpLayout layout_;
  bool configured_ = true;
};

}  // namespace swtee::memory
