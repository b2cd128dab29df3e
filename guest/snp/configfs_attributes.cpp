// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/configfs_attributes.h"

#include "firmware/contract/require.h"

#include <cerrno>
#include <limits>

namespace swtee::guest::snp {
namespace {

/// 0 to 15, or 16 for a character that is no hexadecimal digit.
unsigned hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

/// Takes the prefix off. "0x" without a digit behind it is the octal number 0 and then a stray "x".
unsigned take_base(std::string_view& text) {
  if (text.empty() || text[0] != '0') return 10;
  if (text.size() > 2 && (text[1] == 'x' || text[1] == 'X') && hex_digit(text[2]) < 16) {
    text.remove_prefix(2);
    return 16;
  }
  return 8;
}

}  // namespace

const TsmAttributeRow* find_tsm_attribute(std::string_view name) {
  for (const TsmAttributeRow& row : kTsmAttributes)
    if (row.name == name) return &row;
  return nullptr;
}

Result<std::uint32_t, int> parse_unsigned(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const unsigned base = take_base(text);

  std::uint64_t value = 0;
  bool overflow = false;
  std::size_t digits = 0;
  for (; digits < text.size() && hex_digit(text[digits]) < base; ++digits) {
    value = value * base + hex_digit(text[digits]);
    overflow = overflow || value > std::numeric_limits<std::uint32_t>::max();
    if (overflow) value = 0;
  }
  SWTEE_REQUIRE(digits > 0, -EINVAL);
  text.remove_prefix(digits);
  if (!text.empty() && text[0] == '\n') text.remove_prefix(1);
  SWTEE_REQUIRE(text.empty(), -EINVAL);
  SWTEE_REQUIRE(!overflow, -ERANGE);
  return static_cast<std::uint32_t>(value);
}

Result<Bytes<16>, int> parse_guid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  SWTEE_REQUIRE(text.size() >= kLength, -EINVAL);
  Bytes<16> guid{};
  std::size_t digit = 0;
  for (std::size_t i = 0; i < kLength; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      SWTEE_REQUIRE(text[i] == '-', -EINVAL);
      continue;
    }
    const unsigned value = hex_digit(text[i]);
    SWTEE_REQUIRE(value < 16, -EINVAL);
    guid[digit / 2] = static_cast<std::uint8_t>(guid[digit / 2] << 4 | value);
    ++digit;
  }
  return guid;
}

}  // namespace swtee::guest::snp
