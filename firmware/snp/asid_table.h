// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/address.h"

#include <cstdint>
#include <vector>

namespace swtee::snp {

/// Which guest an ASID belongs to, and whether its cached data must be flushed before another may have it.
///
/// Guests of legacy SEV and of SNP draw from the same ASIDs. Life of an ASID: free -> bound (SNP_ACTIVATE) -> dirty (SNP_DECOMMISSION) -> free (SNP_DF_FLUSH).
class AsidTable {
 public:
  enum class Use : std::uint8_t { free, bound, dirty };

  /// Owner of an ASID that a guest of legacy SEV has; no page lies there.
  static constexpr Spa kLegacyGuest{~std::uint64_t{0}};

  AsidTable() = default;
  /// ASIDs 1 to `count`.
  explicit AsidTable(std::uint32_t count) : slots_(count) {}

  /// The table after SNP was switched on or off: ASIDs of SNP guests are free, others are what they were.
  AsidTable without_snp_guests(std::uint32_t count) const {
    AsidTable next(count);
    for (std::uint32_t i = 0; i < count && i < slots_.size(); ++i) {
      if (slots_[i].use == Use::dirty || slots_[i].owner == kLegacyGuest) next.slots_[i] = slots_[i];
      if (slots_[i].use == Use::dirty) ++next.dirty_;
    }
    return next;
  }

  bool valid(Asid asid) const { return asid.value >= 1 && asid.value <= slots_.size(); }
  Use use(Asid asid) const { return slots_.at(asid.value - 1).use; }
  /// The context page of the guest that holds a bound ASID.
  Spa owner(Asid asid) const { return slots_.at(asid.value - 1).owner; }
  bool any_dirty() const { return dirty_ != 0; }

  void bind(Asid asid, Spa owner) { slots_.at(asid.value - 1) = {Use::bound, owner}; }
  void release(Asid asid) {
    slots_.at(asid.value - 1) = {Use::dirty, {}};
    ++dirty_;
  }
  void flush() {
    if (dirty_ == 0) return;
    for (Slot& slot : slots_)
      if (slot.use == Use::dirty) slot.use = Use::free;
    dirty_ = 0;
  }

 private:
  struct Slot {
    Use use = Use::free;
    Spa owner{};
  };
  std::vector<Slot> slots_;
  std::uint32_t dirty_ = 0;
};

}  // namespace swtee::snp
