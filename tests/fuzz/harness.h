// SPDX-License-Identifier: Apache-2.0
/// What every fuzz target shares: one function to write, a reader for its input, and a check that stays on.
///
/// A target is a source file that defines fuzz_one(). With clang it becomes a libFuzzer program; every other build makes
/// a program that replays the seeds. See docs/fuzzing.md.
#pragma once

#include <swtee/abi/wire.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

namespace swtee::fuzz {

/// One input of a target. It returns for every input; a property that does not hold ends in FUZZ_REQUIRE.
void fuzz_one(ByteView input);

/// A target may define this to mutate with knowledge of its format: changes `input` in place, keeps it within
/// `max_size`. `seed` decides everything. Default: libFuzzer's own mutations.
void mutate(std::vector<std::uint8_t>& input, std::size_t max_size, unsigned seed);

/// libFuzzer's byte mutations, for use inside mutate(). In a replay program it does nothing.
void mutate_bytes(std::vector<std::uint8_t>& input, std::size_t max_size);

/// Seeds with binary content are text that people can read: the first line is "# hex"; then bytes as pairs of digits,
/// strings in double quotes, `00*64` for repetition, and comments from "#" to the end of the line.
/// Nothing when the input is not such a text.
std::optional<std::vector<std::uint8_t>> decode_hex_text(ByteView input);

/// Takes an input apart. Reading beyond the end yields zeros, so that every input means something.
class InputReader {
 public:
  explicit InputReader(ByteView input) : rest_(input) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }
  /// At most `size` bytes: fewer at the end of the input.
  ByteView bytes(std::size_t size) {
    const ByteView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::uint64_t integer(std::size_t size) {
    std::uint64_t value = 0;
    std::size_t shift = 0;
    for (std::uint8_t byte : bytes(size)) {
      value |= std::uint64_t{byte} << shift;
      shift += 8;
    }
    return value;
  }

  ByteView rest_;
};

[[noreturn]] inline void property_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: this must hold for every input: %s\n", file, line, condition);
  std::abort();
}

}  // namespace swtee::fuzz

/// A property of the code under test.
#define FUZZ_REQUIRE(condition)                                                          \
  do {                                                                                   \
    if (!(condition)) ::swtee::fuzz::property_failed(#condition, __FILE__, __LINE__);    \
  } while (false)
