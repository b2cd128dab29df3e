// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/crypto/pem.h"
#include "firmware/crypto/utc_time.h"
#include "firmware/crypto/x509_algorithms.h"

#include <algorithm>

namespace swtee::crypto {
namespace {

DerBytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

Result<Name> parse_name(DerReader reader) {
  Name name;
  while (!reader.at_end()) {
    DerReader rdn = SWTEE_TRY(reader.enter(der::kSet, "RDN"));
    SWTEE_REQUIRE(!rdn.at_end(), Error("an RDN is empty"));
    while (!rdn.at_end()) {
      DerReader fields = SWTEE_TRY(rdn.enter(der::kSequence, "name attribute"));
      NameAttribute attribute;
      attribute.type = SWTEE_TRY(fields.oid("attribute type"));
      const DerElement value = SWTEE_TRY(fields.next());
      SWTEE_TRY(fields.finish("name attribute"));
      attribute.tag = value.tag;
      attribute.value = text_of(value.content);
      name.attributes.push_back(std::move(attribute));
    }
  }
  return name;
}

Result<std::vector<Extension>> parse_extensions(DerReader list) {
  std::vector<Extension> extensions;
  while (!list.at_end()) {
    DerReader fields = SWTEE_TRY(list.enter(der::kSequence, "extension"));
    Extension extension;
    extension.type = SWTEE_TRY(fields.oid("extension type"));
    if (fields.next_is(der::kBoolean)) {
      const DerElement critical = SWTEE_TRY(fields.next());
      SWTEE_REQUIRE(critical.content.size() == 1, Error("critical flag of extension " + extension.type + " is malformed"));
      extension.critical = critical.content[0] != 0;
    }
    extension.value = copy(SWTEE_TRY(fields.expect(der::kOctetString, "extension value")).content);
    SWTEE_TRY(fields.finish("extension"));
    for (const Extension& other : extensions)
      SWTEE_REQUIRE(other.type != extension.type, Error("extension " + extension.type + " appears twice"));
    SWTEE_REQUIRE(extensions.size() < 64, Error("more than 64 extensions"));
    extensions.push_back(std::move(extension));
  }
  return extensions;
}

/// [number] EXPLICIT SEQUENCE OF Extension, when it comes next.
Result<std::vector<Extension>> parse_tagged_extensions(DerReader& tbs, unsigned number) {
  const std::uint8_t tag = der::context(number, true);
  if (!tbs.next_is(tag)) return std::vector<Extension>();
  DerReader outer = SWTEE_TRY(tbs.enter(tag, "extensions"));
  const DerReader list = SWTEE_TRY(outer.enter(der::kSequence, "extensions"));
  SWTEE_TRY(outer.finish("extensions"));
  return parse_extensions(list);
}

struct Signed {
  DerElement tbs;
  DerElement algorithm;
  ByteView signature;
};

/// The frame that certificates and CRLs share.
Result<Signed> parse_signed(ByteView der, std::string_view what) {
  DerReader outer(der);
  DerReader fields = SWTEE_TRY(outer.enter(der::kSequence, what));
  SWTEE_TRY(outer.finish(what));
  Signed parts;
  parts.tbs = SWTEE_TRY(fields.expect(der::kSequence, "signed part"));
  parts.algorithm = SWTEE_TRY(fields.expect(der::kSequence, "signature algorithm"));
  parts.signature = SWTEE_TRY(fields.whole_bits("signature"));
  SWTEE_TRY(fields.finish(what));
  return parts;
}

Result<void> check_inner_algorithm(DerReader& tbs, const Signed& parts) {
  const DerElement inner = SWTEE_TRY(tbs.expect(der::kSequence, "signature algorithm"));
  SWTEE_REQUIRE(same(inner.whole, parts.algorithm.whole), Error("the signature algorithms inside and outside differ"));
  return {};
}

Result<Validity> parse_validity(DerReader reader) {
  const DerElement from = SWTEE_TRY(reader.next());
  const DerElement to = SWTEE_TRY(reader.next());
  SWTEE_TRY(reader.finish("validity"));
  return Validity{SWTEE_TRY(parse_der_time(from, "notBefore")), SWTEE_TRY(parse_der_time(to, "notAfter"))};
}

Result<std::vector<RevokedCertificate>> parse_revoked(DerReader list) {
  std::vector<RevokedCertificate> revoked;
  while (!list.at_end()) {
    DerReader fields = SWTEE_TRY(list.enter(der::kSequence, "revoked certificate"));
    const DerElement serial = SWTEE_TRY(fields.expect(der::kInteger, "revoked serial number"));
    const DerElement date = SWTEE_TRY(fields.next());
    RevokedCertificate entry;
    entry.serial = copy(SWTEE_TRY(der_unsigned(serial, "revoked serial number")));
    entry.date = SWTEE_TRY(parse_der_time(date, "revocation date"));
    if (!fields.at_end()) {
      SWTEE_TRY(fields.expect(der::kSequence, "revocation entry extensions"));
      SWTEE_TRY(fields.finish("revoked certificate"));
    }
    revoked.push_back(std::move(entry));
  }
  return revoked;
}

Result<void> verify_signature(SignatureAlgorithm algorithm, ByteView tbs, ByteView signature, ByteView spki) {
  if (algorithm == SignatureAlgorithm::unknown)
    return fail("the signature algorithm is neither RSASSA-PSS with SHA-384 and salt 48 nor ECDSA with SHA-256 or SHA-384");
  if (algorithm == SignatureAlgorithm::rsa_pss_sha384) {
    const RsaPublicKey key = SWTEE_TRY(RsaPublicKey::from_spki(spki));
    SWTEE_REQUIRE(key.verify_pss_sha384(tbs, signature), Error("the signature does not fit"));
    return {};
  }
  const EcPublicKey key = SWTEE_TRY(EcPublicKey::from_spki(spki));
  const bool wide = algorithm == SignatureAlgorithm::ecdsa_sha384;
  SWTEE_REQUIRE(key.curve() == (wide ? Curve::p384 : Curve::p256), Error("the issuer's curve does not go with the signature algorithm"));
  DerReader outer(signature);
  DerReader numbers = SWTEE_TRY(outer.enter(der::kSequence, "ECDSA signature"));
  SWTEE_TRY(outer.finish("ECDSA signature"));
  const DerElement r_element = SWTEE_TRY(numbers.next());
  const DerElement s_element = SWTEE_TRY(numbers.next());
  SWTEE_TRY(numbers.finish("ECDSA signature"));
  const ByteView r = SWTEE_TRY(der_unsigned(r_element, "R"));
  const ByteView s = SWTEE_TRY(der_unsigned(s_element, "S"));
  const bool fits = wide ? key.verify(sha384(tbs), r, s) : key.verify(sha256(tbs), r, s);
  SWTEE_REQUIRE(fits, Error("the signature does not fit"));
  return {};
}

std::string label_of(const std::string& type) {
  static constexpr std::pair<std::string_view, const char*> kLabels[] = {
      {oid::kCommonName, "CN"}, {oid::kSerialNumber, "serialNumber"}, {oid::kCountry, "C"},
      {oid::kLocality, "L"},    {oid::kState, "ST"},                  {oid::kOrganization, "O"},
      {oid::kOrganizationalUnit, "OU"}};
  for (const auto& [known, label] : kLabels)
    if (type == known) return label;
  return type;
}

}  // namespace

std::optional<std::string> Name::find(std::string_view type) const {
  std::optional<std::string> found;
  for (const NameAttribute& attribute : attributes) {
    if (attribute.type != type) continue;
    if (found) return std::nullopt;
    found = attribute.value;
  }
  return found;
}

std::string Name::text() const {
  std::string text;
  for (const NameAttribute& attribute : attributes) {
    text += (text.empty() ? "" : ", ") + label_of(attribute.type) + "=";
    for (const char c : attribute.value) {
      const auto byte = static_cast<std::uint8_t>(c);
      if (byte >= 0x20 && byte < 0x7f && c != '\\') {
        text += c;
      } else {
        text += "\\x";
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
      }
    }
  }
  return text;
}

Result<Certificate> Certificate::from_der(ByteView der) {
  const Signed parts = SWTEE_TRY(parse_signed(der, "certificate"));
  Certificate certificate;
  certificate.der = copy(der);
  certificate.tbs = copy(parts.tbs.whole);
  certificate.signature = copy(parts.signature);
  certificate.algorithm = recognise_algorithm(parts.algorithm.whole);

  DerReader tbs(parts.tbs.content);
  certificate.version = 1;
  if (tbs.next_is(der::context(0, true))) {
    DerReader version = SWTEE_TRY(tbs.enter(der::context(0, true), "version"));
    const std::uint64_t number = SWTEE_TRY(version.number("version"));
    SWTEE_TRY(version.finish("version"));
    SWTEE_REQUIRE(number <= 2, Error("certificate version " + std::to_string(number + 1) + " is unknown"));
    certificate.version = static_cast<std::uint32_t>(number + 1);
  }
  const DerElement serial = SWTEE_TRY(tbs.expect(der::kInteger, "serial number"));
  certificate.serial = copy(SWTEE_TRY(der_unsigned(serial, "serial number")));
  SWTEE_TRY(check_inner_algorithm(tbs, parts));
  const DerElement issuer = SWTEE_TRY(tbs.expect(der::kSequence, "issuer"));
  certificate.issuer_der = copy(issuer.whole);
  certificate.issuer = SWTEE_TRY(parse_name(DerReader(issuer.content)));
  const DerReader validity = SWTEE_TRY(tbs.enter(der::kSequence, "validity"));
  certificate.validity = SWTEE_TRY(parse_validity(validity));
  const DerElement subject = SWTEE_TRY(tbs.expect(der::kSequence, "subject"));
  certificate.subject_der = copy(subject.whole);
  certificate.subject = SWTEE_TRY(parse_name(DerReader(subject.content)));
  certificate.spki = copy(SWTEE_TRY(tbs.expect(der::kSequence, "subjectPublicKeyInfo")).whole);
  for (const unsigned unique_id : {1u, 2u})
    if (tbs.next_is(der::context(unique_id, false))) SWTEE_TRY(tbs.next());
  if (certificate.version == 3) certificate.extensions = SWTEE_TRY(parse_tagged_extensions(tbs, 3));
  SWTEE_TRY(tbs.finish("certificate"));
  return certificate;
}

const Extension* Certificate::extension(std::string_view type) const {
  for (const Extension& extension : extensions)
    if (extension.type == type) return &extension;
  return nullptr;
}

bool Certificate::is_ca() const {
  const Extension* const constraints = extension(oid::kBasicConstraints);
  if (constraints == nullptr) return false;
  DerReader outer(constraints->value);
  auto fields = outer.enter(der::kSequence, "BasicConstraints");
  if (!fields.ok() || !fields.value().next_is(der::kBoolean)) return false;
  const auto flag = fields.value().next();
  return flag.ok() && flag.value().content.size() == 1 && flag.value().content[0] != 0;
}

Result<std::vector<Certificate>> certificates_from_pem(std::string_view text) {
  std::vector<Certificate> certificates;
  const std::vector<PemBlock> blocks = SWTEE_TRY(parse_pem(text));
  SWTEE_REQUIRE(!blocks.empty(), Error("no PEM block found"));
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string where = "PEM block " + std::to_string(i + 1);
    SWTEE_REQUIRE(blocks[i].label == "CERTIFICATE", Error(where + " is '" + blocks[i].label + "', not a CERTIFICATE"));
    auto certificate = Certificate::from_der(blocks[i].bytes);
    if (!certificate.ok()) return Failure(certificate.error().in(where));
    certificates.push_back(std::move(certificate).value());
  }
  return certificates;
}

Result<Certificate> certificate_from_file(ByteView bytes) {
  if (!bytes.empty() && bytes[0] == der::kSequence) return Certificate::from_der(bytes);
  std::vector<Certificate> certificates =
      SWTEE_TRY(certificates_from_pem(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  SWTEE_REQUIRE(certificates.size() == 1, Error("expected one certificate, found " + std::to_string(certificates.size())));
  return std::move(certificates[0]);
}

Result<Crl> Crl::from_der(ByteView der) {
  const Signed parts = SWTEE_TRY(parse_signed(der, "CRL"));
  Crl crl;
  crl.der = copy(der);
  crl.tbs = copy(parts.tbs.whole);
  crl.signature = copy(parts.signature);
  crl.algorithm = recognise_algorithm(parts.algorithm.whole);

  DerReader tbs(parts.tbs.content);
  bool version_2 = false;
  if (tbs.next_is(der::kInteger)) {
    const std::uint64_t number = SWTEE_TRY(tbs.number("CRL version"));
    SWTEE_REQUIRE(number == 1, Error("CRL version is not 2"));
    version_2 = true;
  }
  SWTEE_TRY(check_inner_algorithm(tbs, parts));
  const DerElement issuer = SWTEE_TRY(tbs.expect(der::kSequence, "CRL issuer"));
  crl.issuer_der = copy(issuer.whole);
  crl.issuer = SWTEE_TRY(parse_name(DerReader(issuer.content)));
  const DerElement this_update = SWTEE_TRY(tbs.next());
  crl.this_update = SWTEE_TRY(parse_der_time(this_update, "thisUpdate"));
  if (tbs.next_is(der::kUtcTime) || tbs.next_is(der::kGeneralizedTime)) {
    const DerElement next_update = SWTEE_TRY(tbs.next());
    crl.next_update = SWTEE_TRY(parse_der_time(next_update, "nextUpdate"));
  }
  if (tbs.next_is(der::kSequence)) {
    const DerReader revoked = SWTEE_TRY(tbs.enter(der::kSequence, "revokedCertificates"));
    crl.revoked = SWTEE_TRY(parse_revoked(revoked));
  }
  if (version_2) crl.extensions = SWTEE_TRY(parse_tagged_extensions(tbs, 0));
  SWTEE_TRY(tbs.finish("CRL"));
  return crl;
}

bool Crl::lists(ByteView serial) const {
  return std::any_of(revoked.begin(), revoked.end(), [serial](const RevokedCertificate& entry) { return same(entry.serial, serial); });
}

Result<void> verify_signature(const Certificate& certificate, ByteView issuer_spki) {
  return verify_signature(certificate.algorithm, certificate.tbs, certificate.signature, issuer_spki);
}

Result<void> verify_signature(const Crl& crl, ByteView issuer_spki) {
  return verify_signature(crl.algorithm, crl.tbs, crl.signature, issuer_spki);
}

}  // namespace swtee::crypto
