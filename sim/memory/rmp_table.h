// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/rmp_view.h"

#include <unordered_map>

namespace swtee::memory {

/// The reverse map table, decoded. Costs memory only for pages whose entry is not all zero.
class RmpTable final : public RmpView {
 public:
  /// Covers system memory from 0 to `size` (a multiple of the page size).
  explicit RmpTable(std::uint64_t size) : size_(size) {}

  /// The BIOS or host kernel set up the table (RMP_BASE, RMP_END).
  void configure(bool on) { configured_ = on; }

  bool configured() const override { return configured_; }
  std::optional<RmpEntry> entry(Spa page) const override;
  void set_entry(Spa page, const RmpEntry& entry) override;

  /// True when a 4 KiB page of this 2 MiB region has an entry of its own that is not all zero.
  bool has_small_entries(Spa region) const;

 private:
  std::uint64_t size_;
  bool configured_ = true;
  std::unordered_map<std::uint64_t, RmpEntry> entries_;  ///< by page frame number; a 2 MiB entry at its first frame
};

}  // namespace swtee::memory
