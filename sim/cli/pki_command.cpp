// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/cli/platform_options.h"
#include "sim/cli/vendor_options.h"
#include "sim/embedded/certificate_files.h"
#include "sim/vendor/roots.h"
#include "sim/vendor/tls_identity.h"

#include <fstream>
#include <ostream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description pki("Options");
  pki.add_options()("out,o", po::value<std::string>()->value_name("DIR"), "where the files go");
  pki.add(platform_options()).add(vendor_options());
  return pki;
}

int export_certificates(const ParsedCommandLine& line, const std::string& out, Context& context) {
  const auto platform = platform_from(line, context);
  if (!platform.ok()) return usage_error(kPkiCommand, platform.error().what(), context);
  const auto vendor = vendor_from(line, platform.value());
  if (!vendor.ok()) return environment_error(kPkiCommand, vendor.error().what(), context);
  auto written = embedded::write_certificate_files(*vendor.value().authority, platform.value(), out);
  if (written.ok()) written = embedded::write_sev_certificate_files(*vendor.value().authority, platform.value(), out);
  if (!written.ok()) return environment_error(kPkiCommand, written.error().what(), context);
  const std::string tls_path = out + "/tls-ca.pem";
  std::ofstream tls(tls_path, std::ios::binary | std::ios::trunc);
  tls << vendor::service_ca_pem(platform.value().universe_keys());
  tls.close();
  if (!tls) return environment_error(kPkiCommand, "cannot write " + tls_path, context);
  if (line.json)
    print_json({{"directory", out}, {"platform", platform.value().product->platform}, {"chip", platform.value().chip}}, context.out);
  else
    context.out << "Wrote the certificates of chip " << platform.value().chip << " of " << platform.value().product->platform << " to "
                << out << "/ (TEST ONLY):\n"
                << "  ark.pem ask.pem asvk.pem vcek.pem cert_chain.pem crl.der; cek.cert and ask_ark.cert for legacy SEV (sevctl verify --ca);\n"
                << "  tls-ca.pem for clients of `swtee serve`\n";
  return kYes;
}

int init_roots(const ParsedCommandLine& line, const std::string& out, Context& context) {
  const auto progress = [&](int done, int total, const std::string& file) {
    if (!line.json) context.err << "[" << done + 1 << "/" << total << "] " << file << '\n';
  };
  const auto made = vendor::create_roots(out, progress);
  if (!made.ok()) return environment_error(kPkiCommand, made.error().what(), context);
  if (line.json)
    print_json({{"directory", out}}, context.out);
  else
    context.out << "Made new test roots in " << out << "/. Use them with --roots " << out
                << "; a verifier accepts them when it is given their ARK: swtee pki export --roots " << out << " --out certs\n";
  return kYes;
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kPkiCommand, arguments, {1, 1}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const std::string& verb = line.operands.front();
  if (verb != "export" && verb != "init") return usage_error(kPkiCommand, "there is no '" + verb + "'; there are export and init", context);
  const auto out = line.text("out");
  if (!out.has_value()) return usage_error(kPkiCommand, "--out DIR is missing: where should the files go?", context);
  return verb == "export" ? export_certificates(line, *out, context) : init_roots(line, *out, context);
}

}  // namespace

const Command kPkiCommand{
    "pki", "write a platform's certificates, or make test roots of your own", "export|init",
    "export  writes ARK, ASK, ASVK, VCEK, chain and CRL of a platform's chip, as the vendor's key service would give them,\n"
    "        and for legacy SEV its CEK and the file with ASK and ARK.\n"
    "init    makes new RSA-4096 root keys for all product lines: about a second for each of nine.\n\n"
    "Every certificate says `swtee TEST ONLY`. No verifier trusts one unless a person names its root.",
    "  swtee pki export --platform snp:genoa --out certs\n"
    "  swtee pki init --out my-roots\n"
    "  swtee report --roots my-roots --out r.bin --certs certs; swtee verify --root certs/ark.pem --certs certs r.bin\n",
    options, run};

}  // namespace swtee::cli
