// SPDX-License-Identifier: Apache-2.0
/// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes: how the vendor's CAs sign.  [RFC 8017 §8.1]
///
/// Signing is deterministic: the salt is HMAC-SHA-384 of the message under a fixed label, so the same key and message
/// give the same signature. Any PSS verifier accepts it.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/der.h"

#include <memory>
#include <string>
#include <string_view>

namespace swtee::crypto {

class RsaPublicKey {
 public:
  /// From a DER SubjectPublicKeyInfo. Fails unless the modulus has 2048 to 8192 bits and the exponent is odd, above 1 and
  /// below 2^64.
  static Result<RsaPublicKey> from_spki(ByteView der);
  DerBytes spki() const;
  std::size_t modulus_bits() const;
  /// Big-endian, without leading zeros.
  DerBytes modulus() const;
  DerBytes exponent() const;
  /// True when `signature` fits `message`; its length must be that of the modulus.
  bool verify_pss_sha384(ByteView message, ByteView signature) const;

  struct Impl;
  explicit RsaPublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Copies share the key.
class RsaPrivateKey {
 public:
  /// From a text with exactly one block, PKCS #8 (`PRIVATE KEY`) or PKCS #1 (`RSA PRIVATE KEY`). Fails when the numbers do
  /// not form a key that signs what its own public half verifies.
  static Result<RsaPrivateKey> from_pem(std::string_view text);
  /// A new key with exponent 65537 from the operating system's randomness. Takes a second or so for 4096 bits.
  static RsaPrivateKey generate(std::size_t modulus_bits);

  RsaPublicKey public_key() const;
  DerBytes sign_pss_sha384(ByteView message) const;
  /// PKCS #8 in one `PRIVATE KEY` block.
  std::string pem() const;

  struct Impl;
  explicit RsaPrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace swtee::crypto
