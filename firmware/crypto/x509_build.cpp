// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/crypto/openssl.h"
#include "firmware/crypto/utc_time.h"
#include "firmware/crypto/x509_algorithms.h"

namespace swtee::crypto {
namespace {

constexpr std::string_view kRsaPss = "1.2.840.113549.1.1.10";
constexpr std::string_view kMgf1 = "1.2.840.113549.1.1.8";
constexpr std::string_view kSha384 = "2.16.840.1.101.3.4.2.2";
constexpr std::string_view kEcdsaSha256 = "1.2.840.10045.4.3.2";
constexpr std::string_view kEcdsaSha384 = "1.2.840.10045.4.3.3";

DerBytes sequence(std::initializer_list<ByteView> pieces) { return der_element(der::kSequence, pieces); }

void append(DerBytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

DerBytes encode(const Name& name) {
  DerBytes rdns;
  for (const NameAttribute& attribute : name.attributes)
    append(rdns, der_element(der::kSet, {sequence({der_oid(attribute.type), der_text(attribute.tag, attribute.value)})}));
  return sequence({rdns});
}

DerBytes encode(const std::vector<Extension>& extensions) {
  constexpr std::uint8_t yes[1] = {0xff};
  DerBytes all;
  for (const Extension& extension : extensions) {
    const DerBytes critical = extension.critical ? der_element(der::kBoolean, {yes}) : DerBytes();
    append(all, sequence({der_oid(extension.type), critical, der_element(der::kOctetString, {extension.value})}));
  }
  return sequence({all});
}

DerBytes encode_tbs(const CertificateFields& fields, const DerBytes& algorithm) {
  const DerBytes version = der_element(der::context(0, true), {der_integer(std::uint64_t{2})});
  const DerBytes validity = sequence({der_time(fields.validity.not_before), der_time(fields.validity.not_after)});
  const DerBytes extensions =
      fields.extensions.empty() ? DerBytes() : der_element(der::context(3, true), {encode(fields.extensions)});
  return sequence({version, der_integer(ByteView(fields.serial)), algorithm, encode(fields.issuer), validity,
                   encode(fields.subject), fields.spki, extensions});
}

DerBytes encode_tbs(const CrlFields& fields, const DerBytes& algorithm) {
  DerBytes entries;
  for (const RevokedCertificate& entry : fields.revoked)
    append(entries, sequence({der_integer(ByteView(entry.serial)), der_time(entry.date)}));
  const DerBytes revoked = entries.empty() ? DerBytes() : sequence({entries});
  const DerBytes extensions =
      fields.extensions.empty() ? DerBytes() : der_element(der::context(0, true), {encode(fields.extensions)});
  return sequence({der_integer(std::uint64_t{1}), algorithm, encode(fields.issuer), der_time(fields.this_update),
                   der_time(fields.next_update), revoked, extensions});
}

DerBytes join(const DerBytes& tbs, const DerBytes& algorithm, ByteView signature) {
  return sequence({tbs, algorithm, der_bit_string(signature)});
}

}  // namespace

DerBytes rsa_pss_algorithm(PssTrailer trailer) {
  const DerBytes hash = sequence({der_oid(kSha384), der_element(der::kNull, {})});
  const DerBytes mgf = sequence({der_oid(kMgf1), hash});
  const DerBytes trailer_field =
      trailer == PssTrailer::omitted ? DerBytes() : der_element(der::context(3, true), {der_integer(std::uint64_t{1})});
  const DerBytes parameters = sequence({der_element(der::context(0, true), {hash}), der_element(der::context(1, true), {mgf}),
                                        der_element(der::context(2, true), {der_integer(std::uint64_t{48})}), trailer_field});
  return sequence({der_oid(kRsaPss), parameters});
}

DerBytes ecdsa_algorithm(Curve curve) { return sequence({der_oid(curve == Curve::p256 ? kEcdsaSha256 : kEcdsaSha384)}); }

SignatureAlgorithm recognise_algorithm(ByteView identifier) {
  const auto is = [identifier](const DerBytes& known) {
    return std::equal(identifier.begin(), identifier.end(), known.begin(), known.end());
  };
  if (is(rsa_pss_algorithm(PssTrailer::omitted)) || is(rsa_pss_algorithm(PssTrailer::spelt_out)))
    return SignatureAlgorithm::rsa_pss_sha384;
  if (is(ecdsa_algorithm(Curve::p256))) return SignatureAlgorithm::ecdsa_sha256;
  if (is(ecdsa_algorithm(Curve::p384))) return SignatureAlgorithm::ecdsa_sha384;
  return SignatureAlgorithm::unknown;
}

DerBytes sign_certificate(const CertificateFields& fields, const RsaPrivateKey& issuer, PssTrailer trailer) {
  const DerBytes algorithm = rsa_pss_algorithm(trailer);
  const DerBytes tbs = encode_tbs(fields, algorithm);
  return join(tbs, algorithm, issuer.sign_pss_sha384(tbs));
}

DerBytes sign_certificate(const CertificateFields& fields, const EcPrivateKey& issuer) {
  const Curve curve = issuer.curve();
  const DerBytes algorithm = ecdsa_algorithm(curve);
  const DerBytes tbs = encode_tbs(fields, algorithm);
  const EcdsaSignature signature = curve == Curve::p256 ? issuer.sign(sha256(tbs)) : issuer.sign(sha384(tbs));
  return join(tbs, algorithm, signature.der());
}

DerBytes sign_crl(const CrlFields& fields, const RsaPrivateKey& issuer, PssTrailer trailer) {
  const DerBytes algorithm = rsa_pss_algorithm(trailer);
  const DerBytes tbs = encode_tbs(fields, algorithm);
  return join(tbs, algorithm, issuer.sign_pss_sha384(tbs));
}

DerBytes key_identifier(ByteView spki) {
  DerReader outer(spki);
  auto fields = outer.enter(der::kSequence, "subjectPublicKeyInfo");
  SWTEE_ASSERT(fields.ok() && fields.value().next().ok());
  const auto bits = fields.value().whole_bits("public key");
  SWTEE_ASSERT(bits.ok());
  DerBytes digest(20);
  EVP_MD* const sha1 = EVP_MD_fetch(openssl().library, "SHA1", nullptr);
  SWTEE_ASSERT(sha1 != nullptr);
  SWTEE_ASSERT(EVP_Digest(bits.value().data(), bits.value().size(), digest.data(), nullptr, sha1, nullptr) == 1);
  EVP_MD_free(sha1);
  return digest;
}

Extension subject_key_identifier(ByteView key_id) {
  return {std::string(oid::kSubjectKeyIdentifier), false, der_element(der::kOctetString, {key_id})};
}

Extension authority_key_identifier(ByteView key_id) {
  return {std::string(oid::kAuthorityKeyIdentifier), false, sequence({der_element(der::context(0, false), {key_id})})};
}

Extension basic_constraints_ca(std::optional<std::uint8_t> path_length) {
  constexpr std::uint8_t yes[1] = {0xff};
  const DerBytes length = path_length ? der_integer(std::uint64_t{*path_length}) : DerBytes();
  return {std::string(oid::kBasicConstraints), true, sequence({der_element(der::kBoolean, {yes}), length})};
}

Extension key_usage(std::uint8_t first_byte, std::uint8_t unused_bits) {
  const std::uint8_t content[2] = {unused_bits, first_byte};
  return {std::string(oid::kKeyUsage), true, der_element(der::kBitString, {content})};
}

Extension crl_distribution_point(std::string_view url) {
  const DerBytes uri = der_text(der::context(6, false), url);
  const DerBytes full_name = der_element(der::context(0, true), {uri});
  const DerBytes point = der_element(der::context(0, true), {full_name});
  return {std::string(oid::kCrlDistributionPoints), false, sequence({sequence({point})})};
}

}  // namespace swtee::crypto
