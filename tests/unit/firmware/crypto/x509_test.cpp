// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/x509.h"

#include "firmware/crypto/pem.h"
#include "firmware/crypto/utc_time.h"
#include "hex.h"

#include <openssl/err.h>
#include <openssl/x509.h>

namespace swtee::crypto {
namespace {

const RsaPrivateKey& ca_key() {
  static const RsaPrivateKey key = RsaPrivateKey::generate(2048);
  return key;
}

EcPrivateKey leaf_key(Curve curve = Curve::p384) { return EcPrivateKey::from_seed(curve, std::vector<std::uint8_t>(56, 3)); }

Name name_of(const std::string& common_name) {
  return {{{std::string(oid::kCountry), "US", der::kPrintableString}, {std::string(oid::kCommonName), common_name}}};
}

CertificateFields leaf_fields() {
  CertificateFields fields;
  fields.serial = {0x01, 0x02, 0x03};
  fields.issuer = name_of("issuer");
  fields.subject = name_of("subject");
  fields.validity = {1730927640, add_years(1730927640, 7)};
  fields.spki = leaf_key().public_key().spki();
  fields.extensions = {{"1.3.6.1.4.1.3704.1.1", false, from_hex("020100")}, basic_constraints_ca(0), key_usage(0x04, 2)};
  return fields;
}

struct X509Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_CRL* crl) const { X509_CRL_free(crl); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using TheirKey = std::unique_ptr<EVP_PKEY, X509Free>;

TheirKey their_key(ByteView spki) {
  const std::uint8_t* at = spki.data();
  return TheirKey(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
}

std::unique_ptr<X509, X509Free> their_certificate(ByteView der) {
  const std::uint8_t* at = der.data();
  return std::unique_ptr<X509, X509Free>(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

TEST(Certificate, BuiltWithPssVerifiesWithOpensslInBothSpellings) {
  for (const PssTrailer trailer : {PssTrailer::omitted, PssTrailer::spelt_out}) {
    const auto der = sign_certificate(leaf_fields(), ca_key(), trailer);
    const auto theirs = their_certificate(der);
    ASSERT_NE(theirs, nullptr);
    EXPECT_EQ(X509_verify(theirs.get(), their_key(ca_key().public_key().spki()).get()), 1);
    EXPECT_EQ(X509_get_version(theirs.get()), 2);
  }
}

TEST(Certificate, BuiltWithEcdsaVerifiesWithOpenssl) {
  for (const Curve curve : {Curve::p256, Curve::p384}) {
    const auto der = sign_certificate(leaf_fields(), leaf_key(curve));
    const auto theirs = their_certificate(der);
    ASSERT_NE(theirs, nullptr);
    EXPECT_EQ(X509_verify(theirs.get(), their_key(leaf_key(curve).public_key().spki()).get()), 1);
    const auto ours = Certificate::from_der(der);
    ASSERT_TRUE(ours.ok());
    EXPECT_TRUE(verify_signature(ours.value(), leaf_key(curve).public_key().spki()).ok());
  }
}

TEST(Certificate, ParsesBackToTheFieldsItWasBuiltFrom) {
  const CertificateFields fields = leaf_fields();
  const auto parsed = Certificate::from_der(sign_certificate(fields, ca_key()));
  ASSERT_TRUE(parsed.ok()) << parsed.error().what();
  const Certificate& certificate = parsed.value();
  EXPECT_EQ(certificate.version, 3u);
  EXPECT_EQ(certificate.serial, fields.serial);
  EXPECT_EQ(certificate.issuer, fields.issuer);
  EXPECT_EQ(certificate.subject, fields.subject);
  EXPECT_EQ(certificate.validity.not_before, fields.validity.not_before);
  EXPECT_EQ(certificate.validity.not_after, fields.validity.not_after);
  EXPECT_EQ(certificate.spki, fields.spki);
  EXPECT_EQ(certificate.algorithm, SignatureAlgorithm::rsa_pss_sha384);
  ASSERT_EQ(certificate.extensions.size(), 3u);
  EXPECT_EQ(to_hex(certificate.extension("1.3.6.1.4.1.3704.1.1")->value), "020100");
  EXPECT_TRUE(certificate.extension(oid::kBasicConstraints)->critical);
  EXPECT_TRUE(certificate.is_ca());
  EXPECT_EQ(certificate.subject.text(), "C=US, CN=subject");
}

TEST(Certificate, SignatureFitsOnlyTheIssuerAndTheBytesSigned) {
  auto der = sign_certificate(leaf_fields(), ca_key());
  EXPECT_TRUE(verify_signature(Certificate::from_der(der).value(), ca_key().public_key().spki()).ok());
  EXPECT_FALSE(verify_signature(Certificate::from_der(der).value(), RsaPrivateKey::generate(2048).public_key().spki()).ok());
  EXPECT_FALSE(verify_signature(Certificate::from_der(der).value(), leaf_key().public_key().spki()).ok());
  EXPECT_FALSE(verify_signature(Certificate::from_der(der).value(), {}).ok());
  der.back() ^= 1;
  EXPECT_FALSE(verify_signature(Certificate::from_der(der).value(), ca_key().public_key().spki()).ok());
}

/// No byte of a certificate may change without a parser's refusal or a signature that no longer fits.
TEST(Certificate, NoticesEveryChangedByte) {
  const auto der = sign_certificate(leaf_fields(), ca_key());
  const auto issuer = ca_key().public_key().spki();
  for (std::size_t i = 0; i < der.size(); ++i) {
    auto changed = der;
    changed[i] ^= 0x01;
    const auto parsed = Certificate::from_der(changed);
    EXPECT_FALSE(parsed.ok() && verify_signature(parsed.value(), issuer).ok()) << "byte " << i;
  }
}

TEST(Certificate, RefusesEveryTruncationAndTrailingBytes) {
  auto der = sign_certificate(leaf_fields(), ca_key());
  for (std::size_t size = 0; size < der.size(); ++size) EXPECT_FALSE(Certificate::from_der(ByteView(der).first(size)).ok());
  der.push_back(0);
  EXPECT_FALSE(Certificate::from_der(der).ok());
}

TEST(Certificate, RefusesRepeatedExtensions) {
  CertificateFields fields = leaf_fields();
  fields.extensions.push_back(fields.extensions[0]);
  const auto parsed = Certificate::from_der(sign_certificate(fields, ca_key()));
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.error().what().find("1.3.6.1.4.1.3704.1.1"), std::string::npos);
}

TEST(Certificate, WritesHostileNamesWithoutControlCharacters) {
  const Name name{{{std::string(oid::kCommonName), "a\x1b[31m\n\\"}}};
  EXPECT_EQ(name.text(), "CN=a\\x1b[31m\\x0a\\x5c");
}

TEST(Certificate, FindsAnAttributeOnlyWhenItIsTheOnlyOne) {
  Name name = name_of("x");
  EXPECT_EQ(name.find(oid::kCommonName), "x");
  EXPECT_EQ(name.find(oid::kLocality), std::nullopt);
  name.attributes.push_back({std::string(oid::kCommonName), "y"});
  EXPECT_EQ(name.find(oid::kCommonName), std::nullopt);
}

TEST(CertificateFile, TakesDerAndPemAndSaysWhichBlockIsWrong) {
  const auto der = sign_certificate(leaf_fields(), ca_key());
  const std::string pem = to_pem("CERTIFICATE", der);
  EXPECT_TRUE(certificate_from_file(der).ok());
  EXPECT_TRUE(certificate_from_file(view_of(pem)).ok());
  EXPECT_FALSE(certificate_from_file(view_of(pem + pem)).ok());
  EXPECT_EQ(certificates_from_pem(pem + pem).value().size(), 2u);
  const auto mixed = certificates_from_pem(pem + to_pem("PRIVATE KEY", der));
  ASSERT_FALSE(mixed.ok());
  EXPECT_NE(mixed.error().what().find("PEM block 2"), std::string::npos);
}

CrlFields crl_fields() {
  CrlFields fields;
  fields.issuer = name_of("issuer");
  fields.this_update = start_of_day(1730927640);
  fields.next_update = fields.this_update + 30 * 86400;
  fields.revoked = {{{0x01, 0x00, 0x01}, fields.this_update}};
  fields.extensions = {authority_key_identifier(key_identifier(ca_key().public_key().spki())),
                       {std::string(oid::kCrlNumber), false, der_integer(std::uint64_t{7})}};
  return fields;
}

TEST(Crl, VerifiesWithOpensslAndParsesBack) {
  const auto der = sign_crl(crl_fields(), ca_key());
  const std::uint8_t* at = der.data();
  const std::unique_ptr<X509_CRL, X509Free> theirs(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  ASSERT_NE(theirs, nullptr);
  EXPECT_EQ(X509_CRL_verify(theirs.get(), their_key(ca_key().public_key().spki()).get()), 1);

  const auto parsed = Crl::from_der(der);
  ASSERT_TRUE(parsed.ok()) << parsed.error().what();
  EXPECT_TRUE(verify_signature(parsed.value(), ca_key().public_key().spki()).ok());
  EXPECT_TRUE(parsed.value().lists(from_hex("010001")));
  EXPECT_FALSE(parsed.value().lists(from_hex("010002")));
  EXPECT_EQ(parsed.value().this_update, crl_fields().this_update);
  EXPECT_EQ(parsed.value().next_update, crl_fields().next_update);
  EXPECT_EQ(parsed.value().extensions.size(), 2u);
}

TEST(Crl, WithoutRevocationsHasNoList) {
  CrlFields fields = crl_fields();
  fields.revoked.clear();
  const auto parsed = Crl::from_der(sign_crl(fields, ca_key()));
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed.value().revoked.empty());
}

TEST(Crl, NoticesEveryChangedByteAndTruncation) {
  const auto der = sign_crl(crl_fields(), ca_key());
  const auto issuer = ca_key().public_key().spki();
  for (std::size_t i = 0; i < der.size(); ++i) {
    EXPECT_FALSE(Crl::from_der(ByteView(der).first(i)).ok());
    auto changed = der;
    changed[i] ^= 0x01;
    const auto parsed = Crl::from_der(changed);
    EXPECT_FALSE(parsed.ok() && verify_signature(parsed.value(), issuer).ok()) << "byte " << i;
  }
}

}  // namespace
}  // namespace swtee::crypto
