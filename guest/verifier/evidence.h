// SPDX-License-Identifier: Apache-2.0
/// What a relying party holds: a report, the certificates that came with it, and the roots it trusts.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/x509.h"

#include <optional>
#include <string>
#include <vector>

namespace swtee::verifier {

/// Certificates of one report. Any may be missing; nothing here is trusted for being here.
struct CertificateChain {
  std::optional<crypto::Certificate> ark;
  std::optional<crypto::Certificate> ask;  ///< ASK, or ASVK under a VLEK
  std::optional<crypto::Certificate> vek;  ///< VCEK or VLEK
  std::optional<crypto::Crl> crl;
};

struct Evidence {
  std::vector<std::uint8_t> report;
  CertificateChain chain;
};

/// The roots that a relying party trusts: an explicit list, empty until someone adds to it.
class TrustedRoots {
 public:
  /// `name` is how the person who trusts it called it. Fails when the certificate is not its own issuer.
  Result<void> add(std::string name, crypto::Certificate root);

  struct Root {
    std::string name;
    crypto::Certificate certificate;
  };
  /// The root with the key and subject of this certificate, or null. The rest of the certificate may differ: vendors
  /// issue a root anew with other dates.
  const Root* same_key(const crypto::Certificate& certificate) const;
  /// The root that has this name as its subject and whose key signed `certificate`, or null.
  const Root* issuer_of(const crypto::Certificate& certificate) const;
  bool empty() const { return roots_.empty(); }

 private:
  std::vector<Root> roots_;
};

enum class CertificateRole { ark, ask, asvk, vcek, vlek, other };
/// By the common name alone: how to sort certificates of a bundle. Verification checks everything else.
CertificateRole role_of(const crypto::Certificate& certificate);
/// "ARK", "ASVK".
std::string text_of(CertificateRole role);

/// The certificate says of itself that it is swtee's and for tests: its subject or issuer has the mark.
bool marked_test_only(const crypto::Certificate& certificate);
inline constexpr std::string_view kTestMark = "swtee TEST ONLY";

}  // namespace swtee::verifier
