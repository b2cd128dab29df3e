// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "sim/cli/commands.h"
#include "sim/cli/host_door.h"
#include "sim/cli/input.h"
#include "sim/cli/platform_options.h"
#include "sim/cli/trace_file.h"
#include "sim/cli/vendor_options.h"
#include "sim/embedded/embedded_guest.h"
#include "sim/embedded/embedded_host.h"
#include "sim/embedded/file_nv_store.h"
#include "sim/sandbox/doctor.h"
#include "sim/sandbox/guest_files.h"
#include "sim/sandbox/name_table.h"
#include "sim/sandbox/sandbox.h"
#include "sim/vendor/kds_server.h"
#include "sim/vendor/tls_identity.h"

#include <cstring>
#include <filesystem>
#include <ostream>
#include <utility>

#include <stdlib.h>
#include <unistd.h>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description run("The sandbox");
  run.add_options()                                                                                                  //
      ("host", "show the platform's host (/dev/sev) instead of a guest: for tools that administer a platform")      //
      ("guests", po::value<std::string>()->value_name("N"), "with --host: so many guests run on it (default 0)")    //
      ("network", po::value<std::string>()->value_name("host|none"), "host (default): as without the sandbox; none: only the vendor's service can be reached")  //
      ("state", po::value<std::string>()->value_name("FILE"), "keep the platform's permanent state (committed TCB) in this file")  //
      ("host-busy", po::value<std::string>()->value_name("N"), "the host answers the first N guest requests with BUSY")  //
      ("kds-rate-limit", po::value<std::string>()->value_name("SECONDS"), "the key service answers 429 to the same request within so long");
  add_trace_option(run);
  run.add(platform_options()).add(guest_options()).add(vendor_options());
  return run;
}

/// A directory that only this user can enter, removed with everything in it.
class PrivateDirectory {
 public:
  static Result<PrivateDirectory> make() {
    const char* base = ::getenv("XDG_RUNTIME_DIR");
    const std::string parent = base != nullptr && ::access(base, W_OK | X_OK) == 0 ? base : "/tmp";
    std::string path = parent + "/swtee-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return fail("cannot make a private directory in " + parent);
    return PrivateDirectory(path);
  }
  PrivateDirectory(PrivateDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;
  ~PrivateDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// The vendor's key service on ports or sockets of ours, and the names that lead to it.
struct KeyService {
  std::optional<PrivateDirectory> directory;
  std::unique_ptr<vendor::KdsServer> server;
  std::vector<sandbox::NamedHost> hosts;
};

/// What the command line says beside platform and guest.
struct RunOptions {
  std::uint32_t busy = 0;
  unsigned rate_limit = 0;
  std::optional<std::uint32_t> host_guests;  ///< the program sees the host, on which so many guests run
};

Result<unsigned> rate_limit(const ParsedCommandLine& line) {
  const auto text = line.text("kds-rate-limit");
  if (!text.has_value()) return 0u;
  const auto seconds = number_option_value(*text, "kds-rate-limit", 86400);
  if (!seconds.ok()) return Failure(seconds.error());
  return static_cast<unsigned>(seconds.value());
}

constexpr std::uint64_t kGuestsMost = 64;

Result<RunOptions> run_options(const ParsedCommandLine& line) {
  RunOptions options;
  options.busy = static_cast<std::uint32_t>(SWTEE_TRY(number_option_value(line.text("host-busy").value_or("0"), "host-busy", 1000)));
  options.rate_limit = SWTEE_TRY(rate_limit(line));
  const auto guests = line.text("guests");
  if (!line.has("host")) {
    if (guests.has_value()) return fail("--guests needs --host: without it the program runs in the one guest");
    return options;
  }
  if (line.has("host-busy")) return fail("--host-busy is about a guest's requests, and --host shows no guest");
  options.host_guests = static_cast<std::uint32_t>(SWTEE_TRY(number_option_value(guests.value_or("0"), "guests", kGuestsMost)));
  return options;
}

/// The service on TCP, so that a program may set TCP's options on its sockets; null where the loopback interface is down.
std::unique_ptr<vendor::KdsServer> on_loopback(vendor::KdsOptions options) {
  options.http_port = options.https_port = options.vlek_port = std::uint16_t{0};
  auto server = vendor::KdsServer::start(std::move(options));
  if (!server.ok()) return nullptr;
  const auto trial = sandbox::connect_to(server.value()->http_port());
  if (!trial.ok()) return nullptr;
  ::close(trial.value());
  return std::move(server).value();
}

Result<KeyService> start_key_service(const Vendor& vendor, const ProductRow& product, std::uint64_t chip, unsigned limit_seconds) {
  vendor::KdsOptions options;
  options.authority = vendor.authority;
  options.rules.rate_limit_seconds = limit_seconds;
  options.http_port.reset();
  // Our own chip is known to the vendor, however high its number.
  options.extra_chips = {{&product, keys::chip_id(vendor.authority->universe(), product, chip)}};
  auto listening = on_loopback(options);
  std::vector<sandbox::Service> services;
  std::optional<PrivateDirectory> directory;
  if (listening != nullptr) {
    services = {{80, listening->http_port()}, {443, listening->https_port()}, {444, listening->vlek_port()}};
  } else {
    directory.emplace(SWTEE_TRY(PrivateDirectory::make()));
    const std::string http = directory->path() + "/http";
    const std::string https = directory->path() + "/https";
    const std::string vlek = directory->path() + "/vlek";
    options.unix_sockets = {{http, vendor::KdsProtocol::http}, {https, vendor::KdsProtocol::https}, {vlek, vendor::KdsProtocol::vlek}};
    listening = SWTEE_TRY(vendor::KdsServer::start(std::move(options)));
    services = {{80, http}, {443, https}, {444, vlek}};
  }
  std::vector<sandbox::NamedHost> hosts{{"kdsintf.amd.com", services}, {"kdsintfdev.amd.com", services}};
  return KeyService{std::move(directory), std::move(listening), std::move(hosts)};
}

int no_sandbox(const Error& error, Context& context) {
  context.err << "swtee run: " << error.what() << "\n`swtee doctor` says what this machine lacks; `swtee report` works without the sandbox.\n";
  return kEnvironment;
}

/// Everything but the program itself.
struct Prepared {
  Vendor vendor;
  std::optional<embedded::FileNvStore> nv;
  std::unique_ptr<TraceFile> trace;
  std::unique_ptr<embedded::EmbeddedGuest> guest;
  std::unique_ptr<embedded::EmbeddedHost> host;  ///< one of the two
  std::optional<KeyService> service;
};

Result<void> prepare(const ParsedCommandLine& line, const config::PlatformConfig& platform, const config::GuestConfig& guest,
                     const RunOptions& options, Prepared& prepared) {
  prepared.vendor = SWTEE_TRY(vendor_from(line, platform));
  if (const auto state = line.text("state"); state.has_value()) prepared.nv.emplace(SWTEE_TRY(embedded::FileNvStore::open(*state)));
  prepared.trace = SWTEE_TRY(TraceFile::from(line));
  auto* const calls = prepared.trace != nullptr ? &prepared.trace->calls() : nullptr;
  NvStore* const nv = prepared.nv.has_value() ? &*prepared.nv : nullptr;
  if (options.host_guests.has_value()) {
    prepared.host = SWTEE_TRY(embedded::EmbeddedHost::start(platform, guest, *options.host_guests, nv, calls));
  } else {
    prepared.guest = SWTEE_TRY(embedded::EmbeddedGuest::launch(platform, guest, *prepared.vendor.authority, nv, calls));
    prepared.guest->transport().answer_busy(options.busy);
  }
  prepared.service.emplace(SWTEE_TRY(start_key_service(prepared.vendor, *platform.product, platform.chip, options.rate_limit)));
  return {};
}

Result<sandbox::RunOutcome> in_sandbox(Prepared& prepared, sandbox::SandboxOptions& options) {
  if (prepared.host != nullptr) {
    HostDoor door(*prepared.host);
    sandbox::HostFiles files(door);
    options.device_requests = sandbox::sev_requests();
    return sandbox::run_sandboxed(options, files);
  }
  sandbox::GuestFiles files(&prepared.guest->device(), prepared.guest->tsm());
  options.device_requests = sandbox::sev_guest_requests();
  return sandbox::run_sandboxed(options, files);
}

int run_program(const ParsedCommandLine& line, const config::PlatformConfig& platform, Prepared& prepared, Context& context) {
  sandbox::SandboxOptions options;
  options.command = line.operands;
  options.hosts = prepared.service->hosts;
  options.ca_pem = vendor::service_ca_pem(platform.universe_keys());
  options.network_none = line.text("network").value_or("host") == "none";
  context.out.flush();
  const auto outcome = in_sandbox(prepared, options);
  if (!outcome.ok()) return no_sandbox(outcome.error(), context);
  if (outcome.value().exec_error != 0)
    context.err << "swtee run: cannot run " << line.operands.front() << ": " << std::strerror(outcome.value().exec_error) << '\n';
  if (outcome.value().ended_leftovers != 0)
    context.err << "swtee run: ended " << outcome.value().ended_leftovers << " processes that the command left behind\n";
  if (prepared.trace != nullptr)
    if (const auto closed = prepared.trace->close(); !closed.ok()) return environment_error(kRunCommand, closed.error().what(), context);
  return outcome.value().exit_code;
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kRunCommand, arguments, {1, kAnyNumber}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const auto platform = platform_from(line, context);
  if (!platform.ok()) return usage_error(kRunCommand, platform.error().what(), context);
  const auto guest = guest_from(line, context);
  if (!guest.ok()) return usage_error(kRunCommand, guest.error().what(), context);
  const std::string network = line.text("network").value_or("host");
  if (network != "host" && network != "none") return usage_error(kRunCommand, "--network is host or none, not '" + network + "'", context);
  const auto options = run_options(line);
  if (!options.ok()) return usage_error(kRunCommand, options.error().what(), context);

  Prepared prepared;
  const auto ready = prepare(line, platform.value(), guest.value(), options.value(), prepared);
  if (!ready.ok()) return environment_error(kRunCommand, ready.error().what(), context);
  return run_program(line, platform.value(), prepared, context);
}

}  // namespace

const Command kRunCommand{
    "run", "run a program, unmodified, as if inside a SEV-SNP guest", "-- COMMAND [ARGUMENT...]",
    "The program, and all that it starts, sees /dev/sev-guest and configfs-tsm (/sys/kernel/config/tsm/report) of a guest on\n"
    "a software PSP, and reaches our key service under https://kdsintf.amd.com with our TEST ONLY TLS root. No root is\n"
    "needed, nothing on the system changes. The guest is launched by the real launch commands.\n\n"
    "With --host it sees the platform's host instead: /dev/sev, /dev/cpu/N/msr and kvm_amd's parameters, for tools such as\n"
    "snphost and sevctl. Those read the processor's CPUID by themselves, which stays this machine's.\n\n"
    "Exits with the program's status, or 128 + the number of the signal that ended it; 2 for a wrong option, 3 when this\n"
    "machine cannot run the sandbox, 126 and 127 when the program cannot be run. It is a convenience for your own programs,\n"
    "not a security boundary.",
    "  swtee run -- snpguest report r.bin q.bin --random\n"
    "  swtee run --platform snp:turin --network none -- ./my-attester\n"
    "  swtee run --ovmf OVMF.fd --vcpus 4 --host-data 00ff -- sh    a shell inside\n",
    options, run};

}  // namespace swtee::cli
