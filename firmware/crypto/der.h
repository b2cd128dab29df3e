// SPDX-License-Identifier: Apache-2.0
/// DER: the encoding of keys, signatures, certificates and CRLs.  [ITU-T X.690 §10]
///
/// The reader never trusts a length: each element lies wholly inside the bytes given, and lengths that are indefinite,
/// not minimal or above 16 MiB, and tags of more than one byte, are refused.
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/wire.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::crypto {

using DerBytes = std::vector<std::uint8_t>;

namespace der {
inline constexpr std::uint8_t kBoolean = 0x01, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kNull = 0x05,
                              kOid = 0x06, kUtf8String = 0x0c, kPrintableString = 0x13, kIa5String = 0x16, kUtcTime = 0x17,
                              kGeneralizedTime = 0x18, kSequence = 0x30, kSet = 0x31;
/// Context-specific tag [number], constructed or primitive.
constexpr std::uint8_t context(unsigned number, bool constructed) {
  return static_cast<std::uint8_t>(0x80 | (constructed ? 0x20 : 0) | number);
}
}  // namespace der

struct DerElement {
  std::uint8_t tag = 0;
  ByteView content;  ///< without tag and length
  ByteView whole;    ///< with them
};

/// Walks the elements that lie one after the other in some bytes. The bytes must outlive it.
class DerReader {
 public:
  explicit DerReader(ByteView bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  /// True when another element follows and it has this tag.
  bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }
  Result<DerElement> next();
  /// The next element, which must have this tag; `what` names it in the error.
  Result<DerElement> expect(std::uint8_t tag, std::string_view what);
  /// The next element, which must be constructed and have this tag, as a reader of its content.
  Result<DerReader> enter(std::uint8_t tag, std::string_view what);
  /// The next element as an OBJECT IDENTIFIER in dotted form.
  Result<std::string> oid(std::string_view what);
  /// The next element as an INTEGER from 0 to 2^63 - 1.
  Result<std::uint64_t> number(std::string_view what);
  /// The next element as a BIT STRING of whole bytes.
  Result<ByteView> whole_bits(std::string_view what);
  /// Fails when bytes are left over.
  Result<void> finish(std::string_view what) const;
  /// What has not been read yet.
  ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

/// The value of an INTEGER that is not negative, big-endian without leading zeros (0 is one zero byte).
Result<ByteView> der_unsigned(const DerElement& element, std::string_view what);
/// The same as a number below 2^63.
Result<std::uint64_t> der_number(const DerElement& element, std::string_view what);
/// An OBJECT IDENTIFIER in dotted form.
Result<std::string> der_oid_text(const DerElement& element);

/// One element with this tag around the pieces.
DerBytes der_element(std::uint8_t tag, std::initializer_list<ByteView> pieces);
/// An INTEGER from big-endian bytes that mean an unsigned number.
DerBytes der_integer(ByteView big_endian);
DerBytes der_integer(std::uint64_t value);
/// An OBJECT IDENTIFIER from its dotted form, which must be well-formed.
DerBytes der_oid(std::string_view dotted);
DerBytes der_text(std::uint8_t tag, std::string_view text);
DerBytes der_bit_string(ByteView bytes);

}  // namespace swtee::crypto
