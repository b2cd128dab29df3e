// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/pem.h"

#include "firmware/contract/require.h"

namespace swtee::crypto {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// Takes the next line off `text`, without its end and without white space at both sides.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line;
}

/// The label of a boundary line that starts with `start`, or nothing.
std::string_view label_of(std::string_view line, std::string_view start) {
  if (line.size() <= start.size() + kDashes.size() || line.substr(0, start.size()) != start ||
      line.substr(line.size() - kDashes.size()) != kDashes)
    return {};
  return line.substr(start.size(), line.size() - start.size() - kDashes.size());
}

}  // namespace

std::string to_base64(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned word = static_cast<unsigned>(bytes[i]) << 16 | (left > 1 ? static_cast<unsigned>(bytes[i + 1]) << 8 : 0u) |
                          (left > 2 ? bytes[i + 2] : 0u);
    text += kAlphabet[word >> 18];
    text += kAlphabet[(word >> 12) & 63];
    text += left > 1 ? kAlphabet[(word >> 6) & 63] : '=';
    text += left > 2 ? kAlphabet[word & 63] : '=';
  }
  return text;
}

Result<DerBytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail("base64: the length is not a multiple of 4");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  DerBytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  unsigned word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_padding = i >= text.size() - padding;
    const int value = is_padding ? 0 : value_of(text[i]);
    if (value < 0) return fail("base64: unexpected character at position " + std::to_string(i));
    word = word << 6 | static_cast<unsigned>(value);
    if (i % 4 != 3) continue;
    const std::size_t drop = i + 1 == text.size() ? padding : 0;
    if ((word & ((1u << (8 * drop)) - 1)) != 0) return fail("base64: unused bits are not zero");
    for (std::size_t byte = 0; byte < 3 - drop; ++byte) bytes.push_back(static_cast<std::uint8_t>(word >> (16 - 8 * byte)));
    word = 0;
  }
  return bytes;
}

Result<std::vector<PemBlock>> parse_pem(std::string_view text) {
  std::vector<PemBlock> blocks;
  while (!text.empty()) {
    const std::string_view label = label_of(take_line(text), kBegin);
    if (label.empty()) continue;
    std::string body;
    for (;;) {
      if (text.empty()) return fail("PEM: block " + std::string(label) + " has no END line");
      const std::string_view line = take_line(text);
      if (line.substr(0, kDashes.size()) == kDashes) {
        if (label_of(line, kEnd) != label) return fail("PEM: block " + std::string(label) + " ends with another line: " + std::string(line));
        break;
      }
      body += line;
    }
    auto bytes = from_base64(body);
    if (!bytes.ok()) return Failure(bytes.error().in("PEM: block " + std::string(label)));
    blocks.push_back({std::string(label), std::move(bytes).value()});
  }
  return blocks;
}

std::string to_pem(std::string_view label, ByteView bytes) {
  const std::string body = to_base64(bytes);
  std::string text = std::string(kBegin) + std::string(label) + std::string(kDashes) + "\n";
  for (std::size_t i = 0; i < body.size(); i += 64) text += body.substr(i, 64) + "\n";
  return text + std::string(kEnd) + std::string(label) + std::string(kDashes) + "\n";
}

}  // namespace swtee::crypto
