// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/der.h"

#include "hex.h"

namespace swtee::crypto {
namespace {

bool reads(std::string_view hex) {
  const auto bytes = from_hex(hex);
  DerReader reader(bytes);
  return reader.next().ok() && reader.at_end();
}

TEST(DerReader, TakesElementsWithMinimalLengths) {
  EXPECT_TRUE(reads("0500"));
  EXPECT_TRUE(reads("020100"));
  EXPECT_TRUE(reads("0481" "80" + std::string(256, '0')));
  EXPECT_TRUE(reads("0482" "0100" + std::string(512, '0')));
}

TEST(DerReader, RefusesBadTagsAndLengths) {
  for (const char* bytes : {"", "05", "3080", "30800000", "048101aa", "04820001aa", "0485000000000000", "02020000ff00",
                            "0402aa", "1f0100", "0484ffffffff", "048480000000"})
    EXPECT_FALSE(reads(bytes)) << bytes;
}

TEST(DerReader, NamesWhatIsMissing) {
  const auto bytes = from_hex("0500");
  DerReader reader(bytes);
  const auto element = reader.expect(der::kSequence, "tbsCertificate");
  ASSERT_FALSE(element.ok());
  EXPECT_NE(element.error().what().find("tbsCertificate"), std::string::npos);
}

TEST(DerInteger, RoundTripsNumbers) {
  for (const std::uint64_t value : {0ull, 1ull, 127ull, 128ull, 255ull, 256ull, 65536ull, 0x7fffffffffffffffull}) {
    const auto encoded = der_integer(value);
    DerReader reader(encoded);
    const auto element = reader.next();
    ASSERT_TRUE(element.ok());
    const auto number = der_number(element.value(), "n");
    ASSERT_TRUE(number.ok());
    EXPECT_EQ(number.value(), value);
  }
  EXPECT_EQ(to_hex(der_integer(std::uint64_t{128})), "02020080");
}

TEST(DerInteger, RefusesNegativeAndPaddedValues) {
  for (const char* bytes : {"0201ff", "02020001", "0200", "0209010000000000000000"}) {
    const auto encoded = from_hex(bytes);
    DerReader reader(encoded);
    EXPECT_FALSE(der_number(reader.next().value(), "n").ok()) << bytes;
  }
}

TEST(DerOid, EncodesAsThePublishedBytes) {
  EXPECT_EQ(to_hex(der_oid("1.2.840.113549.1.1.10")), "06092a864886f70d01010a");
  EXPECT_EQ(to_hex(der_oid("1.3.6.1.4.1.3704.1.3.8")), "060a2b060104019c78010308");
  EXPECT_EQ(to_hex(der_oid("2.5.4.5")), "0603550405");
  EXPECT_EQ(to_hex(der_oid("2.999.3")), "0603883703");
}

TEST(DerOid, DecodesWhatItEncodes) {
  for (const char* text : {"1.2.840.113549.1.1.10", "1.3.6.1.4.1.3704.1.3.8", "2.5.4.5", "2.999.3", "0.9.2342"}) {
    const auto encoded = der_oid(text);
    DerReader reader(encoded);
    EXPECT_EQ(der_oid_text(reader.next().value()).value(), text);
  }
}

TEST(DerOid, RefusesPaddedAndCutArcs) {
  for (const char* bytes : {"0600", "0602802a", "06022a86", "060b2affffffffffffffffff7f"}) {
    const auto encoded = from_hex(bytes);
    DerReader reader(encoded);
    const auto element = reader.next();
    ASSERT_TRUE(element.ok() && reader.at_end()) << bytes;
    EXPECT_FALSE(der_oid_text(element.value()).ok()) << bytes;
  }
}

}  // namespace
}  // namespace swtee::crypto
