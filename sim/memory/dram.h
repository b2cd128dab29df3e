// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/physical_memory.h"
#include "sim/memory/rmp_table.h"

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

namespace swtee::memory {

/// System memory from address 0 on. Sparse: what was never written reads as zeros and costs nothing.
///
/// DEVIATION: without an encryption engine yet, DRAM holds plaintext. So that nobody sees what the hardware would show as
/// ciphertext, an access without the guest's key to a page that belongs to a guest is refused (MemoryFault::rmp_violation)
/// instead of being answered with ciphertext. And what was written through one guest's key reads as zeros through another or
/// through none, once the page's owner has changed.
class Dram final : public PhysicalMemory {
 public:
  /// `size` is a multiple of the page size. The table must outlive this object.
  Dram(std::uint64_t size, const RmpTable& rmp) : size_(size), rmp_(rmp), regions_((size + kLargePageSize - 1) / kLargePageSize) {}

  std::uint64_t size() const { return size_; }
  bool contains(Spa at, std::uint64_t size) const override;
  Result<void, MemoryFault> read(const Access& access, Spa at, MutableBytes out) const override;
  Result<void, MemoryFault> write(const Access& access, Spa at, ByteView data) override;
  void renew_key(Asid asid) override { ++renewals_[asid.value]; }

 private:
  /// Which key: whose, and the how manyth of that ASID. All zero: none.
  struct Key {
    Asid asid{};
    std::uint64_t renewal = 0;
    bool operator==(const Key&) const = default;
  };
  struct Page {
    std::array<std::uint8_t, kPageSize> bytes{};
    Key key{};  ///< through which the content was written
  };
  static constexpr std::size_t kPagesInSlab = 16;
  static constexpr std::size_t kSlabsInRegion = kLargePageSize / kPageSize / kPagesInSlab;
  /// Allocated together: hosts use memory in runs, and the processor reaches neighbours faster.
  using Slab = std::array<Page, kPagesInSlab>;
  using Region = std::array<std::unique_ptr<Slab>, kSlabsInRegion>;
  enum class Direction { read, write };

  Key key_of(const Access& access) const;
  /// The page that holds this address, or null when nothing near it was ever written.
  const Page* find_page(Spa at) const;
  Page& make_page(Spa at);
  /// The one place that decides who may touch what.
  bool allowed(const Access& access, Direction direction, const RmpEntry& entry) const;
  Result<void, MemoryFault> check(const Access& access, Direction direction, Spa at, std::uint64_t size) const;

  std::uint64_t size_;
  const RmpTable& rmp_;
  std::vector<std::unique_ptr<Region>> regions_;  ///< by address / 2 MiB; null, as a slab of a region: never written
  std::unordered_map<std::uint32_t, std::uint64_t> renewals_;       ///< by ASID
};

}  // namespace swtee::memory
