// SPDX-License-Identifier: Apache-2.0
/// The certificate chain of a report, ARK - ASK or ASVK - VCEK or VLEK, check by check.
///
/// Checks made, whatever the others say, as far as certificates are there:
///   certificates-present  the certificate of the signing key and its issuer's are there
///   root-trusted          the ARK is one of the trusted roots (same key and subject)
///   ark-signature, ask-signature, vek-signature   RSASSA-PSS with SHA-384
///   certificate-names     each name is the vendor's for its role, and each issuer is the subject above; the mark for
///                         tests is on all certificates or on none
///   certificate-profile   X.509 version 3, RSA-4096 CAs, P-384 below, CA flags and key usage, no critical extension
///                         that is not understood, extensions of the VEK as its product line has them
///   certificate-dates     all are valid at the given time
///   crl                   signed by the ARK, current, and does not list the ASK
#pragma once

#include "firmware/crypto/ecdsa.h"
#include "guest/verifier/evidence.h"
#include "guest/verifier/product.h"
#include "guest/verifier/report.h"
#include "guest/verifier/vek_extensions.h"
#include "guest/verifier/verdict.h"

#include <cstdint>
#include <optional>
#include <string>

namespace swtee::verifier {

struct ChainOptions {
  std::int64_t now = 0;  ///< Unix seconds at which all must be valid
  bool require_crl = false;
};

/// What the chain says, for the checks of the report. Present as far as it could be read, trusted or not: the verdict
/// knows which.
struct ChainFacts {
  std::optional<ProductLine> line;  ///< by the names of the issuers
  std::optional<VekExtensions> extensions;
  std::optional<crypto::EcPublicKey> vek_key;
  std::string trusted_root;  ///< as its user named it; empty when none fits
  bool test_only = false;    ///< a certificate has swtee's mark
};

/// `signing_key` is what the report says signed it; SigningKey::none makes no checks here.
ChainFacts check_chain(const CertificateChain& chain, SigningKey signing_key, const TrustedRoots& roots,
                       const ChainOptions& options, Verdict& verdict);

}  // namespace swtee::verifier
