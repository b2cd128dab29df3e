// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/evidence_options.h"

#include "firmware/contract/require.h"
#include "guest/verifier/certificate_table.h"
#include "guest/verifier/hex.h"
#include "sim/cli/input.h"
#include "sim/cli/test_universe.h"
#include "sim/vendor/kds_client/kds_client.h"

#include <swtee/abi/snp/guest_message.h>

#include <type_traits>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;
using verifier::CertificateChain;
using verifier::Report;
using verifier::SigningKey;

constexpr std::size_t kReportSize = sizeof(snp::AttestationReport);
constexpr std::string_view kTestRoot = "swtee-test";

/// Turns a Result of the environment into one that says which exit code it means.
template <class T>
Result<T, CommandError> or_code(Result<T> result, int code, const std::string& doing) {
  if constexpr (std::is_void_v<T>) {
    if (result.ok()) return {};
  } else {
    if (result.ok()) return std::move(result).value();
  }
  return Failure(CommandError{code, (doing.empty() ? "" : doing + ": ") + result.error().what()});
}

/// The report, and the certificate table that may stand behind it in the same file.
struct ReportFile {
  std::vector<std::uint8_t> report;
  std::vector<std::uint8_t> table;
};

bool printable(ByteView bytes) {
  for (const std::uint8_t byte : bytes)
    if (byte > 0x7e || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')) return false;
  return !bytes.empty();
}

ReportFile split_report_file(std::vector<std::uint8_t> bytes) {
  if (printable(bytes)) {
    auto decoded = verifier::from_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (decoded) bytes = std::move(*decoded);
  }
  if (bytes.size() >= sizeof(snp::ReportRsp)) {
    const auto response = from_bytes<snp::ReportRsp>(bytes);
    if (response.report_size == kReportSize && all_zero(response.reserved_8h)) {
      const ByteView report = bytes_of(response).subspan(offsetof(snp::ReportRsp, report), kReportSize);
      return {{report.begin(), report.end()}, {}};
    }
  }
  if (bytes.size() > kReportSize && looks_like_certificate_table(ByteView(bytes).subspan(kReportSize)))
    return {{bytes.begin(), bytes.begin() + kReportSize}, {bytes.begin() + kReportSize, bytes.end()}};
  return {std::move(bytes), {}};
}

Result<void> add_certificate_option(const ParsedCommandLine& line, const std::string& option,
                                    std::optional<crypto::Certificate>& place, Context& context) {
  const auto path = line.text(option);
  if (!path) return {};
  const auto bytes = SWTEE_TRY(read_input(*path, context));
  auto certificate = crypto::certificate_from_file(bytes);
  if (!certificate.ok()) return fail("--" + option + " '" + *path + "': " + certificate.error().what());
  place = std::move(certificate).value();
  return {};
}

Result<CertificateChain> chain_from_options(const ParsedCommandLine& line, SigningKey key, Context& context) {
  CertificateChain chain;
  SWTEE_TRY(add_certificate_option(line, "ark", chain.ark, context));
  SWTEE_TRY(add_certificate_option(line, "ask", chain.ask, context));
  SWTEE_TRY(add_certificate_option(line, "vcek", chain.vek, context));
  SWTEE_TRY(add_certificate_option(line, "vlek", chain.vek, context));
  if (const auto path = line.text("crl")) {
    const CertificateFile found = SWTEE_TRY(load_certificates(*path, context));
    if (found.crls.empty()) return fail("--crl '" + *path + "' holds no CRL");
    chain.crl = found.crls.front();
  }
  for (const std::string& path : line.texts("certs")) add_to_chain(SWTEE_TRY(load_certificates(path, context)), key, chain);
  return chain;
}

/// Lines that the report may be of: the one it tells, or for version 2 those that share its layout.
std::vector<verifier::ProductLine> possible_lines(const Report& report) {
  if (const auto line = verifier::line_of(report)) return {*line};
  if (report.cpuid) return {};
  return {verifier::ProductLine::milan, verifier::ProductLine::genoa};
}

Result<std::optional<std::string>> fetch_vcek(const kds::Client& service, const Report& report, CertificateChain& chain) {
  for (const verifier::ProductLine line : possible_lines(report)) {
    const verifier::ProductLineFacts& facts = verifier::facts_of(line);
    const ByteView hwid = ByteView(report.chip_id).first(facts.hwid_size);
    auto vcek = SWTEE_TRY(service.vcek(std::string(facts.name), hwid, snp::decode_tcb(report.reported_tcb, facts.tcb_layout), facts.tcb_layout));
    if (!vcek) continue;
    chain.vek = std::move(*vcek);
    return std::optional(std::string(facts.name));
  }
  return std::optional<std::string>();
}

/// The line by the issuer of a certificate that is already there.
std::string line_of_issuer(const crypto::Certificate& vek) {
  const std::string issuer = vek.issuer.find(crypto::oid::kCommonName).value_or("");
  const auto line = verifier::line_named(issuer.substr(issuer.rfind('-') + 1));
  return line ? std::string(verifier::facts_of(*line).name) : "";
}

Result<void> fetch_missing(const kds::Client& service, const Report& report, CertificateChain& chain,
                           std::vector<std::string>& notes) {
  const bool vlek = report.signing_key == SigningKey::vlek;
  std::string line = chain.vek ? line_of_issuer(*chain.vek) : "";
  if (!chain.vek && vlek) {
    notes.push_back("the report is signed with a VLEK, which the key service gives to its provider only: name it with --vlek");
    return {};
  }
  if (!chain.vek && verifier::chip_id_masked(report)) {
    notes.push_back("the platform masks CHIP_ID, so the key service cannot be asked for the VCEK: name it with --vcek");
    return {};
  }
  if (!chain.vek) {
    const auto found = SWTEE_TRY(fetch_vcek(service, report, chain));
    if (!found) {
      notes.push_back(service.url() + " knows no chip with this CHIP_ID at this REPORTED_TCB (404)");
      return {};
    }
    line = *found;
    notes.push_back("VCEK from " + service.url());
  }
  if (line.empty()) return {};
  const std::string kind = vlek ? "vlek" : "vcek";
  if (!chain.ask) add_to_chain({SWTEE_TRY(service.cert_chain(kind, line)), {}}, report.signing_key, chain);
  if (!chain.crl) chain.crl = SWTEE_TRY(service.crl(kind, line));
  return {};
}

Result<void> use_test_universe(const ParsedCommandLine& line, const Report& report, std::int64_t now, CertificateChain& chain,
                               std::vector<std::string>& notes) {
  auto derived = SWTEE_TRY(derive_test_certificates(report, line.text("csp-id"), now));
  if (derived) {
    const bool nothing_given = !chain.ark && !chain.ask && !chain.crl;
    notes.push_back(std::string(nothing_given ? "no certificates were given; these are" : "what was not given is") +
                    " of swtee's public test universe: " + derived->chip);
    // What the user gave stays and is judged, be it wrong.
    if (!chain.ark) chain.ark = std::move(derived->chain.ark);
    if (!chain.ask) chain.ask = std::move(derived->chain.ask);
    if (!chain.crl) chain.crl = std::move(derived->chain.crl);
    chain.vek = std::move(derived->chain.vek);
  } else if (report.signing_key == SigningKey::vlek) {
    notes.push_back("no certificates were given: name them with --certs, --vlek and --ask, or a provider of the test universe with --csp-id");
  } else if (verifier::chip_id_masked(report)) {
    notes.push_back("no certificates were given, and CHIP_ID is masked: name them with --certs or --vcek and --ask");
  } else {
    notes.push_back("no certificates were given, and this CHIP_ID is of no chip of swtee's default test universe (" +
                    std::to_string(kDefaultFleet) + " of each product): name certificates with --certs or --vcek and --ask, or a key "
                    "service with --kds");
  }
  return {};
}

Result<std::optional<kds::Client>, CommandError> kds_client(const ParsedCommandLine& line) {
  const auto url = line.text("kds");
  if (!url) return std::optional<kds::Client>();
  auto client = kds::Client::create(*url, {.ca_file = line.text("kds-ca").value_or("")});
  if (!client.ok()) return Failure(CommandError{kUsage, "--kds: " + client.error().what()});
  return std::optional(std::move(client).value());
}

}  // namespace

po::options_description evidence_options() {
  using Texts = std::vector<std::string>;
  po::options_description options("Whom you trust, and where certificates are");
  options.add_options()
      ("root", po::value<Texts>()->value_name("ROOT"),
       "root to trust, may be repeated: a file with an ARK certificate (PEM or DER, or a bundle with the ASK), or 'swtee-test' for "
       "swtee's public test roots. Without it nothing is trusted")
      ("kds", po::value<std::string>()->value_name("URL"),
       "fetch what is missing from this key service: http://... of 'swtee serve', or the vendor's https://kdsintf.amd.com")
      ("kds-ca", po::value<std::string>()->value_name("FILE"), "CAs for the TLS of that service, PEM; otherwise the system's")
      ("certs", po::value<Texts>()->value_name("PATH"),
       "certificates: PEM or DER file, bundle, certificate table, or folder with vcek.der, ask.pem, ark.pem, crl.der")
      ("vcek", po::value<std::string>()->value_name("FILE"), "certificate of the chip's key")
      ("vlek", po::value<std::string>()->value_name("FILE"), "certificate of the provider's key")
      ("ask", po::value<std::string>()->value_name("FILE"), "its issuer, ASK or ASVK")
      ("ark", po::value<std::string>()->value_name("FILE"), "the ARK that comes with the evidence; giving it is not trusting it")
      ("crl", po::value<std::string>()->value_name("FILE"), "CRL of the ARK")
      ("require-crl", "refuse when there is no CRL")
      ("at", po::value<std::string>()->value_name("TIME"), "verify as of 2025-06-01, 2025-06-01T12:30:00Z or @SECONDS, not as of now");
  return options;
}

Result<verifier::TrustedRoots, CommandError> read_roots(const ParsedCommandLine& line, CertificateFile& bundled, Context& context) {
  verifier::TrustedRoots roots;
  for (const std::string& name : line.texts("root")) {
    CertificateFile file;
    if (name == kTestRoot)
      file.certificates = SWTEE_TRY(or_code(test_root_certificates(), kEnvironment, "the test roots"));
    else
      file = SWTEE_TRY(or_code(load_certificates(name, context), kEnvironment, "--root"));
    bool found = false;
    for (crypto::Certificate& certificate : file.certificates) {
      if (certificate.issuer_der != certificate.subject_der) {
        bundled.certificates.push_back(std::move(certificate));
        continue;
      }
      const auto added = roots.add(name, std::move(certificate));
      if (!added.ok()) return Failure(CommandError{kUsage, "--root '" + name + "': " + added.error().what()});
      found = true;
    }
    if (!found) return Failure(CommandError{kUsage, "--root '" + name + "' holds no root certificate, that is none that issued itself"});
  }
  return roots;
}

Result<CollectedEvidence, CommandError> collect_evidence(const ParsedCommandLine& line, const std::string& path,
                                                         const CertificateFile& bundled, std::int64_t now, Context& context) {
  CollectedEvidence collected;
  ReportFile file = split_report_file(SWTEE_TRY(or_code(read_input(path, context), kEnvironment, "")));
  collected.evidence.report = std::move(file.report);
  const Result<Report> report = verifier::decode_report(collected.evidence.report);
  const std::optional<kds::Client> service = SWTEE_TRY(kds_client(line));
  CertificateChain& chain = collected.evidence.chain;
  const SigningKey key = report.ok() ? report.value().signing_key : SigningKey::vcek;
  chain = SWTEE_TRY(or_code(chain_from_options(line, key, context), kEnvironment, ""));
  if (!report.ok()) return collected;

  if (!file.table.empty()) {
    auto table = verifier::parse_certificate_table(file.table);
    if (!table.ok()) return Failure(CommandError{kNo, "'" + path + "': " + table.error().what()});
    for (const verifier::TableCertificate& entry : table.value())
      if (const auto found = read_certificates(entry.bytes, verifier::text_of(entry.guid)); found.ok())
        add_to_chain(found.value(), key, chain);
  }
  if (!service && !chain.vek)
    SWTEE_TRY(or_code(use_test_universe(line, report.value(), now, chain, collected.notes), kEnvironment, "the test universe"));
  add_to_chain(bundled, key, chain);
  if (service) SWTEE_TRY(or_code(fetch_missing(*service, report.value(), chain, collected.notes), kEnvironment, "--kds"));
  return collected;
}

}  // namespace swtee::cli
