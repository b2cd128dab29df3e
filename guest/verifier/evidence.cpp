// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/evidence.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::verifier {
namespace {

bool has_mark(const crypto::Name& name) {
  return std::any_of(name.attributes.begin(), name.attributes.end(), [](const crypto::NameAttribute& attribute) {
    return attribute.type == crypto::oid::kSerialNumber && attribute.value == kTestMark;
  });
}

bool starts_with(const std::string& text, std::string_view prefix) { return text.compare(0, prefix.size(), prefix) == 0; }

}  // namespace

Result<void> TrustedRoots::add(std::string name, crypto::Certificate root) {
  if (root.issuer_der != root.subject_der)
    return fail("'" + root.subject.text() + "' is no root: it was issued by '" + root.issuer.text() + "'");
  if (const auto own = crypto::verify_signature(root, root.spki); !own.ok())
    return fail("'" + root.subject.text() + "' is no root: it is not signed with its own key");
  roots_.push_back({std::move(name), std::move(root)});
  return {};
}

const TrustedRoots::Root* TrustedRoots::same_key(const crypto::Certificate& certificate) const {
  for (const Root& root : roots_)
    if (root.certificate.spki == certificate.spki && root.certificate.subject_der == certificate.subject_der) return &root;
  return nullptr;
}

const TrustedRoots::Root* TrustedRoots::issuer_of(const crypto::Certificate& certificate) const {
  for (const Root& root : roots_)
    if (root.certificate.subject_der == certificate.issuer_der &&
        crypto::verify_signature(certificate, root.certificate.spki).ok())
      return &root;
  return nullptr;
}

CertificateRole role_of(const crypto::Certificate& certificate) {
  const std::string name = certificate.subject.find(crypto::oid::kCommonName).value_or("");
  if (name == "SEV-VCEK") return CertificateRole::vcek;
  if (name == "SEV-VLEK") return CertificateRole::vlek;
  if (starts_with(name, "ARK-")) return CertificateRole::ark;
  if (starts_with(name, "SEV-VLEK-")) return CertificateRole::asvk;
  if (starts_with(name, "SEV-")) return CertificateRole::ask;
  return CertificateRole::other;
}

std::string text_of(CertificateRole role) {
  switch (role) {
    case CertificateRole::ark: return "ARK";
    case CertificateRole::ask: return "ASK";
    case CertificateRole::asvk: return "ASVK";
    case CertificateRole::vcek: return "VCEK";
    case CertificateRole::vlek: return "VLEK";
    case CertificateRole::other: break;
  }
  return "certificate";
}

bool marked_test_only(const crypto::Certificate& certificate) {
  return has_mark(certificate.subject) || has_mark(certificate.issuer);
}

}  // namespace swtee::verifier
