// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/rsa.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/digest.h"
#include "firmware/crypto/openssl.h"
#include "firmware/crypto/pem.h"
#include "firmware/crypto/pkcs8.h"
#include "firmware/crypto/secret.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

namespace swtee::crypto {
namespace {

constexpr std::size_t kHash = 48;
constexpr std::size_t kSalt = 48;
constexpr std::string_view kSaltLabel = "swtee rsa-pss salt 1";
constexpr std::string_view kRsaEncryption = "1.2.840.113549.1.1.1";

using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, OpensslDeleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, OpensslDeleter<OSSL_PARAM_free>>;

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

BigNumber number_from(ByteView big_endian) {
  BigNumber number(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
  SWTEE_ASSERT(number != nullptr);
  return number;
}

DerBytes bytes_from(const BIGNUM* number) {
  DerBytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  return bytes;
}

/// The numbers of an RSAPrivateKey, in its order.  [RFC 8017 §A.1.2]
constexpr std::array<const char*, 8> kPrivateNumbers = {
    OSSL_PKEY_PARAM_RSA_N,       OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

/// A key from the first `count` of these numbers, or null when OpenSSL refuses them.
Pkey key_from(const std::array<BigNumber, 8>& numbers, std::size_t count) {
  const QuietErrors quiet;
  const ParamBuild build(OSSL_PARAM_BLD_new());
  SWTEE_ASSERT(build != nullptr);
  for (std::size_t i = 0; i < count; ++i)
    SWTEE_ASSERT(OSSL_PARAM_BLD_push_BN(build.get(), kPrivateNumbers[i], numbers[i].get()) == 1);
  const Params params(OSSL_PARAM_BLD_to_param(build.get()));
  const PkeyCtx context(EVP_PKEY_CTX_new_from_name(openssl().library, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  SWTEE_ASSERT(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  const int selection = count == 2 ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) return {};
  return Pkey(key);
}

BigNumber number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  SWTEE_ASSERT(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  return BigNumber(number);
}

/// MGF1 with SHA-384, exclusive-ored onto `target`.  [RFC 8017 §B.2.1]
void mask(ByteView seed, MutableBytes target) {
  Sha384 hash;
  for (std::uint32_t counter = 0; !target.empty(); ++counter) {
    const std::uint8_t count[4] = {static_cast<std::uint8_t>(counter >> 24), static_cast<std::uint8_t>(counter >> 16),
                                   static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
    hash.update(seed);
    hash.update(count);
    const Sha384Digest block = hash.finish();
    const std::size_t take = std::min(target.size(), block.size());
    for (std::size_t i = 0; i < take; ++i) target[i] ^= block[i];
    target = target.subspan(take);
  }
}

/// The private operation on an encoded message as long as the modulus; empty when the key's numbers do not fit together.
DerBytes raw_sign(EVP_PKEY* key, const DerBytes& encoded) {
  const QuietErrors quiet;
  const PkeyCtx context(EVP_PKEY_CTX_new_from_pkey(openssl().library, key, nullptr));
  SWTEE_ASSERT(context != nullptr && EVP_PKEY_sign_init(context.get()) == 1);
  SWTEE_ASSERT(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1);
  DerBytes signature(encoded.size());
  std::size_t size = signature.size();
  if (EVP_PKEY_sign(context.get(), signature.data(), &size, encoded.data(), encoded.size()) != 1 || size != signature.size())
    return {};
  return signature;
}

/// EMSA-PSS-ENCODE for a modulus of `bits` bits, a multiple of 8.  [RFC 8017 §9.1.1]
DerBytes encode_pss(ByteView message, std::size_t bits) {
  const Sha384Digest digest = sha384(message);
  const Sha384Digest salt = hmac_sha384(view(kSaltLabel), message);
  constexpr std::uint8_t zeros[8] = {};
  Sha384 hash;
  hash.update(zeros);
  hash.update(digest);
  hash.update(salt);
  const Sha384Digest h = hash.finish();

  DerBytes encoded(bits / 8);
  const std::size_t block_size = encoded.size() - kHash - 1;
  const MutableBytes block = MutableBytes(encoded).first(block_size);
  block[block_size - kSalt - 1] = 0x01;
  std::copy(salt.begin(), salt.end(), block.end() - kSalt);
  mask(h, block);
  block[0] &= 0x7f;
  std::copy(h.begin(), h.end(), encoded.begin() + static_cast<std::ptrdiff_t>(block_size));
  encoded.back() = 0xbc;
  return encoded;
}

}  // namespace

struct RsaPublicKey::Impl {
  DerBytes modulus;
  DerBytes exponent;
  Pkey key;
};

namespace {

Result<RsaPublicKey> make_public(ByteView modulus, ByteView exponent) {
  auto impl = std::make_shared<RsaPublicKey::Impl>();
  impl->modulus.assign(modulus.begin(), modulus.end());
  impl->exponent.assign(exponent.begin(), exponent.end());
  std::array<BigNumber, 8> numbers;
  numbers[0] = number_from(modulus);
  numbers[1] = number_from(exponent);
  const int bits = BN_num_bits(numbers[0].get());
  SWTEE_REQUIRE(bits >= 2048 && bits <= 8192, Error("RSA modulus has " + std::to_string(bits) + " bits, not 2048 to 8192"));
  SWTEE_REQUIRE(exponent.size() <= 8 && BN_is_odd(numbers[1].get()) && !BN_is_one(numbers[1].get()),
                Error("RSA public exponent is even, 1 or above 64 bits"));
  impl->key = key_from(numbers, 2);
  SWTEE_REQUIRE(impl->key != nullptr, Error("RSA public key was refused"));
  return RsaPublicKey(std::move(impl));
}

}  // namespace

Result<RsaPublicKey> RsaPublicKey::from_spki(ByteView spki) {
  DerReader outer(spki);
  DerReader fields = SWTEE_TRY(outer.enter(der::kSequence, "subjectPublicKeyInfo"));
  SWTEE_TRY(outer.finish("subjectPublicKeyInfo"));
  DerReader algorithm = SWTEE_TRY(fields.enter(der::kSequence, "key algorithm"));
  const std::string type = SWTEE_TRY(algorithm.oid("key type"));
  SWTEE_REQUIRE(type == kRsaEncryption, Error("key type " + type + " is not rsaEncryption"));
  SWTEE_TRY(algorithm.expect(der::kNull, "key parameters"));
  SWTEE_TRY(algorithm.finish("key algorithm"));
  const ByteView bits = SWTEE_TRY(fields.whole_bits("public key"));
  SWTEE_TRY(fields.finish("subjectPublicKeyInfo"));
  DerReader key(bits);
  DerReader numbers = SWTEE_TRY(key.enter(der::kSequence, "RSAPublicKey"));
  SWTEE_TRY(key.finish("RSAPublicKey"));
  const DerElement modulus = SWTEE_TRY(numbers.expect(der::kInteger, "modulus"));
  const DerElement exponent = SWTEE_TRY(numbers.expect(der::kInteger, "public exponent"));
  SWTEE_TRY(numbers.finish("RSAPublicKey"));
  return make_public(SWTEE_TRY(der_unsigned(modulus, "modulus")), SWTEE_TRY(der_unsigned(exponent, "public exponent")));
}

DerBytes RsaPublicKey::spki() const {
  const DerBytes key = der_element(der::kSequence, {der_integer(ByteView(impl_->modulus)), der_integer(ByteView(impl_->exponent))});
  const DerBytes algorithm = der_element(der::kSequence, {der_oid(kRsaEncryption), der_element(der::kNull, {})});
  return der_element(der::kSequence, {algorithm, der_bit_string(key)});
}

DerBytes RsaPublicKey::modulus() const { return impl_->modulus; }
DerBytes RsaPublicKey::exponent() const { return impl_->exponent; }

std::size_t RsaPublicKey::modulus_bits() const { return static_cast<std::size_t>(EVP_PKEY_get_bits(impl_->key.get())); }

bool RsaPublicKey::verify_pss_sha384(ByteView message, ByteView signature) const {
  const Sha384Digest digest = sha384(message);
  const QuietErrors quiet;
  const PkeyCtx context(EVP_PKEY_CTX_new_from_pkey(openssl().library, impl_->key.get(), nullptr));
  SWTEE_ASSERT(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1);
  SWTEE_ASSERT(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1);
  SWTEE_ASSERT(EVP_PKEY_CTX_set_signature_md(context.get(), openssl().sha384) == 1);
  SWTEE_ASSERT(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), openssl().sha384) == 1);
  SWTEE_ASSERT(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), static_cast<int>(kSalt)) == 1);
  return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

struct RsaPrivateKey::Impl {
  Pkey key;
  std::size_t bits = 0;
};

namespace {

/// From the eight numbers of an RSAPrivateKey, which `fields` is about to yield.
Result<RsaPrivateKey> private_from_numbers(DerReader& fields) {
  std::array<BigNumber, 8> numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const DerElement element = SWTEE_TRY(fields.expect(der::kInteger, kPrivateNumbers[i]));
    const ByteView value = SWTEE_TRY(der_unsigned(element, kPrivateNumbers[i]));
    SWTEE_REQUIRE(value.size() <= 1024, Error("RSA private key: a number is longer than 8192 bits"));
    numbers[i] = number_from(value);
  }
  SWTEE_TRY(fields.finish("RSAPrivateKey"));

  auto impl = std::make_shared<RsaPrivateKey::Impl>();
  impl->bits = static_cast<std::size_t>(BN_num_bits(numbers[0].get()));
  SWTEE_REQUIRE(impl->bits % 8 == 0, Error("RSA modulus has " + std::to_string(impl->bits) + " bits, not whole bytes"));
  const BigNumber product(BN_new());
  SWTEE_ASSERT(product != nullptr && BN_mul(product.get(), numbers[3].get(), numbers[4].get(), bn_scratch()) == 1);
  SWTEE_REQUIRE(BN_cmp(product.get(), numbers[0].get()) == 0, Error("RSA private key: the primes do not give the modulus"));
  const RsaPublicKey public_half = SWTEE_TRY(make_public(bytes_from(numbers[0].get()), bytes_from(numbers[1].get())));
  impl->key = key_from(numbers, numbers.size());
  SWTEE_REQUIRE(impl->key != nullptr, Error("RSA private key was refused"));
  const ByteView trial = view("trial signature");
  SWTEE_REQUIRE(public_half.verify_pss_sha384(trial, raw_sign(impl->key.get(), encode_pss(trial, impl->bits))),
                Error("RSA private key does not sign what its public half verifies"));
  return RsaPrivateKey(std::move(impl));
}

}  // namespace

Result<RsaPrivateKey> RsaPrivateKey::from_pem(std::string_view text) {
  std::vector<PemBlock> blocks = SWTEE_TRY(parse_pem(text));
  SWTEE_REQUIRE(blocks.size() == 1, Error("expected exactly one PEM block with a private key, found " + std::to_string(blocks.size())));
  PemBlock& block = blocks[0];
  SWTEE_REQUIRE(block.label == "PRIVATE KEY" || block.label == "RSA PRIVATE KEY",
                Error("PEM block is '" + block.label + "', not an unencrypted RSA private key"));
  ByteView der = block.bytes;
  if (block.label == "PRIVATE KEY") {
    const PrivateKeyInfo info = SWTEE_TRY(parse_private_key_info(der));
    SWTEE_REQUIRE(info.algorithm == kRsaEncryption, Error("private key type " + info.algorithm + " is not rsaEncryption"));
    der = info.key;
  }
  DerReader outer(der);
  DerReader fields = SWTEE_TRY(outer.enter(der::kSequence, "RSAPrivateKey"));
  SWTEE_TRY(outer.finish("RSAPrivateKey"));
  const std::uint64_t version = SWTEE_TRY(fields.number("RSAPrivateKey version"));
  SWTEE_REQUIRE(version == 0, Error("RSAPrivateKey version is " + std::to_string(version) + ", not 0"));
  RsaPrivateKey key = SWTEE_TRY(private_from_numbers(fields));
  cleanse(block.bytes);
  return key;
}

RsaPrivateKey RsaPrivateKey::generate(std::size_t modulus_bits) {
  auto impl = std::make_shared<Impl>();
  impl->bits = modulus_bits;
  impl->key.reset(EVP_PKEY_Q_keygen(openssl().library, nullptr, "RSA", modulus_bits));
  SWTEE_ASSERT(impl->key != nullptr);
  return RsaPrivateKey(std::move(impl));
}

RsaPublicKey RsaPrivateKey::public_key() const {
  const BigNumber modulus = number_of(impl_->key.get(), OSSL_PKEY_PARAM_RSA_N);
  const BigNumber exponent = number_of(impl_->key.get(), OSSL_PKEY_PARAM_RSA_E);
  auto key = make_public(bytes_from(modulus.get()), bytes_from(exponent.get()));
  SWTEE_ASSERT(key.ok());
  return std::move(key).value();
}

DerBytes RsaPrivateKey::sign_pss_sha384(ByteView message) const {
  DerBytes signature = raw_sign(impl_->key.get(), encode_pss(message, impl_->bits));
  SWTEE_ASSERT(!signature.empty());
  return signature;
}

std::string RsaPrivateKey::pem() const {
  DerBytes numbers = der_integer(std::uint64_t{0});
  for (const char* name : kPrivateNumbers) {
    const BigNumber number = number_of(impl_->key.get(), name);
    DerBytes element = der_integer(ByteView(bytes_from(number.get())));
    numbers.insert(numbers.end(), element.begin(), element.end());
    cleanse(element);
  }
  const DerBytes algorithm = der_element(der::kSequence, {der_oid(kRsaEncryption), der_element(der::kNull, {})});
  DerBytes key = der_element(der::kSequence, {numbers});
  std::string pem = private_key_pem(algorithm, key);
  cleanse(numbers);
  cleanse(key);
  return pem;
}

}  // namespace swtee::crypto
