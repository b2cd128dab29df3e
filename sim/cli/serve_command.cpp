// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/cli/platform_options.h"
#include "sim/cli/vendor_options.h"
#include "sim/vendor/kds_server.h"

#include <csignal>
#include <fstream>
#include <mutex>
#include <ostream>

#include <pthread.h>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description serve("The service");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  serve.add_options()                                                                                             //
      ("listen", text("ADDRESS:PORT"), "HTTP (default 127.0.0.1:8080; port 0 takes a free one)")                  //
      ("tls-listen", text("ADDRESS:PORT"), "HTTPS, on the same address (default: none)")                          //
      ("vlek-listen", text("ADDRESS:PORT"), "HTTPS with client certificates, for VLEKs: the vendor's port 444")   //
      ("unix", text("PATH"), "HTTP on a Unix socket that only this user can open, instead of TCP")                //
      ("fleet", text("N"), "chips 0 to N-1 of every product exist; others get 404 (default 1024)")                //
      ("rate-limit", text("SECONDS"), "answer 429 to the same VCEK from the same client within so long")          //
      ("cache", text("N"), "certificates kept ready (default 4096)")                                              //
      ("threads", text("N"), "worker threads (default 2)")                                                        //
      ("tls-ca", text("FILE"), "write the TEST ONLY CA that HTTPS clients must trust to this file")               //
      ("quiet,q", "do not log requests");
  serve.add(platform_options()).add(vendor_options());
  return serve;
}

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// "127.0.0.1:8080", "[::1]:8080" or "8080".
Result<Endpoint> endpoint(const std::string& text, const std::string& option) {
  const std::size_t colon = text.rfind(':');
  Endpoint parsed{"127.0.0.1", 0};
  std::string port = text;
  if (colon != std::string::npos) {
    parsed.address = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (parsed.address.starts_with('[') && parsed.address.ends_with(']')) parsed.address = parsed.address.substr(1, parsed.address.size() - 2);
  }
  const auto number = number_option_value(port, option, 65535);
  if (!number.ok()) return Failure(number.error());
  parsed.port = static_cast<std::uint16_t>(number.value());
  return parsed;
}

Result<std::uint64_t> number_of(const ParsedCommandLine& line, const char* name, std::uint64_t otherwise, std::uint64_t most) {
  const auto text = line.text(name);
  if (!text.has_value()) return otherwise;
  return number_option_value(*text, name, most);
}

Result<vendor::KdsOptions> service_options(const ParsedCommandLine& line) {
  vendor::KdsOptions options;
  const auto http = SWTEE_TRY(endpoint(line.text("listen").value_or("127.0.0.1:8080"), "listen"));
  options.address = http.address;
  options.http_port = http.port;
  const auto secure = [&](const char* name, std::optional<std::uint16_t>& port) -> Result<void> {
    const auto text = line.text(name);
    if (!text.has_value()) return {};
    const auto parsed = SWTEE_TRY(endpoint(*text, name));
    if (line.has("listen") && parsed.address != options.address)
      return fail("--" + std::string(name) + ": all ports listen on one address, " + options.address);
    options.address = parsed.address;
    port = parsed.port;
    return {};
  };
  SWTEE_TRY(secure("tls-listen", options.https_port));
  SWTEE_TRY(secure("vlek-listen", options.vlek_port));
  if (const auto path = line.text("unix"); path.has_value()) {
    options.unix_sockets.push_back({*path, vendor::KdsProtocol::http});
    if (!line.has("listen")) options.http_port.reset();
  }
  options.fleet_size = SWTEE_TRY(number_of(line, "fleet", options.fleet_size, 10'000'000));
  options.rules.rate_limit_seconds = static_cast<unsigned>(SWTEE_TRY(number_of(line, "rate-limit", 0, 86400)));
  options.rules.cache_entries = SWTEE_TRY(number_of(line, "cache", options.rules.cache_entries, 1'000'000));
  options.threads = static_cast<unsigned>(SWTEE_TRY(number_of(line, "threads", options.threads, 256)));
  if (options.threads == 0) return fail("--threads: at least 1 is needed");
  return options;
}

const char* name_of(vendor::KdsProtocol protocol) {
  switch (protocol) {
    case vendor::KdsProtocol::http: return "http";
    case vendor::KdsProtocol::https: return "https";
    case vendor::KdsProtocol::vlek: return "vlek";
  }
  return "";
}

/// What a client sent may hold any bytes: only printable ones reach a terminal.
std::string printable(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c > ' ' && c < 0x7f ? c : '?';
  return safe;
}

void announce(const ParsedCommandLine& line, const vendor::KdsServer& server, const std::string& address, Context& context) {
  if (line.json) {
    Json json;
    if (server.http_port() != 0) json["http"] = server.http_port();
    if (server.https_port() != 0) json["https"] = server.https_port();
    if (server.vlek_port() != 0) json["vlek"] = server.vlek_port();
    print_json(json, context.out);
  } else {
    context.out << "swtee key service (TEST ONLY) is ready.\n";
    if (server.http_port() != 0) context.out << "  http://" << address << ':' << server.http_port() << "/vcek/v1/Milan/cert_chain\n";
    if (server.https_port() != 0) context.out << "  https://" << address << ':' << server.https_port() << "  (--tls-ca FILE writes its CA)\n";
    if (server.vlek_port() != 0) context.out << "  https://" << address << ':' << server.vlek_port() << "  VLEKs, with a client certificate\n";
    if (const auto path = line.text("unix"); path.has_value()) context.out << "  Unix socket " << *path << '\n';
    context.out << "Stop it with Ctrl-C.\n";
  }
  context.out.flush();
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kServeCommand, arguments, {0, 0}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const auto platform = platform_from(line, context);
  if (!platform.ok()) return usage_error(kServeCommand, platform.error().what(), context);
  auto options = service_options(line);
  if (!options.ok()) return usage_error(kServeCommand, options.error().what(), context);
  const auto vendor = vendor_from(line, platform.value());
  if (!vendor.ok()) return environment_error(kServeCommand, vendor.error().what(), context);
  options.value().authority = vendor.value().authority;
  std::mutex log_mutex;
  if (!line.has("quiet"))
    options.value().on_access = [&](const vendor::KdsAccess& access) {
      const std::lock_guard lock(log_mutex);
      context.err << name_of(access.protocol) << ' ' << access.client << ' ' << printable(access.method) << ' ' << printable(access.target)
                  << ' ' << access.status << ' ' << access.body_size << ' ' << access.duration.count() << "us"
                  << (access.from_cache ? " cached" : "") << '\n';
    };

  // Threads inherit the mask, so that only sigwait sees these.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&stop_signals, signal);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  const std::string address = options.value().address;
  auto server = vendor::KdsServer::start(std::move(options).value());
  if (!server.ok()) return environment_error(kServeCommand, server.error().what(), context);
  if (const auto path = line.text("tls-ca"); path.has_value()) {
    std::ofstream file(*path, std::ios::binary | std::ios::trunc);
    file << server.value()->tls_ca_pem();
    file.close();
    if (!file) return environment_error(kServeCommand, "cannot write " + *path, context);
  }
  announce(line, *server.value(), address, context);
  int received = 0;
  sigwait(&stop_signals, &received);
  server.value()->stop();
  return kYes;
}

}  // namespace

const Command kServeCommand{
    "serve", "serve certificates as the vendor's key distribution service does", "",
    "An AMD-KDS compatible service for the chips of the test universe: VCEKs and VLEKs by SPL, chains, CRLs; 404 for chips\n"
    "that do not exist. It needs no database: any number of replicas answer alike. Listens on this machine only unless\n"
    "--listen says otherwise. Runs until INT, TERM or HUP.",
    "  swtee serve                                              http://127.0.0.1:8080\n"
    "  swtee serve --listen 127.0.0.1:8080 --tls-listen 127.0.0.1:8443 --tls-ca ca.pem\n"
    "  swtee verify --root swtee-test --kds http://127.0.0.1:8080 r.bin\n",
    options, run};

}  // namespace swtee::cli
