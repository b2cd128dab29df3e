// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/address.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace swtee::host {

/// The host's free memory: single pages from a window of system memory.
class PageAllocator {
 public:
  PageAllocator(Spa begin, Spa end) : next_(begin), end_(end) {}

  /// A page, or nothing when memory is used up.
  std::optional<Spa> take() {
    if (!free_.empty()) {
      const Spa page = free_.back();
      free_.pop_back();
      return page;
    }
    if (next_ >= end_) return std::nullopt;
    const Spa page = next_;
    next_ = next_ + kPageSize;
    return page;
  }
  /// `count` pages in a row, the first at a multiple of `alignment` (a power of two, in bytes), never used before; or nothing.
  std::optional<Spa> take_run(std::uint64_t count, std::uint64_t alignment) {
    const Spa first{(next_.value + alignment - 1) & ~(alignment - 1)};
    if (first >= end_ || count > (end_.value - first.value) / kPageSize) return std::nullopt;
    for (; next_ < first; next_ = next_ + kPageSize) free_.push_back(next_);
    next_ = first + count * kPageSize;
    return first;
  }
  void give_back(Spa page) { free_.push_back(page); }

 private:
  Spa next_;
  Spa end_;
  std::vector<Spa> free_;
};

}  // namespace swtee::host
