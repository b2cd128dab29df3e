// SPDX-License-Identifier: Apache-2.0
/// The whole judgement of a report: layout, certificates, signature, policy.
///
/// Checks made besides those of chain.h and policy.h:
///   report-format     size, version, reserved bytes and bits; nothing else is judged when the report cannot be read
///   signing-key       the report is signed, with ECDSA P-384, by a kind of key that the policy accepts
///   product           the report and the certificates are of the same product line
///   vek-tcb           the patch levels in the certificate are REPORTED_TCB
///   vek-chip-id       hwID in the VCEK is CHIP_ID; not done when CHIP_ID is masked or a VLEK signed
///   csp-id            the VLEK is of the provider that the policy names
///   report-signature  over bytes 0x0 to 0x29f, with the key of the VCEK or VLEK
///   tcb-order         REPORTED_TCB <= COMMITTED_TCB <= CURRENT_TCB by component, no bits outside of components
#pragma once

#include "guest/verifier/chain.h"
#include "guest/verifier/evidence.h"
#include "guest/verifier/policy.h"
#include "guest/verifier/report.h"
#include "guest/verifier/verdict.h"

#include <optional>
#include <string>

namespace swtee::verifier {

struct Verification {
  Verdict verdict;
  std::optional<Report> report;     ///< nothing when it could not be read
  std::optional<ProductLine> line;  ///< by the certificates, or else by the report
  std::string trusted_root;         ///< as its user named it; empty when the chain ends in no trusted root
  bool test_only = false;           ///< a certificate has swtee's mark: this proves nothing about hardware
};

/// Judges the evidence. Never fails: what cannot be read or is missing is a check of the verdict.
Verification verify_evidence(const Evidence& evidence, const TrustedRoots& roots, const RelyingPartyPolicy& wanted,
                             const ChainOptions& options);

}  // namespace swtee::verifier
