// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <swtee/abi/wire.h>

#include <algorithm>

namespace swtee::keys {

/// Bytes of a number of P-384, in fields of AMD's structures that have room for 576 bits.
inline constexpr std::size_t kNumberSize = 48;

/// A big-endian number, at most a field's size, as such a field: little-endian, padded with zeros.
inline Bytes<72> little_endian(ByteView big) {
  Bytes<72> field{};
  std::reverse_copy(big.begin(), big.end(), field.begin());
  return field;
}

/// The number of a field, without its padding.
inline Bytes<kNumberSize> big_endian(const Bytes<72>& field) {
  Bytes<kNumberSize> big{};
  std::reverse_copy(field.begin(), field.begin() + kNumberSize, big.begin());
  return big;
}

/// True when the field's padding is zero.
inline bool padded(const Bytes<72>& field) { return all_zero(ByteView(field).subspan(kNumberSize)); }

}  // namespace swtee::keys
