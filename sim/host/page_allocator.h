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
  void give_back(Spa page) { free_.push_back(page); }

 private:
  Spa next_;
  Spa end_;
  std::vector<Spa> free_;
};

}  // namespace swtee::host
