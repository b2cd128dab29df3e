// SPDX-License-Identifier: Apache-2.0
/// Building blocks of wire structures: integers and byte strings with alignment 1 and explicit byte order.
///
/// A wire structure is built from these alone, so it has no padding and is its own bytes: copying in or out is
/// one memcpy. SWTEE_WIRE_SIZE and SWTEE_WIRE_AT stand under each structure and pin its layout.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace swtee {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// Unsigned little-endian integer as it lies in memory.
template <class T>
class LittleEndian {
  static_assert(std::is_unsigned_v<T>);

 public:
  constexpr LittleEndian() = default;
  constexpr LittleEndian(T value) {  // NOLINT(google-explicit-constructor): reads as the integer it is
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes_[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  constexpr operator T() const {  // NOLINT(google-explicit-constructor)
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | (static_cast<T>(bytes_[i]) << (8 * i)));
    return value;
  }
  constexpr T get() const { return *this; }

 private:
  std::uint8_t bytes_[sizeof(T)]{};
};

using u8 = std::uint8_t;
using le16 = LittleEndian<std::uint16_t>;
using le32 = LittleEndian<std::uint32_t>;
using le64 = LittleEndian<std::uint64_t>;

/// Byte string of fixed length.
template <std::size_t N>
using Bytes = std::array<std::uint8_t, N>;

/// One bit of a wire integer: Bit<19>::get(policy), Bit<19>::mask.
template <unsigned Position>
struct Bit {
  static constexpr std::uint64_t mask = std::uint64_t{1} << Position;
  static constexpr bool get(std::uint64_t word) { return (word & mask) != 0; }
  static constexpr std::uint64_t set(bool on) { return on ? mask : 0; }
};

/// Bits Low to Low + Width - 1 of a wire integer.
template <unsigned Low, unsigned Width>
struct Field {
  static constexpr std::uint64_t mask = ((Width == 64 ? 0 : (std::uint64_t{1} << Width)) - 1) << Low;
  static constexpr std::uint64_t get(std::uint64_t word) { return (word & mask) >> Low; }
  static constexpr std::uint64_t set(std::uint64_t value) { return (value << Low) & mask; }
};

/// True when every byte is zero: the check of a reserved field.
constexpr bool all_zero(ByteView bytes) {
  std::uint8_t any = 0;
  for (std::uint8_t b : bytes) any = static_cast<std::uint8_t>(any | b);
  return any == 0;
}

template <class T>
concept WireStruct = std::is_trivially_copyable_v<T> && alignof(T) == 1;

/// The bytes of a wire structure.
template <WireStruct T>
ByteView bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof(T)};
}
template <WireStruct T>
MutableBytes mutable_bytes_of(T& value) {
  return {reinterpret_cast<std::uint8_t*>(&value), sizeof(T)};
}

/// A wire structure from the first bytes of a buffer. The caller has checked that there are enough.
template <WireStruct T>
T from_bytes(ByteView bytes) {
  T value{};
  std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T) <= bytes.size() ? sizeof(T) : bytes.size());
  return value;
}

}  // namespace swtee

/// Pins the size of a wire structure and that it is its own bytes.
#define SWTEE_WIRE_SIZE(type, size)                                                      \
  static_assert(sizeof(type) == (size) && alignof(type) == 1, #type " must be " #size); \
  static_assert(std::is_trivially_copyable_v<type> && std::is_standard_layout_v<type>)
/// Pins the offset of a field.
#define SWTEE_WIRE_AT(type, field, offset) static_assert(offsetof(type, field) == (offset), #type "." #field " must be at " #offset)
