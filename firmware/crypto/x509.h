// SPDX-License-Identifier: Apache-2.0
/// X.509 certificates and CRLs, byte by byte: the builder writes what the vendors' CAs write, the parser takes what a
/// hostile network may send.  [RFC 5280]
///
/// Nothing here decides on trust. Whoever verifies a chain asks for each signature, name and date by itself.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/ecdsa.h"
#include "firmware/crypto/rsa.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::crypto {

namespace oid {
inline constexpr std::string_view kCommonName = "2.5.4.3", kSerialNumber = "2.5.4.5", kCountry = "2.5.4.6", kLocality = "2.5.4.7",
                                  kState = "2.5.4.8", kOrganization = "2.5.4.10", kOrganizationalUnit = "2.5.4.11";
inline constexpr std::string_view kSubjectKeyIdentifier = "2.5.29.14", kKeyUsage = "2.5.29.15", kSubjectAltName = "2.5.29.17",
                                  kBasicConstraints = "2.5.29.19", kCrlNumber = "2.5.29.20", kCrlDistributionPoints = "2.5.29.31",
                                  kAuthorityKeyIdentifier = "2.5.29.35", kExtendedKeyUsage = "2.5.29.37";
}  // namespace oid

/// One attribute of a name, in an RDN of its own when built.
struct NameAttribute {
  std::string type;                      ///< OID in dotted form
  std::string value;                     ///< the string's bytes
  std::uint8_t tag = der::kUtf8String;   ///< string type
  bool operator==(const NameAttribute&) const = default;
};

/// A distinguished name, in the order of the certificate.
struct Name {
  std::vector<NameAttribute> attributes;
  bool operator==(const Name&) const = default;
  /// The value of the only attribute of this type; nothing when there is none or more than one.
  std::optional<std::string> find(std::string_view type) const;
  /// For people: "OU=Engineering, C=US, ..."; bytes outside printable ASCII are written as \xx.
  std::string text() const;
};

struct Extension {
  std::string type;  ///< OID in dotted form
  bool critical = false;
  DerBytes value;    ///< content of extnValue
};

struct Validity {
  std::int64_t not_before = 0;  ///< Unix seconds, both inclusive
  std::int64_t not_after = 0;
};

enum class SignatureAlgorithm { rsa_pss_sha384, ecdsa_sha256, ecdsa_sha384, unknown };

/// Whether RSASSA-PSS parameters spell out trailerField 1, which DER would leave out because it is the default. The vendor
/// did so until late 2024.
enum class PssTrailer { omitted, spelt_out };

/// What goes into a certificate besides its signature.
struct CertificateFields {
  DerBytes serial;  ///< big-endian, unsigned
  Name issuer;
  Validity validity;
  Name subject;
  DerBytes spki;
  std::vector<Extension> extensions;
};

/// A signed version 3 certificate in DER.
DerBytes sign_certificate(const CertificateFields& fields, const RsaPrivateKey& issuer, PssTrailer trailer = PssTrailer::omitted);
/// The same with ecdsa-with-SHA256 or -SHA384, by the issuer's curve.
DerBytes sign_certificate(const CertificateFields& fields, const EcPrivateKey& issuer);

/// A parsed certificate. It owns its bytes.
struct Certificate {
  DerBytes der;
  DerBytes tbs;  ///< what is signed
  std::uint32_t version = 0;  ///< 1, 2 or 3
  DerBytes serial;  ///< big-endian without leading zeros; negative numbers are refused
  SignatureAlgorithm algorithm = SignatureAlgorithm::unknown;
  Name issuer;
  Name subject;
  DerBytes issuer_der;
  DerBytes subject_der;
  Validity validity;
  DerBytes spki;
  std::vector<Extension> extensions;
  DerBytes signature;

  /// Exactly one DER certificate. Fails on trailing bytes, on two extensions of one type, and when the algorithm inside
  /// differs from the one outside.
  static Result<Certificate> from_der(ByteView der);
  /// The extension of this type, or null.
  const Extension* extension(std::string_view type) const;
  /// True when BasicConstraints says CA.
  bool is_ca() const;
};

/// Certificates of a PEM text, in order. Fails when it holds none, or another kind of block.
Result<std::vector<Certificate>> certificates_from_pem(std::string_view text);
/// One certificate, DER or PEM, whichever the bytes look like.
Result<Certificate> certificate_from_file(ByteView bytes);

struct RevokedCertificate {
  DerBytes serial;
  std::int64_t date = 0;
};

struct CrlFields {
  Name issuer;
  std::int64_t this_update = 0;
  std::int64_t next_update = 0;
  std::vector<RevokedCertificate> revoked;
  std::vector<Extension> extensions;
};

/// A signed version 2 CRL in DER.
DerBytes sign_crl(const CrlFields& fields, const RsaPrivateKey& issuer, PssTrailer trailer = PssTrailer::omitted);

struct Crl {
  DerBytes der;
  DerBytes tbs;
  SignatureAlgorithm algorithm = SignatureAlgorithm::unknown;
  Name issuer;
  DerBytes issuer_der;
  std::int64_t this_update = 0;
  std::optional<std::int64_t> next_update;
  std::vector<RevokedCertificate> revoked;
  std::vector<Extension> extensions;
  DerBytes signature;

  static Result<Crl> from_der(ByteView der);
  bool lists(ByteView serial) const;
};

/// Checks that `spki` signed `certificate` with an algorithm known here. The names are not compared.
Result<void> verify_signature(const Certificate& certificate, ByteView issuer_spki);
Result<void> verify_signature(const Crl& crl, ByteView issuer_spki);

/// Values of common extensions.
DerBytes key_identifier(ByteView spki);  ///< SHA-1 of the public key's bits  [RFC 5280 §4.2.1.2]
Extension subject_key_identifier(ByteView key_id);
Extension authority_key_identifier(ByteView key_id);
Extension basic_constraints_ca(std::optional<std::uint8_t> path_length);
Extension key_usage(std::uint8_t first_byte, std::uint8_t unused_bits);
Extension crl_distribution_point(std::string_view url);

}  // namespace swtee::crypto
