// SPDX-License-Identifier: Apache-2.0
// Vectors: NIST SP 800-38A, F.5.1 (CTR-AES128.Encrypt).
#include "firmware/crypto/aes_ctr.h"

#include "hex.h"

#include <gtest/gtest.h>

namespace swtee::crypto {
namespace {

template <std::size_t N>
Bytes<N> bytes(std::string_view text) {
  Bytes<N> out{};
  const auto decoded = from_hex(text);
  std::copy(decoded.begin(), decoded.end(), out.begin());
  return out;
}

TEST(AesCtr, EncryptsAsNist) {
  const Secret<16> key(bytes<16>("2b7e151628aed2a6abf7158809cf4f3c"));
  const auto iv = bytes<16>("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  auto data = from_hex(
      "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const auto plain = data;
  aes128_ctr(key, iv, data, data);
  EXPECT_EQ(to_hex(data), "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
                          "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
  aes128_ctr(key, iv, data, data);
  EXPECT_EQ(to_hex(data), to_hex(plain));
}

TEST(AesCtr, TakesAnyLength) {
  const Secret<16> key(bytes<16>("2b7e151628aed2a6abf7158809cf4f3c"));
  const auto iv = bytes<16>("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  auto data = from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a");
  aes128_ctr(key, iv, data, data);
  EXPECT_EQ(to_hex(data), "874d6191b620e3261bef6864990db6ce9806f6");
  aes128_ctr(key, iv, {}, {});
}

}  // namespace
}  // namespace swtee::crypto
