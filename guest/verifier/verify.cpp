// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/verify.h"

#include "firmware/crypto/digest.h"
#include "guest/verifier/hex.h"

#include <algorithm>

namespace swtee::verifier {
namespace {

/// Reads the report and judges its layout. A report with broken rules is still read, so that the other checks tell more.
std::optional<Report> check_format(ByteView bytes, Verdict& verdict) {
  const Result<Report> report = decode_report(bytes);
  if (!report.ok()) {
    verdict.failed(check::kReportFormat, report.error().what());
    return std::nullopt;
  }
  std::string problems;
  for (const FormatProblem& problem : format_problems(from_bytes<snp::AttestationReport>(bytes)))
    problems += (problems.empty() ? "" : "; ") + problem.what;
  verdict.decide(check::kReportFormat, problems, "version " + std::to_string(report.value().version) + ", 1184 bytes");
  return report.value();
}

void check_signing_key(const Report& report, const RelyingPartyPolicy& wanted, Verdict& verdict) {
  std::string problem;
  if (report.signing_key == SigningKey::none)
    problem = std::string("the report says that it is not signed (SIGNING_KEY 7") +
              (report.mask_chip_key ? ", MASK_CHIP_KEY set" : "") + ")";
  else if (report.signing_key != SigningKey::vcek && report.signing_key != SigningKey::vlek)
    problem = "SIGNING_KEY has a " + text_of(report.signing_key);
  else if (report.signature_algo != snp::kSignatureAlgoEcdsaP384)
    problem = "SIGNATURE_ALGO is " + std::to_string(report.signature_algo) + ", not 1 (ECDSA P-384 with SHA-384)";
  else if (wanted.signing_key && report.signing_key != *wanted.signing_key)
    problem = "signed with a " + text_of(report.signing_key) + ", but you accept a " + text_of(*wanted.signing_key) + " only";
  verdict.decide(check::kSigningKey, problem, text_of(report.signing_key));
}

std::string name_of(ProductLine line) { return std::string(facts_of(line).name); }

void check_product(const Report& report, std::optional<ProductLine> certified, Verdict& verdict) {
  if (!certified) {
    verdict.missing(check::kProduct, "the certificates tell no product line");
    return;
  }
  const std::optional<ProductLine> told = line_of(report);
  std::string problem;
  if (report.cpuid && !told)
    problem = "CPUID family " + hex_number(report.cpuid->family) + ", model " + hex_number(report.cpuid->model) +
              " of the report is of no known product line";
  else if (told && *told != *certified)
    problem = "the report is of a " + name_of(*told) + ", the certificates are of " + name_of(*certified);
  else if (!told && !chip_id_masked(report) && *certified == ProductLine::turin)
    problem = "the report's CHIP_ID is not of a Turin, the certificates are";
  verdict.decide(check::kProduct, problem, name_of(*certified) + (told ? "" : " (by the certificates; report version 2 does not tell)"));
}

void check_vek_tcb(const Report& report, const ChainFacts& chain, Verdict& verdict) {
  if (!chain.extensions || !chain.line) {
    verdict.missing(check::kVekTcb, "no certificate with patch levels");
    return;
  }
  const snp::TcbLayout layout = facts_of(*chain.line).tcb_layout;
  const snp::Tcb reported = snp::decode_tcb(report.reported_tcb, layout);
  const snp::Tcb& certified = chain.extensions->tcb;
  verdict.decide(check::kVekTcb,
                 certified == reported ? ""
                                       : "the certificate is for " + text_of(certified, layout) + ", REPORTED_TCB is " +
                                             text_of(reported, layout),
                 text_of(certified, layout));
}

void check_vek_chip_id(const Report& report, const ChainFacts& chain, Verdict& verdict) {
  if (report.signing_key == SigningKey::vlek) {
    verdict.skipped(check::kVekChipId, "a VLEK belongs to a provider, not to a chip");
    return;
  }
  if (!chain.extensions || !chain.extensions->hwid) {
    verdict.missing(check::kVekChipId, "no certificate with a hwID");
    return;
  }
  if (chip_id_masked(report)) {
    verdict.skipped(check::kVekChipId, "the platform masks CHIP_ID in its reports");
    return;
  }
  const std::vector<std::uint8_t>& hwid = *chain.extensions->hwid;
  const bool same = hwid.size() <= report.chip_id.size() && std::equal(hwid.begin(), hwid.end(), report.chip_id.begin()) &&
                    all_zero(ByteView(report.chip_id).subspan(hwid.size()));
  verdict.decide(check::kVekChipId,
                 same ? "" : "the certificate is for " + to_hex(hwid) + ", CHIP_ID is " + to_hex(report.chip_id), to_hex(hwid));
}

void check_csp_id(const Report& report, const ChainFacts& chain, const RelyingPartyPolicy& wanted, Verdict& verdict) {
  if (!wanted.csp_id) return;
  if (report.signing_key != SigningKey::vlek || !chain.extensions || !chain.extensions->csp_id)
    verdict.failed(check::kCspId, "the report is not signed with a VLEK, so no provider stands behind it");
  else
    verdict.decide(check::kCspId,
                   *chain.extensions->csp_id == *wanted.csp_id
                       ? ""
                       : "the VLEK is of '" + *chain.extensions->csp_id + "', expected '" + *wanted.csp_id + "'",
                   *chain.extensions->csp_id);
}

void check_report_signature(ByteView bytes, const Report& report, const ChainFacts& chain, Verdict& verdict) {
  if (!chain.vek_key) {
    verdict.missing(check::kReportSignature, "no certificate with the key that signed the report");
    return;
  }
  const crypto::Sha384Digest digest = crypto::sha384(bytes.first(snp::kSignedReportSize));
  const bool fits = chain.vek_key->verify(digest, report.signature_r, report.signature_s);
  verdict.decide(check::kReportSignature,
                 fits ? "" : "the signature does not fit bytes 0x0 to 0x29f under the key of the " + text_of(report.signing_key),
                 "ECDSA P-384 over bytes 0x0 to 0x29f with the " + text_of(report.signing_key));
}

void check_tcb_order(const Report& report, std::optional<snp::TcbLayout> layout, Verdict& verdict) {
  if (!layout) {
    verdict.missing(check::kTcbOrder, "the product is not known, so the layout of TCB versions is not either");
    return;
  }
  struct Named {
    const char* name;
    std::uint64_t value;
  };
  const std::uint64_t reserved = snp::reserved_bits(*layout);
  std::string problem;
  for (const Named& tcb : {Named{"CURRENT_TCB", report.current_tcb}, Named{"COMMITTED_TCB", report.committed_tcb},
                           Named{"REPORTED_TCB", report.reported_tcb}, Named{"LAUNCH_TCB", report.launch_tcb}})
    if (problem.empty() && (tcb.value & reserved) != 0)
      problem = std::string(tcb.name) + " " + hex_number(tcb.value) + " has bits that belong to no component";
  const snp::Tcb current = snp::decode_tcb(report.current_tcb, *layout);
  const snp::Tcb committed = snp::decode_tcb(report.committed_tcb, *layout);
  const snp::Tcb reported = snp::decode_tcb(report.reported_tcb, *layout);
  if (problem.empty() && !committed.covers(reported)) problem = "REPORTED_TCB is above COMMITTED_TCB";
  if (problem.empty() && !current.covers(committed)) problem = "COMMITTED_TCB is above CURRENT_TCB";
  verdict.decide(check::kTcbOrder, problem, "reported <= committed <= current");
}

}  // namespace

Verification verify_evidence(const Evidence& evidence, const TrustedRoots& roots, const RelyingPartyPolicy& wanted,
                             const ChainOptions& options) {
  Verification result;
  Verdict& verdict = result.verdict;
  result.report = check_format(evidence.report, verdict);
  if (!result.report) return result;
  const Report& report = *result.report;

  check_signing_key(report, wanted, verdict);
  const ChainFacts chain = check_chain(evidence.chain, report.signing_key, roots, options, verdict);
  result.trusted_root = chain.trusted_root;
  result.test_only = chain.test_only;
  result.line = chain.line ? chain.line : line_of(report);

  check_product(report, chain.line, verdict);
  check_vek_tcb(report, chain, verdict);
  check_vek_chip_id(report, chain, verdict);
  check_csp_id(report, chain, wanted, verdict);
  check_report_signature(evidence.report, report, chain, verdict);
  std::optional<snp::TcbLayout> layout = tcb_layout_of(report);
  if (!layout && result.line) layout = facts_of(*result.line).tcb_layout;
  check_tcb_order(report, layout, verdict);
  check_policy(report, layout, wanted, verdict);
  return result;
}

}  // namespace swtee::verifier
