// SPDX-License-Identifier: Apache-2.0
/// ECDSA over NIST P-256 and P-384 with deterministic nonces (RFC 6979), so that the same key and message give the same
/// signature on every OpenSSL version.
///
/// Numbers are big-endian here, as in the standards. The SNP wire form (little-endian, padded to 72 bytes) is made in
/// firmware/snp.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/digest.h"
#include "firmware/crypto/secret.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::crypto {

enum class Curve { p256, p384 };

/// R and S, each as long as the curve's order (32 or 48 bytes), big-endian.
struct EcdsaSignature {
  std::vector<std::uint8_t> r;
  std::vector<std::uint8_t> s;
  std::vector<std::uint8_t> der() const;
};

/// A point on the curve, checked when made. Copies share the key.
class EcPublicKey {
 public:
  /// Fails when (x, y) is not on the curve or is the point at infinity. x and y are 32 or 48 bytes, big-endian.
  static Result<EcPublicKey> from_point(Curve curve, ByteView x, ByteView y);
  /// From a DER SubjectPublicKeyInfo.
  static Result<EcPublicKey> from_spki(ByteView der);

  Curve curve() const;
  std::vector<std::uint8_t> x() const;
  std::vector<std::uint8_t> y() const;
  std::vector<std::uint8_t> spki() const;
  /// True when the signature fits. `digest` is SHA-256 for P-256, SHA-384 or SHA-256 for P-384. r or s of 0 or not below the
  /// order never verify.
  bool verify(ByteView digest, ByteView r, ByteView s) const;

  struct Impl;
  explicit EcPublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

/// A signing key. Copies share the key; the scalar is wiped with the last of them.
class EcPrivateKey {
 public:
  /// d = (seed mod (n-1)) + 1 with the seed read little-endian: the construction of AMD's endorsement keys. Never fails
  /// for any seed; 56 bytes give P-384 keys without measurable bias.
  static EcPrivateKey from_seed(Curve curve, ByteView seed);
  /// Fails when the scalar (big-endian) is 0 or not below the order.
  static Result<EcPrivateKey> from_scalar(Curve curve, ByteView scalar);
  /// From a text whose only private key block is PKCS #8 (`PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`); an `EC PARAMETERS`
  /// block before it, as openssl writes one, is skipped. A public key in the file must be that of the scalar.
  static Result<EcPrivateKey> from_pem(std::string_view text);

  Curve curve() const;
  EcPublicKey public_key() const;
  /// PKCS #8 in one `PRIVATE KEY` block.
  std::string pem() const;
  /// Deterministic signature over a digest (32 bytes for P-256, 48 or 32 for P-384).  [RFC 6979 §3.2]
  EcdsaSignature sign(ByteView digest) const;
  /// ECDH without cofactor, as P-384 has none: the x coordinate, big-endian. Both keys are of P-384.  [NIST SP 800-56A]
  Secret<48> agree(const EcPublicKey& peer) const;

  struct Impl;
  explicit EcPrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace swtee::crypto
