// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/address.h"

#include <vector>

namespace swtee::memory {

/// From addresses on the bus to DRAM cells: the identity, unless a physical attacker has made two addresses reach the same
/// cells, by lying in a module's SPD (BadRAM) or by pulling an address line (Battering RAM).
class AddressLines {
 public:
  /// Accesses to `size` bytes at `ghost` reach the cells of `target` from now on. All are multiples of the page size.
  void alias(Spa ghost, Spa target, std::uint64_t size) { aliases_.push_back({ghost, target, size}); }
  void remove_aliases() { aliases_.clear(); }
  bool any() const { return !aliases_.empty(); }

  /// The cell that an address reaches. The latest alias wins.
  std::uint64_t cell_of(Spa at) const {
    for (auto alias = aliases_.rbegin(); alias != aliases_.rend(); ++alias)
      if (at.value >= alias->ghost.value && at.value - alias->ghost.value < alias->size)
        return alias->target.value + (at.value - alias->ghost.value);
    return at.value;
  }

  struct Alias {
    Spa ghost;
    Spa target;
    std::uint64_t size;
  };
  const std::vector<Alias>& aliases() const { return aliases_; }

 private:
  std::vector<Alias> aliases_;
};

}  // namespace swtee::memory
