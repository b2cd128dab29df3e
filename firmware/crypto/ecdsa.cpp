// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/ecdsa.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/der.h"
#include "firmware/crypto/hmac.h"
#include "firmware/crypto/openssl.h"
#include "firmware/crypto/pkcs8.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <mutex>

namespace swtee::crypto {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// What signing and checking need of a curve, made once.
struct CurveParameters {
  Curve curve;
  std::size_t size;         ///< bytes of a coordinate, of a scalar and of the digest that goes with the curve
  const char* name;         ///< OpenSSL's name
  std::string_view oid;
  Group group;
  BigNumber order;
  BigNumber order_minus_1;
  BigNumber order_minus_2;  ///< exponent of the inverse modulo the order
  Montgomery order_montgomery;
};

const CurveParameters* make_curve(Curve curve, int nid, std::size_t size, const char* name, std::string_view oid) {
  auto* made = new CurveParameters{curve, size, name, oid, {}, {}, {}, {}, {}};
  made->group.reset(EC_GROUP_new_by_curve_name_ex(openssl().library, nullptr, nid));
  SWTEE_ASSERT(made->group != nullptr);
  made->order.reset(BN_dup(EC_GROUP_get0_order(made->group.get())));
  made->order_minus_1.reset(BN_dup(made->order.get()));
  made->order_minus_2.reset(BN_dup(made->order.get()));
  SWTEE_ASSERT(BN_sub_word(made->order_minus_1.get(), 1) == 1 && BN_sub_word(made->order_minus_2.get(), 2) == 1);
  made->order_montgomery.reset(BN_MONT_CTX_new());
  SWTEE_ASSERT(BN_MONT_CTX_set(made->order_montgomery.get(), made->order.get(), bn_scratch()) == 1);
  return made;
}

const CurveParameters& parameters(Curve curve) {
  static const CurveParameters* const p256 = make_curve(Curve::p256, NID_X9_62_prime256v1, 32, "P-256", "1.2.840.10045.3.1.7");
  static const CurveParameters* const p384 = make_curve(Curve::p384, NID_secp384r1, 48, "P-384", "1.3.132.0.34");
  return curve == Curve::p256 ? *p256 : *p384;
}

/// A number that holds a secret: wiped when freed, and OpenSSL takes its constant-time paths.
BigNumber new_secret_number() {
  BigNumber number(BN_secure_new());
  SWTEE_ASSERT(number != nullptr);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

BigNumber new_number() {
  BigNumber number(BN_new());
  SWTEE_ASSERT(number != nullptr);
  return number;
}

void read_number(BIGNUM* number, ByteView big_endian) {
  SWTEE_ASSERT(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), number) != nullptr);
}

void write_number(const BIGNUM* number, MutableBytes big_endian) {
  SWTEE_ASSERT(BN_bn2binpad(number, big_endian.data(), static_cast<int>(big_endian.size())) >= 0);
}

/// The x coordinate (and y, unless null) of scalar * G, constant-time in the scalar.
void multiply_generator(const CurveParameters& curve, const BIGNUM* scalar, BIGNUM* x, BIGNUM* y) {
  const Point point(EC_POINT_new(curve.group.get()));
  SWTEE_ASSERT(point != nullptr);
  SWTEE_ASSERT(EC_POINT_mul(curve.group.get(), point.get(), scalar, nullptr, nullptr, bn_scratch()) == 1);
  SWTEE_ASSERT(EC_POINT_get_affine_coordinates(curve.group.get(), point.get(), x, y, bn_scratch()) == 1);
}

/// The nonces of RFC 6979 §3.2 for one key and digest, in order. `Size` is the hash's; the order may be longer.
template <std::size_t Size>
class NonceSequence {
 public:
  NonceSequence(ByteView scalar, ByteView reduced_digest) {
    v_.fill(1);
    k_.fill(0);
    constexpr std::uint8_t zero[1] = {0};
    constexpr std::uint8_t one[1] = {1};
    mac({v_, zero, scalar, reduced_digest}, k_);
    mac({v_}, v_);
    mac({v_, one, scalar, reduced_digest}, k_);
    mac({v_}, v_);
  }
  ~NonceSequence() {
    cleanse(k_);
    cleanse(v_);
  }
  NonceSequence(const NonceSequence&) = delete;
  NonceSequence& operator=(const NonceSequence&) = delete;

  /// Fills in the next candidate, which is as long as the order.
  void next(MutableBytes candidate) {
    if (begun_) {
      constexpr std::uint8_t zero[1] = {0};
      mac({v_, zero}, k_);
      mac({v_}, v_);
    }
    begun_ = true;
    while (!candidate.empty()) {
      mac({v_}, v_);
      const std::size_t take = std::min(candidate.size(), v_.size());
      std::memcpy(candidate.data(), v_.data(), take);
      candidate = candidate.subspan(take);
    }
  }

 private:
  void mac(std::initializer_list<ByteView> pieces, std::span<std::uint8_t, Size> out) {
    if constexpr (Size == 32)
      hmac_sha256_of(k_, pieces, out);
    else
      hmac_sha384_of(k_, pieces, out);
  }
  Bytes<Size> k_;
  Bytes<Size> v_;
  bool begun_ = false;
};

/// s = (digest + r * d) / k modulo the order.
void compute_s(const CurveParameters& curve, const BIGNUM* k, const BIGNUM* r, const BIGNUM* d, const BIGNUM* digest, BIGNUM* s) {
  const BigNumber inverse = new_secret_number();
  const BigNumber sum = new_secret_number();
  BN_CTX* const scratch = bn_scratch();
  const BIGNUM* const order = curve.order.get();
  BN_MONT_CTX* const montgomery = curve.order_montgomery.get();
  // The order is prime, so k^(n-2) is the inverse; the exponentiation takes the same time for every k.
  SWTEE_ASSERT(BN_mod_exp_mont_consttime(inverse.get(), k, curve.order_minus_2.get(), order, scratch, montgomery) == 1);
  SWTEE_ASSERT(BN_to_montgomery(sum.get(), d, montgomery, scratch) == 1);
  SWTEE_ASSERT(BN_mod_mul_montgomery(sum.get(), sum.get(), r, montgomery, scratch) == 1);
  SWTEE_ASSERT(BN_mod_add_quick(sum.get(), sum.get(), digest, order) == 1);
  SWTEE_ASSERT(BN_to_montgomery(inverse.get(), inverse.get(), montgomery, scratch) == 1);
  SWTEE_ASSERT(BN_mod_mul_montgomery(s, sum.get(), inverse.get(), montgomery, scratch) == 1);
}

/// `Hash` is the size of the digest and of the hash behind the nonces: the order's, or 32 for P-384 with SHA-256.
template <std::size_t Hash, std::size_t Size>
EcdsaSignature sign_with(const CurveParameters& curve, const BIGNUM* d, ByteView scalar, ByteView digest) {
  const BIGNUM* const order = curve.order.get();
  const BigNumber e = new_number();
  read_number(e.get(), digest);
  // The digest has no more bits than the order and both orders exceed half of 2^bits: one subtraction reduces.
  if (BN_cmp(e.get(), order) >= 0) SWTEE_ASSERT(BN_sub(e.get(), e.get(), order) == 1);
  Bytes<Size> reduced;
  write_number(e.get(), reduced);

  const BigNumber k = new_secret_number();
  const BigNumber r = new_number();
  const BigNumber s = new_number();
  NonceSequence<Hash> nonces(scalar, reduced);
  std::array<std::uint8_t, Size> candidate;
  for (;;) {
    nonces.next(candidate);
    read_number(k.get(), candidate);
    if (BN_is_zero(k.get()) || BN_cmp(k.get(), order) >= 0) continue;
    multiply_generator(curve, k.get(), r.get(), nullptr);
    SWTEE_ASSERT(BN_nnmod(r.get(), r.get(), order, bn_scratch()) == 1);
    if (BN_is_zero(r.get())) continue;
    compute_s(curve, k.get(), r.get(), d, e.get(), s.get());
    if (!BN_is_zero(s.get())) break;
  }
  cleanse(candidate);
  EcdsaSignature signature{Buffer(Size), Buffer(Size)};
  write_number(r.get(), signature.r);
  write_number(s.get(), signature.s);
  return signature;
}

/// A digest goes with a curve when it is as long as the order; P-384 also takes SHA-256.
bool digest_fits(const CurveParameters& curve, ByteView digest) { return digest.size() == curve.size || digest.size() == 32; }

}  // namespace

std::vector<std::uint8_t> EcdsaSignature::der() const {
  return der_element(der::kSequence, {der_integer(r), der_integer(s)});
}

struct EcPublicKey::Impl {
  const CurveParameters* curve;
  Buffer point;  ///< 04 || x || y
  Pkey key;
};

Result<EcPublicKey> EcPublicKey::from_point(Curve curve, ByteView x, ByteView y) {
  const CurveParameters& parameters_of_curve = parameters(curve);
  const std::size_t size = parameters_of_curve.size;
  if (x.size() != size || y.size() != size)
    return fail("EC public key: coordinates must be " + std::to_string(size) + " bytes long");
  auto impl = std::make_shared<Impl>();
  impl->curve = &parameters_of_curve;
  impl->point = {0x04};
  impl->point.insert(impl->point.end(), x.begin(), x.end());
  impl->point.insert(impl->point.end(), y.begin(), y.end());
  const QuietErrors quiet;
  const OSSL_PARAM given[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(parameters_of_curve.name), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, impl->point.data(), impl->point.size()),
      OSSL_PARAM_construct_end()};
  const PkeyCtx context(EVP_PKEY_CTX_new_from_name(openssl().library, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  SWTEE_ASSERT(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(given)) != 1)
    return fail(std::string("EC public key: the point is not on ") + parameters_of_curve.name);
  impl->key.reset(key);
  return EcPublicKey(std::move(impl));
}

Result<EcPublicKey> EcPublicKey::from_spki(ByteView spki) {
  DerReader outer(spki);
  DerReader fields = SWTEE_TRY(outer.enter(der::kSequence, "subjectPublicKeyInfo"));
  SWTEE_TRY(outer.finish("subjectPublicKeyInfo"));
  DerReader algorithm = SWTEE_TRY(fields.enter(der::kSequence, "key algorithm"));
  const std::string type = SWTEE_TRY(algorithm.oid("key type"));
  SWTEE_REQUIRE(type == "1.2.840.10045.2.1", Error("key type " + type + " is not id-ecPublicKey"));
  const std::string name = SWTEE_TRY(algorithm.oid("named curve"));
  SWTEE_TRY(algorithm.finish("key algorithm"));
  const ByteView point = SWTEE_TRY(fields.whole_bits("public key"));
  SWTEE_TRY(fields.finish("subjectPublicKeyInfo"));
  for (const Curve curve : {Curve::p256, Curve::p384}) {
    const CurveParameters& candidate = parameters(curve);
    if (name != candidate.oid) continue;
    SWTEE_REQUIRE(point.size() == 1 + 2 * candidate.size && point[0] == 0x04,
                  Error("public key is not an uncompressed point of " + std::string(candidate.name)));
    return from_point(curve, point.subspan(1, candidate.size), point.subspan(1 + candidate.size));
  }
  return fail("curve " + name + " is neither P-256 nor P-384");
}

Curve EcPublicKey::curve() const { return impl_->curve->curve; }

std::vector<std::uint8_t> EcPublicKey::x() const {
  const auto begin = impl_->point.begin() + 1;
  return {begin, begin + static_cast<std::ptrdiff_t>(impl_->curve->size)};
}

std::vector<std::uint8_t> EcPublicKey::y() const {
  return {impl_->point.begin() + 1 + static_cast<std::ptrdiff_t>(impl_->curve->size), impl_->point.end()};
}

std::vector<std::uint8_t> EcPublicKey::spki() const {
  const DerBytes algorithm = der_element(der::kSequence, {der_oid("1.2.840.10045.2.1"), der_oid(impl_->curve->oid)});
  return der_element(der::kSequence, {algorithm, der_bit_string(impl_->point)});
}

bool EcPublicKey::verify(ByteView digest, ByteView r, ByteView s) const {
  const std::size_t size = impl_->curve->size;
  if (!digest_fits(*impl_->curve, digest) || r.size() > size || s.size() > size) return false;
  const DerBytes signature = der_element(der::kSequence, {der_integer(r), der_integer(s)});
  const QuietErrors quiet;
  const PkeyCtx context(EVP_PKEY_CTX_new_from_pkey(openssl().library, impl_->key.get(), nullptr));
  SWTEE_ASSERT(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1);
  return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

namespace {

/// 04 || x || y
Buffer uncompressed(const EcPublicKey& key) {
  Buffer point{0x04};
  for (const Buffer& coordinate : {key.x(), key.y()}) point.insert(point.end(), coordinate.begin(), coordinate.end());
  return point;
}

}  // namespace

struct EcPrivateKey::Impl {
  const CurveParameters* curve;
  BigNumber d;
  std::array<std::uint8_t, 48> scalar;  ///< d big-endian; the first `curve->size` bytes
  /// The point costs as much as a signature, and signing does not need it: it is computed when first asked for.
  mutable std::once_flag point_once;
  mutable std::optional<EcPublicKey> point;

  ByteView scalar_bytes() const { return ByteView(scalar).first(curve->size); }
  ~Impl() { cleanse(scalar); }
};

namespace {

std::shared_ptr<EcPrivateKey::Impl> make_private(const CurveParameters& curve, BigNumber d) {
  auto impl = std::make_shared<EcPrivateKey::Impl>();
  impl->curve = &curve;
  write_number(d.get(), MutableBytes(impl->scalar).first(curve.size));
  impl->d = std::move(d);
  return impl;
}

}  // namespace

EcPrivateKey EcPrivateKey::from_seed(Curve curve, ByteView seed) {
  const CurveParameters& parameters_of_curve = parameters(curve);
  const BigNumber number = new_secret_number();
  SWTEE_ASSERT(BN_lebin2bn(seed.data(), static_cast<int>(seed.size()), number.get()) != nullptr);
  BigNumber d = new_secret_number();
  SWTEE_ASSERT(BN_nnmod(d.get(), number.get(), parameters_of_curve.order_minus_1.get(), bn_scratch()) == 1);
  SWTEE_ASSERT(BN_add_word(d.get(), 1) == 1);
  return EcPrivateKey(make_private(parameters_of_curve, std::move(d)));
}

Result<EcPrivateKey> EcPrivateKey::from_scalar(Curve curve, ByteView scalar) {
  const CurveParameters& parameters_of_curve = parameters(curve);
  SWTEE_REQUIRE(scalar.size() <= parameters_of_curve.size, Error("EC private key: the scalar is too long"));
  BigNumber d = new_secret_number();
  read_number(d.get(), scalar);
  SWTEE_REQUIRE(!BN_is_zero(d.get()) && BN_cmp(d.get(), parameters_of_curve.order.get()) < 0,
                Error("EC private key: the scalar is 0 or not below the order"));
  return EcPrivateKey(make_private(parameters_of_curve, std::move(d)));
}

std::string EcPrivateKey::pem() const {
  const EcPublicKey point = public_key();
  const DerBytes point_bits = der_element(der::context(1, true), {der_bit_string(uncompressed(point))});
  DerBytes key = der_element(der::kSequence, {der_integer(std::uint64_t{1}), der_element(der::kOctetString, {impl_->scalar_bytes()}), point_bits});
  const DerBytes algorithm = der_element(der::kSequence, {der_oid("1.2.840.10045.2.1"), der_oid(impl_->curve->oid)});
  std::string pem = private_key_pem(algorithm, key);
  cleanse(key);
  return pem;
}

Curve EcPrivateKey::curve() const { return impl_->curve->curve; }

EcPublicKey EcPrivateKey::public_key() const {
  std::call_once(impl_->point_once, [this] {
    const CurveParameters& curve = *impl_->curve;
    const BigNumber x = new_number();
    const BigNumber y = new_number();
    multiply_generator(curve, impl_->d.get(), x.get(), y.get());
    Buffer x_bytes(curve.size);
    Buffer y_bytes(curve.size);
    write_number(x.get(), x_bytes);
    write_number(y.get(), y_bytes);
    auto key = EcPublicKey::from_point(curve.curve, x_bytes, y_bytes);
    SWTEE_ASSERT(key.ok());
    impl_->point = std::move(key).value();
  });
  return *impl_->point;
}

EcdsaSignature EcPrivateKey::sign(ByteView digest) const {
  const CurveParameters& curve = *impl_->curve;
  SWTEE_ASSERT(digest_fits(curve, digest));
  if (curve.curve == Curve::p256) return sign_with<32, 32>(curve, impl_->d.get(), impl_->scalar_bytes(), digest);
  if (digest.size() == 32) return sign_with<32, 48>(curve, impl_->d.get(), impl_->scalar_bytes(), digest);
  return sign_with<48, 48>(curve, impl_->d.get(), impl_->scalar_bytes(), digest);
}

Secret<48> EcPrivateKey::agree(const EcPublicKey& peer) const {
  const CurveParameters& curve = *impl_->curve;
  SWTEE_ASSERT(curve.curve == Curve::p384 && peer.curve() == Curve::p384);
  const BigNumber x = new_secret_number();
  const BigNumber y = new_number();
  read_number(x.get(), peer.x());
  read_number(y.get(), peer.y());
  const Point theirs(EC_POINT_new(curve.group.get()));
  const Point shared(EC_POINT_new(curve.group.get()));
  SWTEE_ASSERT(theirs != nullptr && shared != nullptr);
  SWTEE_ASSERT(EC_POINT_set_affine_coordinates(curve.group.get(), theirs.get(), x.get(), y.get(), bn_scratch()) == 1);
  SWTEE_ASSERT(EC_POINT_mul(curve.group.get(), shared.get(), nullptr, theirs.get(), impl_->d.get(), bn_scratch()) == 1);
  SWTEE_ASSERT(EC_POINT_get_affine_coordinates(curve.group.get(), shared.get(), x.get(), nullptr, bn_scratch()) == 1);
  Secret<48> secret;
  write_number(x.get(), secret.fill());
  return secret;
}

}  // namespace swtee::crypto
