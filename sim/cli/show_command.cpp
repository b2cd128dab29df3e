// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/show_command.h"

#include "firmware/contract/require.h"
#include "guest/verifier/certificate_table.h"
#include "guest/verifier/hex.h"
#include "sim/cli/certificate_files.h"
#include "sim/cli/certificate_sheet.h"
#include "sim/cli/input.h"
#include "sim/cli/report_sheet.h"

#include <swtee/abi/snp/guest_message.h>
#include <swtee/abi/snp/id_block.h>

#include <ostream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;
using Sheets = std::vector<Sheet>;

constexpr std::size_t kReportSize = sizeof(snp::AttestationReport);
constexpr const char* kKinds =
    "an attestation report (1184 bytes), a report response (1216 bytes or more), a certificate or CRL (DER or PEM), a "
    "certificate table, an ID block (96 bytes), ID authentication information (4096 bytes), or hex text of one of them";

Sheet response_sheet(ByteView bytes) {
  const auto response = from_bytes<snp::ReportRsp>(bytes);
  Sheet sheet("report-response", "MSG_REPORT_RSP");
  sheet.add_number("status", "STATUS", response.status);
  sheet.add_number("report_size", "REPORT_SIZE", response.report_size);
  sheet.append("report", report_sheet(response.report));
  return sheet;
}

bool looks_like_response(ByteView bytes) {
  if (bytes.size() < sizeof(snp::ReportRsp)) return false;
  const auto response = from_bytes<snp::ReportRsp>(bytes);
  return response.report_size == kReportSize && all_zero(response.reserved_8h);
}

bool looks_like_report(ByteView bytes) {
  if (bytes.size() < kReportSize) return false;
  const std::uint32_t version = from_bytes<snp::AttestationReport>(bytes).version;
  return version <= 255;  // an unknown version is shown as such, other bytes are no report
}

bool looks_like_id_auth(ByteView bytes) {
  if (bytes.size() != sizeof(snp::IdAuthInfo)) return false;
  const auto info = from_bytes<snp::IdAuthInfo>(bytes);
  return info.id_key_algo == snp::kKeyAlgoEcdsaP384 && info.id_key.curve == snp::kCurveP384;
}

Result<Sheets> certificate_sheets(ByteView bytes) {
  const CertificateFile found = SWTEE_TRY(read_certificates(bytes, "this"));
  Sheets sheets;
  for (const crypto::Certificate& certificate : found.certificates) sheets.push_back(certificate_sheet(certificate));
  for (const crypto::Crl& crl : found.crls) sheets.push_back(crl_sheet(crl));
  if (sheets.empty()) return fail("holds no certificate and no CRL");
  return sheets;
}

Result<Sheets> table_sheets(ByteView bytes) {
  return Sheets{certificate_table_sheet(SWTEE_TRY(verifier::parse_certificate_table(bytes)))};
}

/// A report and, where a tool writes both into one file, the certificate table behind it.
Result<Sheets> report_sheets(ByteView bytes) {
  Sheets sheets{report_sheet(from_bytes<snp::AttestationReport>(bytes))};
  const ByteView rest = bytes.subspan(kReportSize);
  if (rest.empty()) return sheets;
  if (!looks_like_certificate_table(rest)) return fail("has " + std::to_string(rest.size()) + " bytes behind a report that are no certificate table");
  sheets.push_back(certificate_table_sheet(SWTEE_TRY(verifier::parse_certificate_table(rest))));
  return sheets;
}

bool is_text(ByteView bytes) {
  for (const std::uint8_t byte : bytes)
    if (byte != '\n' && byte != '\r' && byte != '\t' && (byte < 0x20 || byte > 0x7e)) return false;
  return !bytes.empty();
}

Result<Sheets> show_binary(ByteView bytes) {
  if (bytes.size() == sizeof(snp::IdBlock)) return Sheets{id_block_sheet(from_bytes<snp::IdBlock>(bytes))};
  if (looks_like_id_auth(bytes)) return Sheets{id_auth_sheet(from_bytes<snp::IdAuthInfo>(bytes))};
  if (looks_like_certificate_table(bytes)) return table_sheets(bytes);
  if (!bytes.empty() && bytes[0] == crypto::der::kSequence && bytes.size() != kReportSize) return certificate_sheets(bytes);
  if (looks_like_response(bytes)) return Sheets{response_sheet(bytes)};
  if (looks_like_report(bytes)) return report_sheets(bytes);
  return fail("its " + std::to_string(bytes.size()) + " bytes are none of what this command shows: " + kKinds);
}

po::options_description options() { return {}; }

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kShowCommand, arguments, {.least = 1, .most = kAnyNumber}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  Json json = Json::array();
  int code = kYes;
  for (const std::string& path : line.operands) {
    const auto bytes = read_input(path, context);
    if (!bytes.ok()) return environment_error(kShowCommand, bytes.error().what(), context);
    const auto sheets = show_bytes(bytes.value());
    if (!sheets.ok()) {
      context.err << "swtee show: '" << path << "': " << sheets.error().what() << "\n";
      code = kNo;
      continue;
    }
    for (const Sheet& sheet : sheets.value()) {
      if (line.json) {
        Json element;
        element["file"] = path;
        element.update(sheet.json());
        json.push_back(std::move(element));
      } else {
        if (line.operands.size() > 1) context.out << path << ": ";
        sheet.print(context.out);
        context.out << "\n";
      }
    }
  }
  if (line.json) print_json(json, context.out);
  return code;
}

}  // namespace

Result<Sheets> show_bytes(ByteView bytes) {
  if (!is_text(bytes)) return show_binary(bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.find("-----BEGIN ") != std::string_view::npos) return certificate_sheets(bytes);
  const auto decoded = verifier::from_hex(text);
  if (!decoded || decoded->empty()) return fail(std::string("is text, but neither PEM nor hex. This command shows ") + kKinds);
  return show_binary(*decoded);
}

const Command kShowCommand{
    .name = "show",
    .summary = "show what is in a report, certificate, CRL, certificate table or ID block",
    .operands = "FILE...",
    .about = "Decodes each FILE and prints its fields, with the meaning of bits and TCB versions. FILE '-' is standard input.\n"
             "The kind is found out from the bytes: an attestation report (as a file, as hex text, or with the certificate\n"
             "table behind it), the response to a report request, a certificate or CRL (DER, PEM, bundles), a certificate\n"
             "table, an ID block, ID authentication information.\n"
             "\n"
             "Showing is not verifying: nothing here says that a report is genuine. 'swtee verify' does.",
    .examples = "  swtee show report.bin                     all fields of a report\n"
                "  swtee show --json report.bin | jq .[0].measurement\n"
                "  swtee show vcek.der cert_chain.pem        what the certificates say\n"
                "  cat outblob | swtee show -                what configfs-tsm gave",
    .options = options,
    .run = run,
};

}  // namespace swtee::cli
