// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/certificate_profile.h"

#include "guest/verifier/vek_extensions.h"

#include <algorithm>
#include <array>

namespace swtee::verifier {
namespace {

using crypto::Certificate;
namespace oid = crypto::oid;

constexpr std::uint8_t kKeyCertSign = 0x04;
constexpr std::uint8_t kCrlSign = 0x02;

struct Expected {
  std::string_view type;
  const char* label;
  std::string value;
};

bool is_ca_role(CertificateRole role) {
  return role == CertificateRole::ark || role == CertificateRole::ask || role == CertificateRole::asvk;
}

std::string common_name(CertificateRole role, const std::string& line) {
  switch (role) {
    case CertificateRole::ark: return "ARK-" + line;
    case CertificateRole::ask: return "SEV-" + line;
    case CertificateRole::asvk: return "SEV-VLEK-" + line;
    case CertificateRole::vcek: return "SEV-VCEK";
    case CertificateRole::vlek: return "SEV-VLEK";
    case CertificateRole::other: break;
  }
  return {};
}

CertificateRole issuer_role(CertificateRole role) {
  if (role == CertificateRole::vcek) return CertificateRole::ask;
  if (role == CertificateRole::vlek) return CertificateRole::asvk;
  return CertificateRole::ark;
}

/// Each expected attribute once, and none beside them but the mark for tests.
std::string name_problem(const crypto::Name& name, const std::string& expected_common_name) {
  const std::array<Expected, 6> expected{Expected{oid::kOrganizationalUnit, "OU", "Engineering"},
                                         Expected{oid::kCountry, "C", "US"},
                                         Expected{oid::kLocality, "L", "Santa Clara"},
                                         Expected{oid::kState, "ST", "CA"},
                                         Expected{oid::kOrganization, "O", "Advanced Micro Devices"},
                                         Expected{oid::kCommonName, "CN", expected_common_name}};
  for (const Expected& attribute : expected) {
    const auto value = name.find(attribute.type);
    if (!value) return std::string("has not exactly one ") + attribute.label;
    if (*value != attribute.value) return std::string("has ") + attribute.label + "=" + *value + ", expected " + attribute.value;
  }
  for (const crypto::NameAttribute& attribute : name.attributes) {
    const bool mark = attribute.type == oid::kSerialNumber && attribute.value == kTestMark;
    const bool known = std::any_of(expected.begin(), expected.end(), [&](const Expected& e) { return e.type == attribute.type; });
    if (!mark && !known) return "has an attribute that the vendor does not use (" + attribute.type + ")";
  }
  return {};
}

std::string member_names_problem(const Member& member, const std::string& line) {
  const std::string subject = name_problem(member.certificate->subject, common_name(member.role, line));
  if (!subject.empty()) return "the subject of the " + text_of(member.role) + " " + subject;
  const std::string issuer = name_problem(member.certificate->issuer, common_name(issuer_role(member.role), line));
  if (!issuer.empty()) return "the issuer of the " + text_of(member.role) + " " + issuer;
  return {};
}

/// First byte of the bits of KeyUsage; nothing when the extension is absent or is no short bit string.
std::optional<std::uint8_t> key_usage_bits(const Certificate& certificate) {
  const crypto::Extension* usage = certificate.extension(oid::kKeyUsage);
  if (usage == nullptr || usage->value.size() < 4 || usage->value[0] != crypto::der::kBitString) return std::nullopt;
  return usage->value[3];
}

std::string critical_problem(const Certificate& certificate) {
  for (const crypto::Extension& extension : certificate.extensions)
    if (extension.critical && extension.type != oid::kKeyUsage && extension.type != oid::kBasicConstraints)
      return "has a critical extension that this verifier does not understand (" + extension.type + ")";
  return {};
}

std::string ca_problem(const Certificate& certificate) {
  const auto key = crypto::RsaPublicKey::from_spki(certificate.spki);
  if (!key.ok()) return "has no RSA key: " + key.error().what();
  if (key.value().modulus_bits() != 4096) return "has an RSA key of " + std::to_string(key.value().modulus_bits()) + " bits, not 4096";
  if (!certificate.is_ca()) return "is no CA by its BasicConstraints";
  const auto usage = key_usage_bits(certificate);
  if (certificate.extension(oid::kKeyUsage) != nullptr && (!usage || (*usage & kKeyCertSign) == 0))
    return "may not sign certificates by its KeyUsage";
  return {};
}

std::string vek_problem(const Certificate& certificate, CertificateRole role, std::optional<ProductLine> line) {
  const auto key = crypto::EcPublicKey::from_spki(certificate.spki);
  if (!key.ok() || key.value().curve() != crypto::Curve::p384) return "has no key on P-384";
  if (certificate.is_ca()) return "is a CA by its BasicConstraints";
  const auto extensions = parse_vek_extensions(certificate);
  if (!extensions.ok()) return extensions.error().what();
  if (!line) return "has an issuer of no known product line";
  return vek_extensions_problem(extensions.value(), facts_of(*line), role == CertificateRole::vlek);
}

std::string member_profile_problem(const Member& member, std::optional<ProductLine> line) {
  const Certificate& certificate = *member.certificate;
  if (certificate.version != 3) return "is X.509 version " + std::to_string(certificate.version) + ", not 3";
  if (certificate.algorithm != crypto::SignatureAlgorithm::rsa_pss_sha384)
    return "is not signed with RSASSA-PSS, SHA-384 and a salt of 48 bytes";
  if (const std::string problem = critical_problem(certificate); !problem.empty()) return problem;
  return is_ca_role(member.role) ? ca_problem(certificate) : vek_problem(certificate, member.role, line);
}

}  // namespace

std::string names_problem(std::span<const Member> members, std::optional<ProductLine> line) {
  if (!line) return "the issuer of the certificate that signs reports names no known product line";
  const Certificate* above = nullptr;
  std::size_t marked = 0;
  std::size_t present = 0;
  for (const Member& member : members) {
    if (member.certificate == nullptr) continue;
    const std::string problem = member_names_problem(member, std::string(facts_of(*line).name));
    if (!problem.empty()) return problem;
    if (above != nullptr && member.certificate->issuer_der != above->subject_der)
      return "the issuer of the " + text_of(member.role) + " is not byte for byte the subject of the certificate above it";
    above = member.certificate;
    marked += marked_test_only(*member.certificate) ? 1 : 0;
    ++present;
  }
  if (marked != 0 && marked != present) return "some certificates are marked '" + std::string(kTestMark) + "' and some are not";
  return {};
}

std::string profile_problem(std::span<const Member> members, std::optional<ProductLine> line) {
  for (const Member& member : members) {
    if (member.certificate == nullptr) continue;
    const std::string problem = member_profile_problem(member, line);
    if (!problem.empty()) return "the " + text_of(member.role) + " " + problem;
  }
  return {};
}

bool may_sign_crls(const Certificate& certificate) {
  if (certificate.extension(oid::kKeyUsage) == nullptr) return true;
  const auto usage = key_usage_bits(certificate);
  return usage && (*usage & kCrlSign) != 0;
}

}  // namespace swtee::verifier
