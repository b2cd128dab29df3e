// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/sev_certificates.h"

#include "firmware/contract/require.h"
#include "firmware/keys/cek.h"
#include "firmware/keys/sev_certificate.h"
#include "sim/vendor/vek_certificate.h"

#include <algorithm>

namespace swtee::vendor {
namespace {

constexpr std::uint32_t kModulusBits = 4096;

void copy_reversed(ByteView big_endian, MutableBytes little_endian) {
  SWTEE_ASSERT(big_endian.size() <= little_endian.size());
  std::reverse_copy(big_endian.begin(), big_endian.end(), little_endian.begin());
}

Bytes<16> key_id(const ProductLine& line, Ca ca) {
  Bytes<16> id{};
  static_assert(kTestMark.size() + 1 == sizeof(id));
  std::copy(kTestMark.begin(), kTestMark.end(), id.begin());
  id.back() = static_cast<std::uint8_t>(index_of(line) << 4 | static_cast<std::size_t>(ca));
  return id;
}

sev::CaCertificate ca_certificate(const ProductLine& line, Ca ca, const crypto::RsaPublicKey& key, const crypto::RsaPrivateKey& signer) {
  SWTEE_ASSERT(key.modulus_bits() == kModulusBits);
  sev::CaCertificate certificate{};
  certificate.version = sev::kCertificateVersion;
  certificate.key_id = key_id(line, ca);
  certificate.certifying_id = key_id(line, Ca::ark);
  certificate.key_usage = static_cast<std::uint32_t>(ca == Ca::ark ? sev::Usage::ark : sev::Usage::ask);
  certificate.exponent_bits = kModulusBits;
  certificate.modulus_bits = kModulusBits;
  copy_reversed(key.exponent(), certificate.exponent);
  copy_reversed(key.modulus(), certificate.modulus);
  copy_reversed(signer.sign_pss_sha384(bytes_of(certificate).first(offsetof(sev::CaCertificate, signature))), certificate.signature);
  return certificate;
}

}  // namespace

crypto::DerBytes sev_cek(const keys::Chip& chip, const crypto::RsaPrivateKey& ask) {
  sev::Certificate certificate = keys::cek_certificate(chip);
  sev::CertificateSignature& signature = certificate.signatures[0];
  signature.usage = static_cast<std::uint32_t>(sev::Usage::ask);
  signature.algorithm = static_cast<std::uint32_t>(sev::Algorithm::rsa_sha384);
  copy_reversed(ask.sign_pss_sha384(keys::signed_part(certificate)), signature.value);
  const ByteView bytes = bytes_of(certificate);
  return {bytes.begin(), bytes.end()};
}

crypto::DerBytes sev_ask_ark(const ProductLine& line, const crypto::RsaPrivateKey& ask, const crypto::RsaPrivateKey& ark) {
  crypto::DerBytes both;
  for (const auto& certificate : {ca_certificate(line, Ca::ask, ask.public_key(), ark), ca_certificate(line, Ca::ark, ark.public_key(), ark)}) {
    const ByteView bytes = bytes_of(certificate);
    both.insert(both.end(), bytes.begin(), bytes.end());
  }
  return both;
}

}  // namespace swtee::vendor
