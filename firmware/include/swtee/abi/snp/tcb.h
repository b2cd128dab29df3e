// SPDX-License-Identifier: Apache-2.0
/// TCB_VERSION: the security versions of the firmware components.  [SNP-ABI r1.58 §TCB_VERSION]
#pragma once

#include <swtee/abi/wire.h>

#include <cstdint>

namespace swtee::snp {

/// Which byte of TCB_VERSION holds which component. Milan and Genoa share one layout, Turin has its own.
enum class TcbLayout { milan_genoa, turin };

/// The components, decoded. Compare with `covers`, never as one number.
struct Tcb {
  std::uint8_t fmc = 0;  ///< Turin only; 0 elsewhere
  std::uint8_t boot_loader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;

  bool operator==(const Tcb&) const = default;

  /// Every component of `other` is at most this one's: the partial order of the rollback rules.
  constexpr bool covers(const Tcb& other) const {
    return fmc >= other.fmc && boot_loader >= other.boot_loader && tee >= other.tee && snp >= other.snp &&
           microcode >= other.microcode;
  }
};

/// TCB_VERSION as a 64-bit number (byte 0 is the lowest).
constexpr std::uint64_t encode(const Tcb& tcb, TcbLayout layout) {
  const auto at = [](std::uint8_t value, unsigned byte) { return std::uint64_t{value} << (8 * byte); };
  if (layout == TcbLayout::turin)
    return at(tcb.fmc, 0) | at(tcb.boot_loader, 1) | at(tcb.tee, 2) | at(tcb.snp, 3) | at(tcb.microcode, 7);
  return at(tcb.boot_loader, 0) | at(tcb.tee, 1) | at(tcb.snp, 6) | at(tcb.microcode, 7);
}

/// Bits that hold no component and must be zero.
constexpr std::uint64_t reserved_bits(TcbLayout layout) {
  return layout == TcbLayout::turin ? 0x00ffffff'00000000u : 0x0000ffff'ffff0000u;
}

constexpr Tcb decode_tcb(std::uint64_t value, TcbLayout layout) {
  const auto at = [value](unsigned byte) { return static_cast<std::uint8_t>(value >> (8 * byte)); };
  if (layout == TcbLayout::turin)
    return {.fmc = at(0), .boot_loader = at(1), .tee = at(2), .snp = at(3), .microcode = at(7)};
  return {.fmc = 0, .boot_loader = at(0), .tee = at(1), .snp = at(6), .microcode = at(7)};
}

}  // namespace swtee::snp
