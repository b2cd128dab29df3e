// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_command.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/utc_time.h"
#include "guest/verifier/verify.h"
#include "sim/cli/evidence_options.h"
#include "sim/cli/input.h"
#include "sim/cli/json_output.h"
#include "sim/cli/policy_options.h"

#include <algorithm>
#include <ostream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;
using verifier::Check;
using verifier::Outcome;
using verifier::Verification;

constexpr std::size_t kNameWidth = 22;

po::options_description options() {
  po::options_description all;
  all.add(evidence_options()).add(policy_options());
  return all;
}

bool counts_against(const Check& check) {
  return check.outcome == Outcome::failed || (check.outcome == Outcome::not_done && check.required);
}

std::string names_with(const Verification& result, Outcome outcome) {
  std::string names;
  for (const Check& check : result.verdict.checks())
    if (counts_against(check) && check.outcome == outcome) names += (names.empty() ? "" : ", ") + std::string(check.name);
  return names;
}

std::string outcome_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::failed: return "FAILED";
    case Outcome::not_done: break;
  }
  return "not done";
}

const char* colour_of(const Check& check) {
  if (counts_against(check)) return "\033[31m";
  return check.outcome == Outcome::passed ? "\033[32m" : "\033[33m";
}

/// What a person can do about a check that counts against the evidence; empty when nothing but distrust is left.
std::string hint_for(const Check& check, const Verification& result) {
  namespace c = verifier::check;
  if (check.name == c::kRootTrusted && result.test_only)
    return "This is evidence of swtee's making, for tests. Where test evidence is welcome, trust the public test root by name:\n"
           "    --root swtee-test      (for roots of your own: --root FILE)";
  if (check.name == c::kRootTrusted)
    return "Nothing is trusted unless you name it: --root FILE, with the ARK certificate that you have from the vendor.\n"
           "For evidence of swtee's test platforms: --root swtee-test";
  if (check.name == c::kCertificatesPresent)
    return "Give the certificates with --certs PATH, or let a key service give them: --kds https://kdsintf.amd.com";
  if (check.name == c::kCertificateDates && check.outcome == Outcome::failed) return "To verify as of another time: --at TIME";
  if (check.name == c::kGuestPolicy && check.detail.find("you do not allow") != std::string::npos)
    return "To accept such a guest all the same: --allow BIT, for example --allow debug";
  if (check.name == c::kCrl && check.outcome == Outcome::not_done) return "Give one with --crl FILE, or let --kds fetch it";
  return {};
}

Json to_json(const Verification& result, const CollectedEvidence& collected, std::int64_t now) {
  Json json;
  json["accepted"] = result.verdict.accepted();
  json["test_only"] = result.test_only;
  json["trusted_root"] = result.trusted_root.empty() ? Json() : Json(result.trusted_root);
  json["product_line"] = result.line ? Json(verifier::facts_of(*result.line).name) : Json();
  json["report_version"] = result.report ? Json(result.report->version) : Json();
  json["time"] = crypto::to_iso8601(now);
  json["notes"] = collected.notes;
  json["checks"] = Json::array();
  for (const Check& check : result.verdict.checks()) {
    Json row;
    row["name"] = check.name;
    row["outcome"] = check.outcome == Outcome::passed ? "passed" : check.outcome == Outcome::failed ? "failed" : "not done";
    row["required"] = check.required;
    row["detail"] = check.detail;
    json["checks"].push_back(std::move(row));
  }
  return json;
}

void print_summary(const Verification& result, Context& context) {
  if (result.verdict.accepted()) {
    context.out << "\nACCEPTED" << (result.test_only ? ", as TEST evidence: it proves nothing about hardware" : "") << "\n";
    return;
  }
  const std::string failed = names_with(result, Outcome::failed);
  const std::string missing = names_with(result, Outcome::not_done);
  context.out << "\nREFUSED" << (failed.empty() ? "" : "\n  failed: " + failed)
              << (missing.empty() ? "" : "\n  could not be made: " + missing) << "\n";
  for (const Check& check : result.verdict.checks()) {
    const std::string hint = counts_against(check) ? hint_for(check, result) : "";
    if (!hint.empty()) context.out << "\n" << check.name << ": " << hint << "\n";
  }
}

void print_human(const Verification& result, const CollectedEvidence& collected, std::int64_t now, Context& context) {
  context.out << "Verified as of " << crypto::to_iso8601(now) << "\n";
  for (const std::string& note : collected.notes) context.out << "Note: " << note << "\n";
  context.out << "\n";
  for (const Check& check : result.verdict.checks()) {
    const std::string outcome = outcome_text(check.outcome);
    context.out << "  " << (context.out_is_terminal ? colour_of(check) : "") << outcome << (context.out_is_terminal ? "\033[0m" : "")
                << std::string(10 - outcome.size(), ' ') << check.name
                << std::string(kNameWidth - std::min(kNameWidth - 1, check.name.size()), ' ') << check.detail << "\n";
  }
  print_summary(result, context);
}

Result<std::int64_t> time_of(const ParsedCommandLine& line, const Context& context) {
  const auto text = line.text("at");
  if (!text) return context.clock.unix_seconds();
  return time_value(*text);
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kVerifyCommand, arguments, {.least = 1, .most = 1}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const auto report = [&](const CommandError& error) {
    return error.code == kUsage ? usage_error(kVerifyCommand, error.what, context)
                                : (environment_error(kVerifyCommand, error.what, context), error.code);
  };

  const auto now = time_of(line, context);
  if (!now.ok()) return usage_error(kVerifyCommand, "--at: " + now.error().what(), context);
  if (line.has("vcek") && line.has("vlek")) return usage_error(kVerifyCommand, "--vcek and --vlek are alternatives", context);
  if (line.has("kds-ca") && !line.has("kds")) return usage_error(kVerifyCommand, "--kds-ca needs --kds", context);
  const auto wanted = read_policy(line, context);
  if (!wanted.ok()) return usage_error(kVerifyCommand, wanted.error().what(), context);
  CertificateFile bundled;
  const auto roots = read_roots(line, bundled, context);
  if (!roots.ok()) return report(roots.error());
  const auto collected = collect_evidence(line, line.operands[0], bundled, now.value(), context);
  if (!collected.ok()) return report(collected.error());

  const Verification result = verifier::verify_evidence(collected.value().evidence, roots.value(), wanted.value(),
                                                        {.now = now.value(), .require_crl = line.has("require-crl")});
  if (line.json)
    print_json(to_json(result, collected.value(), now.value()), context.out);
  else
    print_human(result, collected.value(), now.value(), context);
  return result.verdict.accepted() ? kYes : kNo;
}

}  // namespace

const Command kVerifyCommand{
    .name = "verify",
    .summary = "is this attestation report genuine, and is it what I ask for?",
    .operands = "REPORT",
    .about =
        "Checks an SEV-SNP attestation report as a relying party does and says for each check whether it passed, failed or was\n"
        "not done, and why. REPORT is a file with the report (binary, hex text, or with the certificate table behind it), or\n"
        "'-' for standard input.\n"
        "\n"
        "A report is believed because of a chain of signatures: the ARK (the vendor's root) signed the ASK, which signed the\n"
        "VCEK of one chip, which signed the report. (With a provider's key: ARK, ASVK, VLEK, report.) You decide which root\n"
        "you trust; nothing is trusted by itself. Test evidence is accepted only with --root swtee-test or with your own test\n"
        "root as --root FILE.\n"
        "\n"
        "Without certificates, those of swtee's public test universe are derived on this machine, so that a report made by\n"
        "'swtee run' verifies offline. Guests that may be debugged or migrated are refused unless you allow it.",
    .examples =
        "  swtee verify --root swtee-test report.bin\n"
        "      a report from a test platform, nothing but the report at hand\n"
        "  swtee verify --root swtee-test --report-data @nonce.bin --measurement 3f01... report.bin\n"
        "      and it must answer my nonce and be of the image that I launched\n"
        "  swtee verify --root ark.pem --certs ./certs report.bin\n"
        "      a report of real hardware, certificates in a folder, the vendor's root trusted\n"
        "  swtee verify --root ark.pem --kds https://kdsintf.amd.com report.bin\n"
        "      the same, certificates and CRL from the vendor's key service\n"
        "  swtee verify --root swtee-test --json report.bin | jq '.checks[] | select(.outcome == \"failed\")'",
    .options = options,
    .run = run,
};

}  // namespace swtee::cli
