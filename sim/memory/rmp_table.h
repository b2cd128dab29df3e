// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/rmp_view.h"

#include <array>
#include <memory>
#include <vector>

namespace swtee::memory {

/// The reverse map table, decoded. Costs memory only for regions of 2 MiB with an entry that is not all zero.
class RmpTable final : public RmpView {
 public:
  /// Covers system memory from 0 to `size` (a multiple of the page size).
  explicit RmpTable(std::uint64_t size) : size_(size), regions_((size + kLargePageSize - 1) / kLargePageSize) {}

  /// The BIOS or host kernel set up the table (RMP_BASE, RMP_END).
  void configure(bool on) { configured_ = on; }

  bool configured() const override { return configured_; }
  std::optional<RmpEntry> entry(Spa page) const override;
  void set_entry(Spa page, const RmpEntry& entry) override;

  /// True when a 4 KiB page of this 2 MiB region has an entry of its own that is not all zero.
  bool has_small_entries(Spa region) const;

 private:
  /// What the table says of 2 MiB. A 2 MiB entry is the first one.
  struct Region {
    std::array<RmpEntry, kLargePageSize / kPageSize> entries{};
    std::size_t in_use = 0;  ///< entries that are not all zero
  };

  std::uint64_t size_;
  bool configured_ = true;
  std::vector<std::unique_ptr<Region>> regions_;  ///< by address / 2 MiB; null: all zero
};

}  // namespace swtee::memory
