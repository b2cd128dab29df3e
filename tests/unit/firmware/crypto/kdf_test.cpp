// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/kdf.h"

#include "hex.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace swtee::crypto {
namespace {

/// RFC 5869 as OpenSSL implements it: an implementation that shares no line with ours.
std::vector<std::uint8_t> openssl_hkdf(ByteView key, ByteView salt, ByteView info, std::size_t size) {
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
  char digest[] = "SHA384";
  OSSL_PARAM params[5];
  OSSL_PARAM* next = params;
  *next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
  *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::uint8_t*>(key.data()), key.size());
  if (!salt.empty())
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<std::uint8_t*>(salt.data()), salt.size());
  *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<std::uint8_t*>(info.data()), info.size());
  *next = OSSL_PARAM_construct_end();
  std::vector<std::uint8_t> out(size);
  EXPECT_EQ(EVP_KDF_derive(context, out.data(), out.size(), params), 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return out;
}

TEST(Hkdf, AgreesWithOpensslForEveryLengthClass) {
  const auto key = from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const auto salt = from_hex("f0f1f2f3f4f5f6f7");
  const std::string info = std::string("swtee label") + '\0' + "context";
  for (const std::size_t size : {1u, 32u, 47u, 48u, 49u, 96u, 200u}) {
    std::vector<std::uint8_t> out(size);
    hkdf_sha384(key, salt, "swtee label", view_of("context"), out);
    EXPECT_EQ(to_hex(out), to_hex(openssl_hkdf(key, salt, view_of(info), size))) << size;
    hkdf_sha384(key, {}, "swtee label", view_of("context"), out);
    EXPECT_EQ(to_hex(out), to_hex(openssl_hkdf(key, {}, view_of(info), size))) << size;
  }
}

TEST(Hkdf, KeepsLabelAndContextApart) {
  const auto key = from_hex("00112233");
  Bytes<48> a{};
  Bytes<48> b{};
  hkdf_sha384(key, {}, "ab", view_of("c"), a);
  hkdf_sha384(key, {}, "a", view_of("bc"), b);
  EXPECT_NE(a, b);
}

// SP 800-108 with the little-endian counter and length of the endorsement-key construction, laid out by hand over
// OpenSSL's HMAC.
TEST(KdfCounter, HashesCounterLabelZeroContextAndBitLength) {
  const auto key = from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627");
  Bytes<56> out{};
  kdf_counter_sha256(key, "sev-versioned-chip-endorsement-key", from_hex("c0ffee"), out);
  std::string expected;
  for (const char* counter : {"01000000", "02000000"}) {
    auto message = from_hex(counter);
    const auto label = view_of("sev-versioned-chip-endorsement-key");
    message.insert(message.end(), label.begin(), label.end());
    for (const std::uint8_t byte : from_hex("00c0ffeec0010000")) message.push_back(byte);
    std::uint8_t block[32];
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), block, nullptr);
    expected += to_hex(block);
  }
  EXPECT_EQ(to_hex(out), expected.substr(0, 112));
}

TEST(KdfCounter, DependsOnTheLengthAskedFor) {
  Bytes<32> a{};
  Bytes<31> b{};
  kdf_counter_sha256({}, "x", {}, a);
  kdf_counter_sha256({}, "x", {}, b);
  EXPECT_NE(to_hex(a).substr(0, 62), to_hex(b));
}

}  // namespace
}  // namespace swtee::crypto
