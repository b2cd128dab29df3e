// SPDX-License-Identifier: Apache-2.0
/// Certificates of legacy SEV: ARK -> ASK -> CEK -> PEK -> PDH, and OCA -> PEK.  [SEV-API r0.24 §SEV Certificates]
///
/// Binary structures, all numbers little-endian. A signature covers everything before the signatures.
#pragma once

#include <swtee/abi/snp/id_block.h>
#include <swtee/abi/wire.h>

namespace swtee::sev {

/// What a key is for, and which key made a signature.
enum class Usage : std::uint32_t {
  ark = 0x0,         ///< vendor's root
  ask = 0x13,        ///< vendor's signer
  invalid = 0x1000,  ///< an empty signature
  oca = 0x1001,      ///< owner's root
  pek = 0x1002,      ///< platform endorsement key: what the owner and the vendor vouch for
  pdh = 0x1003,      ///< platform's half of a Diffie-Hellman agreement
  cek = 0x1004,      ///< chip endorsement key
};

enum class Algorithm : std::uint32_t {
  invalid = 0x0,
  rsa_sha256 = 0x1,
  ecdsa_sha256 = 0x2,
  ecdh_sha256 = 0x3,
  rsa_sha384 = 0x101,
  ecdsa_sha384 = 0x102,
  ecdh_sha384 = 0x103,
};

/// One of a certificate's two signatures: of an elliptic curve as `snp::WireSignature`, or RSA.
struct CertificateSignature {
  le32 usage;      ///< Usage of the key that signed
  le32 algorithm;  ///< Algorithm
  Bytes<512> value;
};
SWTEE_WIRE_SIZE(CertificateSignature, 0x208);

/// Certificate of an OCA, CEK, PEK or PDH.
struct Certificate {
  le32 version;  ///< 1
  u8 api_major;  ///< of the firmware that made a PEK; else 0
  u8 api_minor;
  Bytes<2> reserved_6h;
  le32 key_usage;
  le32 key_algorithm;
  snp::WirePublicKey key;
  std::array<CertificateSignature, 2> signatures;
};
SWTEE_WIRE_SIZE(Certificate, 0x824);
SWTEE_WIRE_AT(Certificate, key, 0x10);
SWTEE_WIRE_AT(Certificate, signatures, 0x414);

inline constexpr std::uint32_t kCertificateVersion = 1;

/// What PDH_CERT_EXPORT gives besides the PDH.
struct CertificateChain {
  Certificate pek;
  Certificate oca;
  Certificate cek;
};
SWTEE_WIRE_SIZE(CertificateChain, 0x186c);

/// Certificate of an ARK or ASK with an RSA-4096 key: RSASSA-PSS with SHA-384 over everything before the signature.
/// [SEV-API r0.24 §AMD Signing Key Certificate Format]
struct CaCertificate {
  le32 version;  ///< 1
  Bytes<16> key_id;
  Bytes<16> certifying_id;  ///< KEY_ID of the signer
  le32 key_usage;
  Bytes<16> reserved_28h;
  le32 exponent_bits;  ///< 4096: how long the field is
  le32 modulus_bits;   ///< 4096
  Bytes<512> exponent;
  Bytes<512> modulus;
  Bytes<512> signature;
};
SWTEE_WIRE_SIZE(CaCertificate, 0x640);
SWTEE_WIRE_AT(CaCertificate, key_usage, 0x24);
SWTEE_WIRE_AT(CaCertificate, exponent, 0x40);
SWTEE_WIRE_AT(CaCertificate, signature, 0x440);

}  // namespace swtee::sev
