// SPDX-License-Identifier: Apache-2.0
// Vectors: McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 13, 14 and 16 (AES-256).
#include "firmware/crypto/aead.h"

#include "hex.h"

namespace swtee::crypto {
namespace {

struct GcmCase {
  const char* key;
  const char* iv;
  const char* aad;
  const char* plaintext;
  const char* ciphertext;
  const char* tag;
};

const GcmCase kCases[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

class AesGcmVector : public testing::TestWithParam<GcmCase> {
 protected:
  GcmKey key() const { return GcmKey(bytes_from_hex<32>(GetParam().key)); }
  GcmIv iv() const { return bytes_from_hex<12>(GetParam().iv); }
  std::vector<std::uint8_t> aad() const { return from_hex(GetParam().aad); }
};

TEST_P(AesGcmVector, SealsToCiphertextAndTag) {
  const auto plaintext = from_hex(GetParam().plaintext);
  std::vector<std::uint8_t> ciphertext(plaintext.size());
  const GcmTag tag = aes256_gcm_seal(key(), iv(), aad(), plaintext, ciphertext);
  EXPECT_EQ(to_hex(ciphertext), GetParam().ciphertext);
  EXPECT_EQ(to_hex(tag), GetParam().tag);
}

TEST_P(AesGcmVector, OpensInPlace) {
  auto buffer = from_hex(GetParam().ciphertext);
  EXPECT_TRUE(aes256_gcm_open(key(), iv(), aad(), buffer, bytes_from_hex<16>(GetParam().tag), buffer));
  EXPECT_EQ(to_hex(buffer), GetParam().plaintext);
}

TEST_P(AesGcmVector, RefusesEveryFlippedTagBitAndClearsTheOutput) {
  const auto ciphertext = from_hex(GetParam().ciphertext);
  for (std::size_t bit = 0; bit < 128; ++bit) {
    GcmTag tag = bytes_from_hex<16>(GetParam().tag);
    tag[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    std::vector<std::uint8_t> out(ciphertext.size(), 0xaa);
    EXPECT_FALSE(aes256_gcm_open(key(), iv(), aad(), ciphertext, tag, out)) << "bit " << bit;
    EXPECT_TRUE(all_zero(out));
  }
}

INSTANTIATE_TEST_SUITE_P(GcmSpecification, AesGcmVector, testing::ValuesIn(kCases));

TEST(AesGcm, RefusesChangedAadCiphertextIvAndKey) {
  const GcmCase& vector = kCases[2];
  const GcmTag tag = bytes_from_hex<16>(vector.tag);
  auto ciphertext = from_hex(vector.ciphertext);
  auto aad = from_hex(vector.aad);
  auto iv = bytes_from_hex<12>(vector.iv);
  auto key = bytes_from_hex<32>(vector.key);
  std::vector<std::uint8_t> out(ciphertext.size());
  const auto opens = [&] { return aes256_gcm_open(GcmKey(key), iv, aad, ciphertext, tag, out); };
  EXPECT_TRUE(opens());
  for (std::uint8_t* byte : {&ciphertext[0], &ciphertext.back(), &aad[0], &aad.back(), &iv[11], &key[0]}) {
    *byte ^= 1;
    EXPECT_FALSE(opens());
    *byte ^= 1;
  }
  EXPECT_TRUE(opens());
}

TEST(AesGcm, AuthenticatesAadOfAnEmptyMessage) {
  const GcmKey key(bytes_from_hex<32>(kCases[2].key));
  const GcmIv iv{};
  const GcmTag tag = aes256_gcm_seal(key, iv, view_of("header"), {}, {});
  EXPECT_TRUE(aes256_gcm_open(key, iv, view_of("header"), {}, tag, {}));
  EXPECT_FALSE(aes256_gcm_open(key, iv, view_of("heades"), {}, tag, {}));
}

}  // namespace
}  // namespace swtee::crypto
