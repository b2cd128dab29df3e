// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/sev_certificate.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/digest.h"
#include "firmware/keys/wire_number.h"

#include <algorithm>

namespace swtee::keys {
namespace {

constexpr std::uint32_t number(sev::Usage usage) { return static_cast<std::uint32_t>(usage); }
constexpr std::uint32_t number(sev::Algorithm algorithm) { return static_cast<std::uint32_t>(algorithm); }

bool fits(const crypto::EcPublicKey& key, std::uint32_t algorithm, ByteView message, const snp::WireSignature& signature) {
  if (!padded(signature.r) || !padded(signature.s) || !all_zero(signature.reserved_90h)) return false;
  const auto r = big_endian(signature.r);
  const auto s = big_endian(signature.s);
  if (algorithm == number(sev::Algorithm::ecdsa_sha256)) return key.verify(crypto::sha256(message), r, s);
  if (algorithm == number(sev::Algorithm::ecdsa_sha384)) return key.verify(crypto::sha384(message), r, s);
  return false;
}

}  // namespace

sev::Certificate make_certificate(sev::Usage usage, const crypto::EcPublicKey& key) {
  SWTEE_ASSERT(key.curve() == crypto::Curve::p384);
  sev::Certificate certificate{};
  certificate.version = sev::kCertificateVersion;
  certificate.key_usage = number(usage);
  certificate.key_algorithm = number(usage == sev::Usage::pdh ? sev::Algorithm::ecdh_sha256 : sev::Algorithm::ecdsa_sha256);
  certificate.key.curve = snp::kCurveP384;
  certificate.key.qx = little_endian(key.x());
  certificate.key.qy = little_endian(key.y());
  for (auto& signature : certificate.signatures) signature.usage = number(sev::Usage::invalid);
  return certificate;
}

ByteView signed_part(const sev::Certificate& certificate) {
  return bytes_of(certificate).first(offsetof(sev::Certificate, signatures));
}

void sign(sev::Certificate& certificate, std::size_t slot, sev::Usage signer, const crypto::EcPrivateKey& key) {
  const crypto::EcdsaSignature made = key.sign(crypto::sha256(signed_part(certificate)));
  snp::WireSignature wire{};
  wire.r = little_endian(made.r);
  wire.s = little_endian(made.s);
  sev::CertificateSignature& signature = certificate.signatures.at(slot);
  signature.usage = number(signer);
  signature.algorithm = number(sev::Algorithm::ecdsa_sha256);
  static_assert(sizeof(wire) == sizeof(signature.value));
  std::memcpy(signature.value.data(), &wire, sizeof(wire));
}

Result<crypto::EcPublicKey> public_key(const sev::Certificate& certificate) {
  const snp::WirePublicKey& key = certificate.key;
  SWTEE_REQUIRE(key.curve == snp::kCurveP384, Error("the certificate's curve is not P-384"));
  SWTEE_REQUIRE(padded(key.qx) && padded(key.qy), Error("the key's padding is not zero"));
  return crypto::EcPublicKey::from_point(crypto::Curve::p384, big_endian(key.qx), big_endian(key.qy));
}

bool signed_by(const sev::Certificate& certificate, const sev::Certificate& signer) {
  const auto key = public_key(signer);
  if (!key.ok()) return false;
  for (const sev::CertificateSignature& signature : certificate.signatures)
    if (signature.usage == signer.key_usage && signature.algorithm == signer.key_algorithm &&
        fits(key.value(), signature.algorithm, signed_part(certificate), from_bytes<snp::WireSignature>(signature.value)))
      return true;
  return false;
}

}  // namespace swtee::keys
