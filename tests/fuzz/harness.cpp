// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/harness.h"

#include <cctype>

namespace swtee::fuzz {
namespace {

constexpr std::string_view kHexMark = "# hex\n";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// "*64" behind a byte. One when there is no such thing.
std::size_t take_repetition(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '*') return 1;
  std::size_t count = 0;
  for (++at; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) && count < 0x10000; ++at)
    count = count * 10 + static_cast<std::size_t>(text[at] - '0');
  return std::min<std::size_t>(count, 0x10000);
}

}  // namespace

std::optional<std::vector<std::uint8_t>> decode_hex_text(ByteView input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  if (!text.starts_with(kHexMark)) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  std::size_t at = kHexMark.size();
  while (at < text.size()) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) bytes.push_back(static_cast<std::uint8_t>(text[at]));
      ++at;
    } else if (digit(c) >= 0 && at + 1 < text.size() && digit(text[at + 1]) >= 0) {
      const auto byte = static_cast<std::uint8_t>(digit(c) << 4 | digit(text[at + 1]));
      at += 2;
      bytes.insert(bytes.end(), take_repetition(text, at), byte);
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

}  // namespace swtee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const swtee::ByteView input(data, size);
  if (const auto decoded = swtee::fuzz::decode_hex_text(input)) {
    swtee::fuzz::fuzz_one(*decoded);
    return 0;
  }
  swtee::fuzz::fuzz_one(input);
  return 0;
}
