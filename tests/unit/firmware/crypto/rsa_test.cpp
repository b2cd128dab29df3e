// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/rsa.h"

#include "firmware/crypto/pem.h"
#include "hex.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace swtee::crypto {
namespace {

/// Generated once: 2048 bits are quick, and nothing here depends on the size.
const RsaPrivateKey& test_key() {
  static const RsaPrivateKey key = RsaPrivateKey::generate(2048);
  return key;
}

/// RSASSA-PSS as OpenSSL's own encoder and checker have it, on the default library context.
bool openssl_verifies(const RsaPublicKey& key, ByteView message, ByteView signature) {
  const auto spki = key.spki();
  const std::uint8_t* at = spki.data();
  EVP_PKEY* const theirs = d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size()));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  EXPECT_EQ(EVP_DigestVerifyInit(context, &parameters, EVP_sha384(), nullptr, theirs), 1);
  EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
  EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 48);
  EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha384());
  const bool fits = EVP_DigestVerify(context, signature.data(), signature.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(theirs);
  return fits;
}

TEST(RsaPss, SignsWhatOpensslVerifies) {
  for (int i = 0; i < 20; ++i) {
    const std::string message = "message " + std::to_string(i);
    const auto signature = test_key().sign_pss_sha384(view_of(message));
    EXPECT_TRUE(openssl_verifies(test_key().public_key(), view_of(message), signature));
    EXPECT_FALSE(openssl_verifies(test_key().public_key(), view_of("other"), signature));
  }
}

TEST(RsaPss, GivesTheSameSignatureTwice) {
  EXPECT_EQ(test_key().sign_pss_sha384(view_of("m")), test_key().sign_pss_sha384(view_of("m")));
  EXPECT_NE(test_key().sign_pss_sha384(view_of("m")), test_key().sign_pss_sha384(view_of("n")));
}

TEST(RsaPss, RefusesChangedSignaturesAndLengths) {
  const RsaPublicKey key = test_key().public_key();
  auto signature = test_key().sign_pss_sha384(view_of("m"));
  EXPECT_TRUE(key.verify_pss_sha384(view_of("m"), signature));
  for (std::size_t i = 0; i < signature.size(); i += 17) {
    signature[i] ^= 1;
    EXPECT_FALSE(key.verify_pss_sha384(view_of("m"), signature));
    signature[i] ^= 1;
  }
  EXPECT_FALSE(key.verify_pss_sha384(view_of("m"), {}));
  EXPECT_FALSE(key.verify_pss_sha384(view_of("m"), ByteView(signature).first(255)));
  signature.push_back(0);
  EXPECT_FALSE(key.verify_pss_sha384(view_of("m"), signature));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(RsaPrivateKey, RoundTripsThroughPem) {
  const std::string pem = "# a comment line\n" + test_key().pem();
  const auto again = RsaPrivateKey::from_pem(pem);
  ASSERT_TRUE(again.ok()) << again.error().what();
  EXPECT_EQ(again.value().sign_pss_sha384(view_of("m")), test_key().sign_pss_sha384(view_of("m")));
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const theirs = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  EXPECT_NE(theirs, nullptr) << "OpenSSL must read it too";
  EVP_PKEY_free(theirs);
  BIO_free(bio);
}

TEST(RsaPrivateKey, RefusesOtherFiles) {
  EXPECT_FALSE(RsaPrivateKey::from_pem("").ok());
  EXPECT_FALSE(RsaPrivateKey::from_pem("hello").ok());
  EXPECT_FALSE(RsaPrivateKey::from_pem(test_key().pem() + test_key().pem()).ok());
  EXPECT_FALSE(RsaPrivateKey::from_pem(to_pem("CERTIFICATE", parse_pem(test_key().pem()).value()[0].bytes)).ok());
}

/// Every byte of the key, changed, must give a refusal or a key that still signs correctly; never a crash.
TEST(RsaPrivateKey, SurvivesEveryChangedByte) {
  const auto der = parse_pem(test_key().pem()).value()[0].bytes;
  const auto original = test_key().public_key().spki();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < der.size(); i += 5) {
    auto changed = der;
    changed[i] ^= 0x11;
    const auto key = RsaPrivateKey::from_pem(to_pem("PRIVATE KEY", changed));
    if (!key.ok()) {
      ++refused;
      continue;
    }
    EXPECT_EQ(key.value().public_key().spki(), original);
    EXPECT_TRUE(key.value().public_key().verify_pss_sha384(view_of("m"), key.value().sign_pss_sha384(view_of("m"))));
  }
  EXPECT_GT(refused, der.size() / 5 / 3);
}

TEST(RsaPublicKey, RoundTripsThroughSpkiAndRefusesDamage) {
  auto spki = test_key().public_key().spki();
  const auto again = RsaPublicKey::from_spki(spki);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().modulus_bits(), 2048u);
  for (std::size_t size = 0; size < spki.size(); ++size) EXPECT_FALSE(RsaPublicKey::from_spki(ByteView(spki).first(size)).ok());
  spki.back() ^= 1;  // exponent 65536
  EXPECT_FALSE(RsaPublicKey::from_spki(spki).ok());
}

TEST(RsaPublicKey, RefusesShortModuli) {
  const DerBytes modulus(64, 0xc1);
  const DerBytes key = der_element(der::kSequence, {der_integer(ByteView(modulus)), der_integer(std::uint64_t{65537})});
  const DerBytes algorithm = der_element(der::kSequence, {der_oid("1.2.840.113549.1.1.1"), der_element(der::kNull, {})});
  EXPECT_FALSE(RsaPublicKey::from_spki(der_element(der::kSequence, {algorithm, der_bit_string(key)})).ok());
}

}  // namespace
}  // namespace swtee::crypto
