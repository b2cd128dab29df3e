// SPDX-License-Identifier: Apache-2.0
/// Key material that wipes itself and cannot be compared or printed by accident.
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::crypto {

/// Overwrites memory in a way the compiler keeps.
void cleanse(MutableBytes bytes);
/// Compares in constant time. Spans of different length are unequal.
bool equal(ByteView a, ByteView b);

/// N bytes of key material. Move-only; wiped on destruction and after a move. There is no operator==, no output
/// operator and no formatter: `expose()` is the one way to the bytes, so that a search finds every use.
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t size = N;

  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> bytes) { std::memcpy(bytes_.data(), bytes.data(), N); }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { cleanse(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      cleanse(other.bytes_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { cleanse(bytes_); }

  std::span<const std::uint8_t, N> expose() const { return bytes_; }
  std::span<std::uint8_t, N> fill() { return bytes_; }
  Secret copy() const { return Secret(expose()); }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace swtee::crypto
