// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/pem.h"

#include "hex.h"

namespace swtee::crypto {
namespace {

TEST(Base64, MatchesRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(to_base64(view_of(plain)), encoded);
    EXPECT_EQ(to_hex(from_base64(encoded).value()), to_hex(view_of(plain)));
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-v"})
    EXPECT_FALSE(from_base64(text).ok()) << text;
}

TEST(Pem, ReadsSeveralBlocksAndSkipsComments) {
  const auto blocks = parse_pem("# TEST ONLY\r\n-----BEGIN A-----\r\nZm9v\r\n-----END A-----\r\nbetween\n-----BEGIN B C-----\nZg==\n-----END B C-----");
  ASSERT_TRUE(blocks.ok());
  ASSERT_EQ(blocks.value().size(), 2u);
  EXPECT_EQ(blocks.value()[0].label, "A");
  EXPECT_EQ(to_hex(blocks.value()[0].bytes), "666f6f");
  EXPECT_EQ(blocks.value()[1].label, "B C");
}

TEST(Pem, RefusesBlocksThatDoNotClose) {
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\nZm9v\n").ok());
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\nZm9v\n-----END B-----\n").ok());
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nZm9v\n-----END A-----\n").ok());
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----\n").ok());
}

TEST(Pem, ReadsBackWhatItWrites) {
  std::vector<std::uint8_t> bytes(100, 0x5a);
  const std::string text = to_pem("THING", bytes);
  EXPECT_EQ(text.substr(0, 22), "-----BEGIN THING-----\n");
  EXPECT_EQ(text.find('\n', 22), 22u + 64u);
  EXPECT_EQ(parse_pem(text).value().at(0).bytes, bytes);
}

}  // namespace
}  // namespace swtee::crypto
