// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/byte_text.h"

#include "firmware/contract/require.h"

#include <charconv>

namespace swtee::replay {
namespace {

constexpr std::string_view kZeros = "00*";
/// Fewer zeros are written out.
constexpr std::size_t kManyZeros = 8;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::size_t> zero_count(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count > most)
    return fail("after 00* the number of zero bytes is wanted, at most " + std::to_string(most) + " in all");
  return count;
}

}  // namespace

std::string to_text(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t written = bytes.size();
  while (written != 0 && bytes[written - 1] == 0) --written;
  const std::size_t zeros = bytes.size() - written;
  if (zeros < kManyZeros) written = bytes.size();
  std::string text;
  text.reserve(2 * written + 16);
  for (const std::uint8_t byte : bytes.first(written)) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  if (zeros >= kManyZeros) text += (written == 0 ? "" : " ") + std::string(kZeros) + std::to_string(zeros);
  return text;
}

Result<std::vector<std::uint8_t>> to_bytes(std::string_view text, std::size_t most) {
  const std::size_t space = text.find(' ');
  std::string_view digits = text.substr(0, space);
  std::string_view zeros = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  if (space == std::string_view::npos && text.starts_with(kZeros)) std::swap(digits, zeros);
  if (digits.size() % 2 != 0) return fail("two hexadecimal digits are wanted for each byte");
  if (digits.size() / 2 > most) return fail("at most " + std::to_string(most) + " bytes are wanted");
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(digits[2 * i]);
    const int low = digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return fail("two hexadecimal digits are wanted for each byte");
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (!zeros.empty() || space != std::string_view::npos) {
    if (!zeros.starts_with(kZeros)) return fail("after the digits only 00*N is known");
    bytes.resize(bytes.size() + SWTEE_TRY(zero_count(zeros.substr(kZeros.size()), most - bytes.size())));
  }
  return bytes;
}

}  // namespace swtee::replay
