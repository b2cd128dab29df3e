// SPDX-License-Identifier: Apache-2.0
/// The chips that the key service knows.
#pragma once

#include "firmware/keys/chip.h"
#include "sim/vendor/product_line.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace swtee::vendor {

/// A chip known besides the numbered ones, for example one whose id begins like an ASN.1 element.
struct ExtraChip {
  const ProductRow* product;
  keys::ChipId id;
};

/// Chips 0 to size-1 of every product, found by hardware id. The table fills in a thread of its own, lowest numbers first, so
/// that a service with a large fleet answers at once; a lookup waits only for what is not there yet.
class Fleet {
 public:
  Fleet(keys::Universe universe, std::uint64_t size, const std::vector<ExtraChip>& extra = {});
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Ends the filling; lookups that wait return nothing.
  void stop();

  /// The chip of this line with this hardware id, or nothing when it is nobody's.
  std::optional<keys::Chip> find(const ProductLine& line, ByteView hardware_id) const;

 private:
  struct Entry {
    const ProductRow* product;
    keys::ChipId id;
  };
  using Table = std::unordered_multimap<std::uint64_t, Entry>;

  void fill(std::uint64_t size);
  void add(const ProductRow& product, const keys::ChipId& id);

  keys::Universe universe_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::array<Table, 3> tables_;  ///< by line, keyed by the first eight bytes of the id
  bool complete_ = false;
  bool stopping_ = false;
  std::thread filler_;
};

}  // namespace swtee::vendor
