// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/chain.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/utc_time.h"
#include "guest/verifier/certificate_profile.h"

#include <algorithm>
#include <array>

namespace swtee::verifier {
namespace {

using crypto::Certificate;

/// The chain with the gaps filled from the trusted roots, and what its members are called in messages.
struct Links {
  const Certificate* ark = nullptr;
  const Certificate* ask = nullptr;
  const Certificate* vek = nullptr;
  bool vlek = false;

  std::string ask_name() const { return vlek ? "ASVK" : "ASK"; }
  std::string vek_name() const { return vlek ? "VLEK" : "VCEK"; }
  std::array<Member, 3> members() const {
    return {Member{ark, CertificateRole::ark}, Member{ask, vlek ? CertificateRole::asvk : CertificateRole::ask},
            Member{vek, vlek ? CertificateRole::vlek : CertificateRole::vcek}};
  }
};

const Certificate* pointer(const std::optional<Certificate>& certificate) { return certificate ? &*certificate : nullptr; }

Links link(const CertificateChain& chain, SigningKey signing_key, const TrustedRoots& roots) {
  Links links{pointer(chain.ark), pointer(chain.ask), pointer(chain.vek), signing_key == SigningKey::vlek};
  if (links.ark == nullptr && links.ask != nullptr)
    if (const TrustedRoots::Root* root = roots.issuer_of(*links.ask)) links.ark = &root->certificate;
  return links;
}

void check_present(const Links& links, Verdict& verdict) {
  std::string absent;
  if (links.vek == nullptr) absent = links.vek_name();
  if (links.ask == nullptr) absent += (absent.empty() ? "" : " and ") + links.ask_name();
  if (absent.empty())
    verdict.passed(check::kCertificatesPresent, links.vek_name() + " and " + links.ask_name());
  else
    verdict.missing(check::kCertificatesPresent, "no certificate of the " + absent + " was given");
}

std::string check_root(const Links& links, const TrustedRoots& roots, Verdict& verdict) {
  if (links.ark == nullptr) {
    verdict.missing(check::kRootTrusted, roots.empty() ? "no ARK was given, and no root is trusted"
                                                       : "no ARK was given, and no trusted root is the issuer of the " +
                                                             links.ask_name());
    return {};
  }
  if (const TrustedRoots::Root* root = roots.same_key(*links.ark)) {
    verdict.passed(check::kRootTrusted, "'" + links.ark->subject.text() + "' is the root that you named: " + root->name);
    return root->name;
  }
  verdict.failed(check::kRootTrusted, "the chain ends in '" + links.ark->subject.text() + "', which is not trusted: " +
                                          (roots.empty() ? "no root was named" : "it is none of the roots that you named"));
  return {};
}

void check_signature(std::string_view name, const Certificate* certificate, const std::string& what, const Certificate* issuer,
                     const std::string& issuer_name, Verdict& verdict) {
  if (certificate == nullptr || issuer == nullptr) {
    verdict.missing(name, "no certificate of the " + (certificate == nullptr ? what : issuer_name));
    return;
  }
  const auto signature = crypto::verify_signature(*certificate, issuer->spki);
  verdict.decide(name, signature.ok() ? "" : what + " is not signed by this " + issuer_name + ": " + signature.error().what(),
                 certificate == issuer ? what + " is signed with its own key" : what + " is signed by the " + issuer_name);
}

void check_dates(const Links& links, std::int64_t now, Verdict& verdict) {
  std::string problem;
  for (const Member& member : links.members()) {
    if (member.certificate == nullptr || !problem.empty()) continue;
    const crypto::Validity& validity = member.certificate->validity;
    if (now < validity.not_before)
      problem = text_of(member.role) + " is valid only from " + crypto::to_iso8601(validity.not_before);
    else if (now > validity.not_after)
      problem = text_of(member.role) + " expired at " + crypto::to_iso8601(validity.not_after);
  }
  if (!problem.empty()) problem += "; the time of this verification is " + crypto::to_iso8601(now);
  verdict.decide(check::kCertificateDates, problem, "all valid at " + crypto::to_iso8601(now));
}

std::string crl_problem(const crypto::Crl& crl, const Links& links, std::int64_t now) {
  if (crl.issuer_der != links.ark->subject_der) return "its issuer is '" + crl.issuer.text() + "', not the ARK";
  if (!may_sign_crls(*links.ark)) return "the ARK's key usage does not allow it to sign CRLs";
  if (const auto signature = crypto::verify_signature(crl, links.ark->spki); !signature.ok())
    return "it is not signed by the ARK: " + signature.error().what();
  if (now < crl.this_update) return "it was issued at " + crypto::to_iso8601(crl.this_update) + ", after the time of this verification";
  if (!crl.next_update) return "it does not say when the next one is due";
  if (now > *crl.next_update) return "a newer one was due at " + crypto::to_iso8601(*crl.next_update);
  if (crl.lists(links.ask->serial)) return "it lists the " + links.ask_name() + " as revoked";
  return {};
}

void check_crl(const std::optional<crypto::Crl>& crl, const Links& links, const ChainOptions& options, Verdict& verdict) {
  if (!crl) {
    if (options.require_crl)
      verdict.missing(check::kCrl, "no CRL was given, but you require one");
    else
      verdict.skipped(check::kCrl, "no CRL was given");
  } else if (links.ark == nullptr || links.ask == nullptr) {
    verdict.missing(check::kCrl, "without ARK and " + links.ask_name() + " the CRL cannot be judged");
  } else {
    const std::string problem = crl_problem(*crl, links, options.now);
    verdict.decide(check::kCrl, problem, "current, and does not list the " + links.ask_name());
  }
}

/// The line by the issuer's name in the VEK: "SEV-Milan" or "SEV-VLEK-Milan".
std::optional<ProductLine> line_by_issuer(const Links& links) {
  const Certificate* certificate = links.vek;
  if (certificate == nullptr) return std::nullopt;
  const std::string name = certificate->issuer.find(crypto::oid::kCommonName).value_or("");
  const std::string prefix = links.vlek ? "SEV-VLEK-" : "SEV-";
  if (name.compare(0, prefix.size(), prefix) != 0) return std::nullopt;
  return line_named(std::string_view(name).substr(prefix.size()));
}

ChainFacts read_facts(const Links& links) {
  ChainFacts facts;
  facts.line = line_by_issuer(links);
  for (const Member& member : links.members())
    facts.test_only = facts.test_only || (member.certificate != nullptr && marked_test_only(*member.certificate));
  if (links.vek == nullptr) return facts;
  if (auto extensions = parse_vek_extensions(*links.vek); extensions.ok()) facts.extensions = std::move(extensions).value();
  if (auto key = crypto::EcPublicKey::from_spki(links.vek->spki); key.ok() && key.value().curve() == crypto::Curve::p384)
    facts.vek_key = std::move(key).value();
  return facts;
}

}  // namespace

ChainFacts check_chain(const CertificateChain& chain, SigningKey signing_key, const TrustedRoots& roots,
                       const ChainOptions& options, Verdict& verdict) {
  if (signing_key != SigningKey::vcek && signing_key != SigningKey::vlek) return {};
  const Links links = link(chain, signing_key, roots);
  ChainFacts facts = read_facts(links);
  check_present(links, verdict);
  facts.trusted_root = check_root(links, roots, verdict);
  check_signature(check::kArkSignature, links.ark, "ARK", links.ark, "ARK", verdict);
  check_signature(check::kAskSignature, links.ask, links.ask_name(), links.ark, "ARK", verdict);
  check_signature(check::kVekSignature, links.vek, links.vek_name(), links.ask, links.ask_name(), verdict);
  const std::array<Member, 3> members = links.members();
  if (links.vek != nullptr) {
    verdict.decide(check::kCertificateNames, names_problem(members, facts.line), "as the vendor names them");
    verdict.decide(check::kCertificateProfile, profile_problem(members, facts.line), "keys, algorithms and extensions as expected");
    check_dates(links, options.now, verdict);
  } else {
    for (const std::string_view name : {check::kCertificateNames, check::kCertificateProfile, check::kCertificateDates})
      verdict.missing(name, "no certificate of the " + links.vek_name());
  }
  check_crl(chain.crl, links, options, verdict);
  return facts;
}

}  // namespace swtee::verifier
