// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/address.h"

#include <array>
#include <memory>
#include <vector>

namespace swtee::memory {

/// Pages by address, from 0 to a size. One that was never made costs nothing; neighbours lie together, because hosts use
/// memory in runs.
template <class Page>
class SparsePages {
 public:
  explicit SparsePages(std::uint64_t size) : regions_((size + kLargePageSize - 1) / kLargePageSize) {}

  /// The page that holds this address, or null when nothing near it was ever made.
  const Page* find(std::uint64_t at) const {
    const Region* const region = regions_[at / kLargePageSize].get();
    if (region == nullptr) return nullptr;
    const std::uint64_t frame = at / kPageSize;
    const Slab* const slab = (*region)[frame / kPagesInSlab % kSlabsInRegion].get();
    return slab == nullptr ? nullptr : &(*slab)[frame % kPagesInSlab];
  }
  Page* find(std::uint64_t at) { return const_cast<Page*>(static_cast<const SparsePages*>(this)->find(at)); }

  Page& make(std::uint64_t at) {
    auto& region = regions_[at / kLargePageSize];
    if (region == nullptr) region = std::make_unique<Region>();
    const std::uint64_t frame = at / kPageSize;
    auto& slab = (*region)[frame / kPagesInSlab % kSlabsInRegion];
    if (slab == nullptr) slab = std::make_unique<Slab>();
    return (*slab)[frame % kPagesInSlab];
  }

  /// Calls `visit(address, page)` for each page that exists, in ascending order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      if (regions_[r] == nullptr) continue;
      for (std::size_t s = 0; s < kSlabsInRegion; ++s) {
        const Slab* const slab = (*regions_[r])[s].get();
        if (slab == nullptr) continue;
        for (std::size_t p = 0; p < kPagesInSlab; ++p)
          visit(r * kLargePageSize + (s * kPagesInSlab + p) * kPageSize, (*slab)[p]);
      }
    }
  }

 private:
  static constexpr std::size_t kPagesInSlab = 16;
  static constexpr std::size_t kSlabsInRegion = kLargePageSize / kPageSize / kPagesInSlab;
  using Slab = std::array<Page, kPagesInSlab>;
  using Region = std::array<std::unique_ptr<Slab>, kSlabsInRegion>;
  std::vector<std::unique_ptr<Region>> regions_;  ///< by address / 2 MiB
};

}  // namespace swtee::memory
