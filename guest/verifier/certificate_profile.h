// SPDX-License-Identifier: Apache-2.0
/// What certificates of each role look like: names, keys, extensions.  [VCEK-KDS r0.51 §certificates]
#pragma once

#include "firmware/crypto/x509.h"
#include "guest/verifier/evidence.h"
#include "guest/verifier/product.h"

#include <optional>
#include <span>
#include <string>

namespace swtee::verifier {

/// A certificate and the role that it must play; null when there is none.
struct Member {
  const crypto::Certificate* certificate = nullptr;
  CertificateRole role = CertificateRole::other;
};

/// Both take the members from the root down and judge those that are there. Empty when all is well, otherwise the reason.
/// `line` is the product line by the issuer of the last member; without one no name can be right.
std::string names_problem(std::span<const Member> members, std::optional<ProductLine> line);
std::string profile_problem(std::span<const Member> members, std::optional<ProductLine> line);

/// KeyUsage is absent or has cRLSign.
bool may_sign_crls(const crypto::Certificate& certificate);

}  // namespace swtee::verifier
