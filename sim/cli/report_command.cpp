// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/json_output.h"
#include "sim/cli/platform_options.h"
#include "sim/cli/trace_file.h"
#include "sim/cli/vendor_options.h"
#include "sim/embedded/certificate_files.h"
#include "sim/embedded/embedded_guest.h"

#include <swtee/abi/snp/guest_message.h>

#include <fstream>
#include <ostream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description report("The report");
  report.add_options()                                                                                                //
      ("out,o", po::value<std::string>()->value_name("FILE"), "where the report goes, 1184 bytes (default report.bin)")  //
      ("report-data", po::value<std::string>()->value_name("HEX"), "REPORT_DATA, up to 64 bytes, or @FILE (default zero)")  //
      ("vmpl", po::value<std::string>()->value_name("N"), "VMPL to report (default: the guest's)")                    //
      ("host-requested", "a report that the host asks for (SNP_HV_REPORT_REQ): no REPORT_DATA, VMPL ffffffff")        //
      ("certs", po::value<std::string>()->value_name("DIR"), "also write the chain: ark.pem, ask.pem, vcek.pem, ...");
  add_trace_option(report);
  report.add(platform_options()).add(guest_options()).add(vendor_options());
  return report;
}

Result<snp::AttestationReport> guest_requested(embedded::EmbeddedGuest& guest, const Bytes<64>& report_data, std::uint32_t vmpl) {
  const auto answer = guest.device().get_ext_report(report_data, vmpl);
  if (!answer.ok()) return fail("the guest's driver failed: errno " + std::to_string(-answer.error()));
  const auto response = from_bytes<snp::ReportRsp>(answer.value().response.data);
  if (response.status != 0)
    return fail("the firmware refused the report: " + std::string(snp::name_of(static_cast<snp::Status>(response.status.get()))));
  return response.report;
}

Result<snp::AttestationReport> make_report(const ParsedCommandLine& line, embedded::EmbeddedGuest& guest, Context& context) {
  if (line.has("host-requested")) {
    const auto report = guest.hypervisor().host_report(guest.guest(), snp::KeySelect::vlek_or_vcek);
    if (!report.ok()) return fail("SNP_HV_REPORT_REQ was refused with " + std::string(snp::name_of(report.error())));
    return report.value();
  }
  Bytes<64> report_data{};
  if (const auto text = line.text("report-data"); text.has_value()) {
    const auto bytes = bytes_value(*text, report_data.size(), Fill::with_zeros, context);
    if (!bytes.ok()) return fail("--report-data: " + bytes.error().what());
    std::copy(bytes.value().begin(), bytes.value().end(), report_data.begin());
  }
  std::uint32_t vmpl = guest.device().vmpl();
  if (const auto text = line.text("vmpl"); text.has_value()) {
    const auto number = number_value(*text, 3);
    if (!number.ok()) return fail("--vmpl: " + number.error().what());
    vmpl = static_cast<std::uint32_t>(number.value());
  }
  return guest_requested(guest, report_data, vmpl);
}

Result<void> write_file(const std::string& path, ByteView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return fail("cannot write " + path);
  return {};
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kReportCommand, arguments, {0, 0}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const auto platform = platform_from(line, context);
  if (!platform.ok()) return usage_error(kReportCommand, platform.error().what(), context);
  const auto guest_config = guest_from(line, context);
  if (!guest_config.ok()) return usage_error(kReportCommand, guest_config.error().what(), context);

  const auto vendor = vendor_from(line, platform.value());
  if (!vendor.ok()) return environment_error(kReportCommand, vendor.error().what(), context);
  const auto trace = TraceFile::from(line);
  if (!trace.ok()) return environment_error(kReportCommand, trace.error().what(), context);
  machine::CallSink* const calls = trace.value() != nullptr ? &trace.value()->calls() : nullptr;
  auto guest = embedded::EmbeddedGuest::launch(platform.value(), guest_config.value(), *vendor.value().authority, nullptr, calls);
  if (!guest.ok()) return environment_error(kReportCommand, guest.error().what(), context);
  const auto report = make_report(line, *guest.value(), context);
  if (!report.ok()) return environment_error(kReportCommand, report.error().what(), context);
  if (calls != nullptr)
    if (const auto closed = trace.value()->close(); !closed.ok()) return environment_error(kReportCommand, closed.error().what(), context);

  const std::string out = line.text("out").value_or("report.bin");
  if (const auto written = write_file(out, bytes_of(report.value())); !written.ok())
    return environment_error(kReportCommand, written.error().what(), context);
  const auto certs = line.text("certs");
  if (certs.has_value()) {
    const auto written = embedded::write_certificate_files(*vendor.value().authority, platform.value(), *certs);
    if (!written.ok()) return environment_error(kReportCommand, written.error().what(), context);
  }
  if (line.json) {
    Json json{{"report", out}, {"version", report.value().version.get()}, {"platform", platform.value().product->platform}};
    if (certs.has_value()) json["certificates"] = *certs;
    print_json(json, context.out);
  } else {
    context.out << "Wrote " << out << ": a version " << report.value().version.get() << " report of "
                << platform.value().product->platform << " (TEST ONLY).\n";
    if (certs.has_value()) context.out << "Wrote its certificates to " << *certs << "/.\n";
    context.out << "Next: swtee show " << out << "; swtee verify --root swtee-test " << out << '\n';
  }
  return kYes;
}

}  // namespace

const Command kReportCommand{
    "report", "launch a guest in a software PSP and write its attestation report", "",
    "Powers a platform on, launches a guest by the real launch commands, asks the firmware for a report over the encrypted\n"
    "guest channel and writes it. No sandbox is used, so it works everywhere: use it where `swtee run` cannot.",
    "  swtee report --out r.bin --certs certs       a Milan report with its chain\n"
    "  swtee report --platform snp:turin --report-data 00ff\n"
    "  swtee report --ovmf OVMF.fd --vcpus 4        with the measurement of an image\n",
    options, run};

}  // namespace swtee::cli
