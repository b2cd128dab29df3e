// SPDX-License-Identifier: Apache-2.0
// Vectors: RFC 6979 appendices A.2.5 (P-256) and A.2.6 (P-384).
#include "firmware/crypto/ecdsa.h"

#include "firmware/crypto/pem.h"
#include "hex.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <set>

namespace swtee::crypto {
namespace {

constexpr const char* kP256Scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
constexpr const char* kP256X = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
constexpr const char* kP256Y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr const char* kP256Order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr const char* kP384Scalar =
    "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5";
constexpr const char* kP384X =
    "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13";
constexpr const char* kP384Y =
    "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720";
constexpr const char* kP384Order =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";

EcPrivateKey key_p256() { return EcPrivateKey::from_scalar(Curve::p256, from_hex(kP256Scalar)).value(); }
EcPrivateKey key_p384() { return EcPrivateKey::from_scalar(Curve::p384, from_hex(kP384Scalar)).value(); }

TEST(Ecdsa, ComputesThePublicPointsOfRfc6979) {
  EXPECT_EQ(to_hex(key_p256().public_key().x()), kP256X);
  EXPECT_EQ(to_hex(key_p256().public_key().y()), kP256Y);
  EXPECT_EQ(to_hex(key_p384().public_key().x()), kP384X);
  EXPECT_EQ(to_hex(key_p384().public_key().y()), kP384Y);
}

TEST(Ecdsa, SignsP256AsRfc6979) {
  const auto sample = key_p256().sign(sha256(view_of("sample")));
  EXPECT_EQ(to_hex(sample.r), "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
  EXPECT_EQ(to_hex(sample.s), "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  const auto test = key_p256().sign(sha256(view_of("test")));
  EXPECT_EQ(to_hex(test.r), "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367");
  EXPECT_EQ(to_hex(test.s), "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083");
}

TEST(Ecdsa, SignsP384AsRfc6979) {
  const auto sample = key_p384().sign(sha384(view_of("sample")));
  EXPECT_EQ(to_hex(sample.r), "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46");
  EXPECT_EQ(to_hex(sample.s), "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
  const auto test = key_p384().sign(sha384(view_of("test")));
  EXPECT_EQ(to_hex(test.r), "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db");
  EXPECT_EQ(to_hex(test.s), "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5");
}

TEST(Ecdsa, SignsP384WithSha256AsRfc6979) {
  const auto sample = key_p384().sign(sha256(view_of("sample")));
  EXPECT_EQ(to_hex(sample.r), "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d8fb2cd");
  EXPECT_EQ(to_hex(sample.s), "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0");
  EXPECT_TRUE(key_p384().public_key().verify(sha256(view_of("sample")), sample.r, sample.s));
  EXPECT_FALSE(key_p384().public_key().verify(sha256(view_of("other")), sample.r, sample.s));
}

// NIST CAVS 14.1, ECC CDH Primitive, [P-384], COUNT = 0.
TEST(Ecdh, AgreesAsNist) {
  const auto peer = EcPublicKey::from_point(
      Curve::p384, from_hex("a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e764592efda27fe7513272734466b400091adbf2d68c58e0c50066"),
      from_hex("ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b661efedf243451915ed0905a32b060992b468c64766fc8437a"));
  ASSERT_TRUE(peer.ok());
  const auto own = EcPrivateKey::from_scalar(
      Curve::p384, from_hex("3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b15618b6818a661774ad463b205da88cf699ab4d43c9cf98a1"));
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(to_hex(own.value().agree(peer.value()).expose()),
            "5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f40ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1");
}

TEST(Ecdsa, VerifiesItsOwnAndRefusesEveryFlippedBit) {
  const EcPublicKey key = key_p384().public_key();
  auto digest = sha384(view_of("message"));
  auto signature = key_p384().sign(digest);
  EXPECT_TRUE(key.verify(digest, signature.r, signature.s));
  for (std::size_t byte = 0; byte < 48; byte += 7) {
    for (std::uint8_t* at : {&digest[byte], &signature.r[byte], &signature.s[byte]}) {
      *at ^= 0x10;
      EXPECT_FALSE(key.verify(digest, signature.r, signature.s));
      *at ^= 0x10;
    }
  }
  EXPECT_TRUE(key.verify(digest, signature.r, signature.s));
}

TEST(Ecdsa, RefusesZeroAndValuesNotBelowTheOrder) {
  const EcPublicKey key = key_p384().public_key();
  const auto digest = sha384(view_of("message"));
  const auto signature = key_p384().sign(digest);
  const std::vector<std::uint8_t> zero(48);
  EXPECT_FALSE(key.verify(digest, zero, signature.s));
  EXPECT_FALSE(key.verify(digest, signature.r, zero));
  EXPECT_FALSE(key.verify(digest, from_hex(kP384Order), signature.s));
  EXPECT_FALSE(key.verify(digest, signature.r, from_hex(kP384Order)));
  EXPECT_FALSE(key.verify(digest, {}, {}));
  EXPECT_FALSE(key.verify(ByteView(digest).first(32), signature.r, signature.s));
  EXPECT_EQ(ERR_peek_error(), 0u) << "a refused signature must not leave errors for the next TLS call of the thread";
}

TEST(Ecdsa, SignatureDerVerifiesWithOpenssl) {
  for (const Curve curve : {Curve::p256, Curve::p384}) {
    const EcPrivateKey key = curve == Curve::p256 ? key_p256() : key_p384();
    const auto spki = key.public_key().spki();
    const std::uint8_t* at = spki.data();
    EVP_PKEY* const theirs = d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size()));
    ASSERT_NE(theirs, nullptr);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const auto message = view_of("a message for OpenSSL");
    std::vector<std::uint8_t> signature;
    if (curve == Curve::p256)
      signature = key.sign(sha256(message)).der();
    else
      signature = key.sign(sha384(message)).der();
    EXPECT_EQ(EVP_DigestVerifyInit(context, nullptr, curve == Curve::p256 ? EVP_sha256() : EVP_sha384(), nullptr, theirs), 1);
    EXPECT_EQ(EVP_DigestVerify(context, signature.data(), signature.size(), message.data(), message.size()), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(theirs);
  }
}

TEST(Ecdsa, SignsDigestsAboveTheOrder) {
  const std::vector<std::uint8_t> digest(48, 0xff);
  const auto signature = key_p384().sign(digest);
  EXPECT_TRUE(key_p384().public_key().verify(digest, signature.r, signature.s));
}

TEST(EcPublicKey, RoundTripsThroughSpki) {
  const EcPublicKey key = key_p384().public_key();
  const auto again = EcPublicKey::from_spki(key.spki());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().x(), key.x());
  EXPECT_EQ(again.value().curve(), Curve::p384);
}

TEST(EcPublicKey, RefusesPointsOffTheCurve) {
  auto y = from_hex(kP384Y);
  y[47] ^= 1;
  EXPECT_FALSE(EcPublicKey::from_point(Curve::p384, from_hex(kP384X), y).ok());
  const std::vector<std::uint8_t> zero(48);
  EXPECT_FALSE(EcPublicKey::from_point(Curve::p384, zero, zero).ok());
  EXPECT_FALSE(EcPublicKey::from_point(Curve::p384, std::vector<std::uint8_t>(48, 0xff), zero).ok());
  EXPECT_FALSE(EcPublicKey::from_point(Curve::p384, from_hex(kP256X), from_hex(kP256Y)).ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(EcPublicKey, RefusesEveryTruncatedOrExtendedSpki) {
  auto spki = key_p256().public_key().spki();
  for (std::size_t size = 0; size < spki.size(); ++size)
    EXPECT_FALSE(EcPublicKey::from_spki(ByteView(spki).first(size)).ok()) << size;
  spki.push_back(0);
  EXPECT_FALSE(EcPublicKey::from_spki(spki).ok());
}

TEST(EcPrivateKey, RefusesScalarsOutOfRange) {
  EXPECT_FALSE(EcPrivateKey::from_scalar(Curve::p384, std::vector<std::uint8_t>(48)).ok());
  EXPECT_FALSE(EcPrivateKey::from_scalar(Curve::p384, from_hex(kP384Order)).ok());
  EXPECT_FALSE(EcPrivateKey::from_scalar(Curve::p256, from_hex(kP256Order)).ok());
  EXPECT_FALSE(EcPrivateKey::from_scalar(Curve::p256, from_hex(kP384Scalar)).ok());
  EXPECT_FALSE(EcPrivateKey::from_scalar(Curve::p256, {}).ok());
}

// TEST ONLY key, made with: openssl ecparam -name secp384r1 -genkey (SEC 1 with parameters) and openssl genpkey (PKCS #8).
constexpr const char* kSec1 = R"(-----BEGIN EC PARAMETERS-----
BgUrgQQAIg==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDBJQxQL/SdNQ+vXBbde92WObfk/NtDnIBv0GJJRlTmk35ezR1smKLya
6CGYpVax11ygBwYFK4EEACKhZANiAAQbAQ1doc/Jo3W1doVIkyq8bsIGmJtmXeUo
3+dSzmJK/7Hg6MZou1DulRnD+F5CBvaiQxyMjhtxjk9ljweHS5NY8j2v7yI/imi+
y/qFrkdO0Bqgx7lbxVHNQXsvzII2/r8=
-----END EC PRIVATE KEY-----)";
constexpr const char* kSec1PublicX = "1b010d5da1cfc9a375b5768548932abc6ec206989b665de528dfe752ce624affb1e0e8c668bb50ee9519c3f85e4206f6";

TEST(EcPrivateKey, ReadsWhatOpensslWrites) {
  const auto key = EcPrivateKey::from_pem(kSec1);
  ASSERT_TRUE(key.ok()) << key.error().what();
  EXPECT_EQ(key.value().curve(), Curve::p384);
  EXPECT_EQ(to_hex(key.value().public_key().x()), kSec1PublicX);
}

TEST(EcPrivateKey, RoundTripsThroughPem) {
  for (const EcPrivateKey& key : {key_p256(), key_p384()}) {
    const auto again = EcPrivateKey::from_pem("# comment\n" + key.pem());
    ASSERT_TRUE(again.ok()) << again.error().what();
    EXPECT_EQ(again.value().public_key().spki(), key.public_key().spki());
    const std::string pem = key.pem();
    BIO* const text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* const theirs = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
    EXPECT_NE(theirs, nullptr);
    EVP_PKEY_free(theirs);
    BIO_free(text);
  }
}

TEST(EcPrivateKey, RefusesDamagedPem) {
  const auto der = parse_pem(key_p384().pem()).value()[0].bytes;
  for (std::size_t i = 0; i < der.size(); ++i) {
    auto changed = der;
    changed[i] ^= 0x21;
    EXPECT_FALSE(EcPrivateKey::from_pem(to_pem("PRIVATE KEY", changed)).ok()) << i;
  }
  EXPECT_FALSE(EcPrivateKey::from_pem("").ok());
  EXPECT_FALSE(EcPrivateKey::from_pem(key_p384().pem() + key_p256().pem()).ok());
}

TEST(EcPrivateKey, ReadsSeedsLittleEndianModuloOrderMinusOnePlusOne) {
  // seed 0 gives d = 1, so the public point is the generator of the curve.
  const auto generator = EcPrivateKey::from_seed(Curve::p256, std::vector<std::uint8_t>(40)).public_key();
  EXPECT_EQ(to_hex(generator.x()), "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
  // seed n - 2 gives d = n - 1: the same x, the other y. seed n - 1 wraps to d = 1.
  auto seed = from_hex(kP256Order);
  std::reverse(seed.begin(), seed.end());
  seed[0] = static_cast<std::uint8_t>(seed[0] - 2);
  const auto negated = EcPrivateKey::from_seed(Curve::p256, seed).public_key();
  EXPECT_EQ(negated.x(), generator.x());
  EXPECT_NE(negated.y(), generator.y());
  seed[0] = static_cast<std::uint8_t>(seed[0] + 1);
  EXPECT_EQ(EcPrivateKey::from_seed(Curve::p256, seed).public_key().y(), generator.y());
}

}  // namespace
}  // namespace swtee::crypto
