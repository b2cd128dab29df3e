// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/physical_memory.h"

#include <map>
#include <optional>

namespace swtee::cpu {

/// The host's page table for one guest: from GPA to SPA. Nothing checks it: a malicious host maps what it wants, and the RMP is
/// what protects the guest.
class NestedPageTable {
 public:
  struct Translation {
    Spa spa;
    bool large = false;
  };

  /// Maps 4 KiB, or 2 MiB when `large`. Both addresses are aligned to that; a mapping that was there is replaced.
  void map(Gpa gpa, Spa spa, bool large = false) {
    (large ? large_ : small_)[gpa.value] = spa;
    if (large) small_.erase(small_.lower_bound(gpa.value), small_.lower_bound(gpa.value + kLargePageSize));
  }
  /// Removes the mapping that begins at this address.
  void unmap(Gpa gpa, bool large = false) { (large ? large_ : small_).erase(gpa.value); }

  /// Where an address leads. A 4 KiB mapping hides the 2 MiB mapping around it.
  std::optional<Translation> translate(Gpa at) const {
    if (const auto page = small_.find(at.value & ~(kPageSize - 1)); page != small_.end())
      return Translation{page->second + at.value % kPageSize, false};
    if (const auto page = large_.find(at.value & ~(kLargePageSize - 1)); page != large_.end())
      return Translation{page->second + at.value % kLargePageSize, true};
    return std::nullopt;
  }

  /// All mappings of one size, ascending.
  const std::map<std::uint64_t, Spa>& mappings(bool large) const { return large ? large_ : small_; }

 private:
  std::map<std::uint64_t, Spa> small_;
  std::map<std::uint64_t, Spa> large_;
};

}  // namespace swtee::cpu
