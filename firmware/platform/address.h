// SPDX-License-Identifier: Apache-2.0
/// Addresses and identifiers as types of their own, so that a GPA cannot stand where an SPA belongs.
#pragma once

#include <compare>
#include <cstdint>

namespace swtee {

inline constexpr std::uint64_t kPageSize = 0x1000;
inline constexpr std::uint64_t kLargePageSize = 0x200000;

/// System physical address: what the memory controller sees; the key of RMP, PAMT and encryption tweaks.
struct Spa {
  std::uint64_t value = 0;
  auto operator<=>(const Spa&) const = default;
  constexpr Spa operator+(std::uint64_t offset) const { return {value + offset}; }
  constexpr bool aligned(std::uint64_t to) const { return value % to == 0; }
};

/// Guest physical address, without C-bit.
struct Gpa {
  std::uint64_t value = 0;
  auto operator<=>(const Gpa&) const = default;
};

/// Address space identifier of a guest; 0 is the host.
struct Asid {
  std::uint32_t value = 0;
  auto operator<=>(const Asid&) const = default;
};

}  // namespace swtee
