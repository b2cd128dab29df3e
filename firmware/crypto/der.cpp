// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/der.h"

#include "firmware/contract/require.h"

#include <charconv>

namespace swtee::crypto {
namespace {

constexpr std::size_t kMaxLength = std::size_t{1} << 24;

void append(DerBytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

void append_base128(DerBytes& to, std::uint64_t value) {
  std::uint8_t digits[10];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
  } while (value != 0);
  while (count-- > 0) to.push_back(static_cast<std::uint8_t>(digits[count] | (count > 0 ? 0x80 : 0)));
}

Failure<Error> refuse(std::string_view what, const char* why, int line = __builtin_LINE()) {
  return fail("DER: " + std::string(what) + " " + why, __FILE__, line);
}

}  // namespace

Result<DerElement> DerReader::next() {
  if (rest_.size() < 2) return refuse("element", "is cut off");
  const std::uint8_t tag = rest_[0];
  if ((tag & 0x1f) == 0x1f) return refuse("element", "has a tag of several bytes");
  std::size_t header = 2;
  std::size_t length = rest_[1];
  if (length & 0x80) {
    const std::size_t digits = length & 0x7f;
    if (digits == 0) return refuse("element", "has an indefinite length");
    if (digits > 4 || rest_.size() < 2 + digits) return refuse("element", "has a length beyond its end");
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) length = (length << 8) | rest_[2 + i];
    if (length < 0x80 || (digits > 1 && rest_[2] == 0)) return refuse("element", "has a length that is not minimal");
    header += digits;
  }
  if (length > kMaxLength || length > rest_.size() - header) return refuse("element", "has a length beyond its end");
  const DerElement element{tag, rest_.subspan(header, length), rest_.first(header + length)};
  rest_ = rest_.subspan(header + length);
  return element;
}

Result<DerElement> DerReader::expect(std::uint8_t tag, std::string_view what) {
  if (rest_.empty()) return refuse(what, "is missing");
  if (rest_[0] != tag) return refuse(what, "has another type than expected");
  auto element = next();
  if (!element.ok()) return Failure(element.error().in(std::string(what)));
  return element;
}

Result<DerReader> DerReader::enter(std::uint8_t tag, std::string_view what) {
  return DerReader(SWTEE_TRY(expect(tag, what)).content);
}

Result<std::string> DerReader::oid(std::string_view what) {
  const DerElement element = SWTEE_TRY(expect(der::kOid, what));
  return der_oid_text(element);
}

Result<std::uint64_t> DerReader::number(std::string_view what) {
  const DerElement element = SWTEE_TRY(expect(der::kInteger, what));
  return der_number(element, what);
}

Result<ByteView> DerReader::whole_bits(std::string_view what) {
  const DerElement element = SWTEE_TRY(expect(der::kBitString, what));
  if (element.content.empty() || element.content[0] != 0) return refuse(what, "is not a BIT STRING of whole bytes");
  return element.content.subspan(1);
}

Result<void> DerReader::finish(std::string_view what) const {
  if (!rest_.empty()) return refuse(what, "has bytes after its end");
  return {};
}

Result<ByteView> der_unsigned(const DerElement& element, std::string_view what) {
  ByteView value = element.content;
  if (element.tag != der::kInteger || value.empty()) return refuse(what, "is not an INTEGER");
  if (value[0] & 0x80) return refuse(what, "is negative");
  if (value.size() > 1 && value[0] == 0) {
    if (!(value[1] & 0x80)) return refuse(what, "is not minimal");
    value = value.subspan(1);
  }
  return value;
}

Result<std::uint64_t> der_number(const DerElement& element, std::string_view what) {
  const ByteView bytes = SWTEE_TRY(der_unsigned(element, what));
  if (bytes.size() > 8 || (bytes.size() == 8 && (bytes[0] & 0x80))) return refuse(what, "is too large");
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
  return value;
}

Result<std::string> der_oid_text(const DerElement& element) {
  if (element.tag != der::kOid || element.content.empty()) return refuse("object identifier", "is missing");
  std::string text;
  std::uint64_t arc = 0;
  bool begun = false;
  for (const std::uint8_t byte : element.content) {
    if (!begun && byte == 0x80) return refuse("object identifier", "is not minimal");
    if (arc >> 56) return refuse("object identifier", "has an arc that is too large");
    arc = (arc << 7) | (byte & 0x7f);
    begun = (byte & 0x80) != 0;
    if (begun) continue;
    if (text.empty()) {
      const std::uint64_t first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = std::to_string(first);
      arc -= 40 * first;
    }
    text += '.';
    text += std::to_string(arc);
    arc = 0;
  }
  if (begun) return refuse("object identifier", "is cut off");
  return text;
}

DerBytes der_element(std::uint8_t tag, std::initializer_list<ByteView> pieces) {
  std::size_t length = 0;
  for (const ByteView piece : pieces) length += piece.size();
  SWTEE_ASSERT(length <= kMaxLength);
  DerBytes out{tag};
  out.reserve(length + 5);
  if (length < 0x80) {
    out.push_back(static_cast<std::uint8_t>(length));
  } else {
    std::size_t digits = 1;
    while (length >> (8 * digits)) ++digits;
    out.push_back(static_cast<std::uint8_t>(0x80 | digits));
    while (digits-- > 0) out.push_back(static_cast<std::uint8_t>(length >> (8 * digits)));
  }
  for (const ByteView piece : pieces) append(out, piece);
  return out;
}

DerBytes der_integer(ByteView big_endian) {
  while (big_endian.size() > 1 && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  constexpr std::uint8_t zero[1] = {0};
  if (big_endian.empty()) return der_element(der::kInteger, {zero});
  if (big_endian[0] & 0x80) return der_element(der::kInteger, {zero, big_endian});
  return der_element(der::kInteger, {big_endian});
}

DerBytes der_integer(std::uint64_t value) {
  std::uint8_t bytes[8];
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return der_integer(ByteView(bytes));
}

DerBytes der_oid(std::string_view dotted) {
  DerBytes content;
  std::uint64_t first = 0;
  for (std::size_t index = 0; !dotted.empty(); ++index) {
    std::uint64_t arc = 0;
    const auto parsed = std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc);
    SWTEE_ASSERT(parsed.ec == std::errc());
    dotted.remove_prefix(static_cast<std::size_t>(parsed.ptr - dotted.data()));
    if (!dotted.empty()) {
      SWTEE_ASSERT(dotted[0] == '.');
      dotted.remove_prefix(1);
    }
    if (index == 0)
      first = arc;
    else
      append_base128(content, index == 1 ? 40 * first + arc : arc);
  }
  return der_element(der::kOid, {content});
}

DerBytes der_text(std::uint8_t tag, std::string_view text) {
  return der_element(tag, {ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())});
}

DerBytes der_bit_string(ByteView bytes) {
  constexpr std::uint8_t unused[1] = {0};
  return der_element(der::kBitString, {unused, bytes});
}

}  // namespace swtee::crypto
