// SPDX-License-Identifier: Apache-2.0
/// Values to bytes and back, for saved machines. One list of a structure's members, a template over the stream, serves both
/// directions, so that they cannot drift apart: `stream(thing.a, thing.b)`.
///
/// Integers are little-endian; a flag is one byte, 0 or 1; a wire structure is its own bytes; an optional is a flag, then its
/// value when there is one.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/platform/address.h"

#include <swtee/abi/wire.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swtee {

class StateWriter {
 public:
  static constexpr bool kReads = false;

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  template <class Secret>
  void secret(const Secret& secret) {
    raw(secret.expose());
  }
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  /// A 32-bit length, then the bytes.
  void counted(ByteView bytes, std::size_t) {
    put(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }
  void require(bool, const char*) {}

  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  void put(bool value) { bytes_.push_back(value ? 1 : 0); }
  template <std::unsigned_integral T>
  void put(T value) {
    raw(bytes_of(LittleEndian<T>(value)));
  }
  void put(Spa at) { put(at.value); }
  void put(Asid asid) { put(asid.value); }
  template <WireStruct T>
    requires(!std::unsigned_integral<T>)
  void put(const T& value) {
    raw(bytes_of(value));
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value.has_value()) put(*value);
  }

  std::vector<std::uint8_t> bytes_;
};

/// Reads what StateWriter wrote, or anything: after the first thing that is wrong all values are zero, and `finish` tells.
class StateReader {
 public:
  static constexpr bool kReads = true;

  explicit StateReader(ByteView bytes) : all_(bytes), rest_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  template <class Secret>
  void secret(Secret& secret) {
    const ByteView bytes = raw(Secret::size);
    if (!bytes.empty()) std::copy(bytes.begin(), bytes.end(), secret.fill().begin());
  }
  /// Exactly `size` bytes, or none after something wrong.
  ByteView raw(std::size_t size) {
    require(size <= rest_.size(), "the data ends within a value");
    if (failed()) return {};
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  /// At most `most` bytes.
  void counted(std::vector<std::uint8_t>& bytes, std::size_t most) {
    std::uint32_t size = 0;
    get(size);
    require(size <= most, "a length is larger than anything of its kind");
    const ByteView found = raw(failed() ? 0 : size);
    bytes.assign(found.begin(), found.end());
  }

  bool failed() const { return !problem_.empty(); }
  bool at_end() const { return rest_.empty(); }
  /// Notes what is wrong with the values just read. The first note stays.
  void require(bool holds, const char* what) {
    if (!holds && !failed()) problem_ = "byte " + std::to_string(all_.size() - rest_.size()) + ": " + what;
  }
  /// Whether all was right, and nothing is left over.
  Result<void> finish() {
    require(rest_.empty(), "there is more than is known here");
    if (failed()) return fail(problem_);
    return {};
  }

 private:
  void get(bool& value) {
    std::uint8_t byte = 0;
    get(byte);
    require(byte <= 1, "a flag is neither 0 nor 1");
    value = byte == 1;
  }
  template <std::unsigned_integral T>
  void get(T& value) {
    const ByteView bytes = raw(sizeof(T));
    value = bytes.empty() ? T{0} : from_bytes<LittleEndian<T>>(bytes).get();
  }
  void get(Spa& at) { get(at.value); }
  void get(Asid& asid) { get(asid.value); }
  template <WireStruct T>
    requires(!std::unsigned_integral<T>)
  void get(T& value) {
    const ByteView bytes = raw(sizeof(T));
    value = bytes.empty() ? T{} : from_bytes<T>(bytes);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool present = false;
    get(present);
    value.reset();
    if (present) get(value.emplace());
  }

  ByteView all_;
  ByteView rest_;
  std::string problem_;
};

}  // namespace swtee
