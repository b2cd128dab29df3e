// SPDX-License-Identifier: Apache-2.0
/// Vectors 2 and 10 of IEEE 1619-2018, Annex B (2 in full, of 10 the first 32 bytes).
#include "firmware/crypto/aes_xts.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace swtee::crypto {
namespace {

std::vector<std::uint8_t> hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i < text.size(); i += 2) bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) * 16 + digit(text[i + 1])));
  return bytes;
}

TEST(AesXts, GivesVector2OfIeee1619) {
  std::vector<std::uint8_t> key(16, 0x11);
  key.resize(32, 0x22);
  const AesXts xts(key);
  const std::vector<std::uint8_t> plain(32, 0x44);
  std::vector<std::uint8_t> out(32);
  xts.encrypt(0x3333333333, plain, out);
  EXPECT_EQ(out, hex("c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"));
  xts.decrypt(0x3333333333, out, out);
  EXPECT_EQ(out, plain) << "in place";
}

TEST(AesXts, GivesVector10OfIeee1619With256BitKeys) {
  const AesXts xts(hex("27182818284590452353602874713526624977572470936999595749669676273141592653589793238462643383279502884197169399375105820974944592"));
  std::vector<std::uint8_t> plain(512);
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(i);
  std::vector<std::uint8_t> out(512);
  xts.encrypt(0xff, plain, out);
  EXPECT_EQ(std::vector<std::uint8_t>(out.begin(), out.begin() + 32), hex("1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b"));
  xts.decrypt(0xff, out, out);
  EXPECT_EQ(out, plain);
}

TEST(AesXts, GivesOtherCiphertextForAnotherUnit) {
  std::vector<std::uint8_t> key(16, 1);
  key.resize(32, 2);
  const AesXts xts(key);
  std::vector<std::uint8_t> a(4096), b(4096);
  xts.encrypt(1, a, a);
  xts.encrypt(2, b, b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace swtee::crypto
