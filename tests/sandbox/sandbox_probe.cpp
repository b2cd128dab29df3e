// SPDX-License-Identifier: Apache-2.0
/// Runs a command in the sandbox with the fake guest: the tests' stand-in for `swtee run`, so that process groups, signals
/// and exit statuses are those of a real program. Prints what the fake saw to the file named by SWTEE_PROBE_REPORT.
///   sandbox_probe [--map NAME:PORT:LOCALPORT]... [--map-unix NAME:PORT:PATH]... [--ca FILE] [--none] [--replace]
///                 [--linger MS] [--sev-guest] -- COMMAND...
/// With --sev-guest the program sees the models of /dev/sev-guest and configfs-tsm over a fake PSP instead of the fake guest.
#include "guest/snp/sev_tsm_provider.h"
#include "sim/sandbox/guest_files.h"
#include "sim/sandbox/sandbox.h"
#include "tests/sandbox/fake_guest.h"
#include "tests/support/fake_psp.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

using namespace swtee::sandbox;

namespace {

void add_service(SandboxOptions& options, const std::string& text, bool unix_socket) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  const std::string name = text.substr(0, first);
  const auto port = static_cast<std::uint16_t>(std::atoi(text.substr(first + 1).c_str()));
  const std::string target = text.substr(second + 1);
  ServiceAddress address = target;
  if (!unix_socket) address = static_cast<std::uint16_t>(std::atoi(target.c_str()));
  for (NamedHost& host : options.hosts)
    if (host.name == name) return host.services.push_back({port, address});
  options.hosts.push_back({name, {{port, address}}});
}

/// A guest kernel's interfaces as the models make them.
struct ModelledGuest {
  ModelledGuest() {
    for (std::size_t key = 0; key < psp.vmpck.size(); ++key)
      std::copy(psp.vmpck[key].begin(), psp.vmpck[key].end(),
                secrets.begin() + static_cast<std::ptrdiff_t>(swtee::guest::snp::kSecretsVmpckOffset + 32 * key));
    auto probed = swtee::guest::snp::SevGuestDevice::probe(secrets, {}, psp, clock);
    if (!probed.ok()) std::abort();
    device = std::move(probed).value();
    provider.emplace(*device);
    tsm.emplace(&*provider);
    files.emplace(&*device, &*tsm);
  }
  swtee::test::FakePsp psp;
  swtee::test::FakeClock clock;
  std::array<std::uint8_t, 4096> secrets{};
  std::unique_ptr<swtee::guest::snp::SevGuestDevice> device;
  std::optional<swtee::guest::snp::SevTsmProvider> provider;
  std::optional<swtee::guest::snp::ConfigfsTsm> tsm;
  std::optional<GuestFiles> files;
};

}  // namespace

int main(int argc, char** argv) {
  SandboxOptions options;
  options.device_requests = {testing::kFakeIncrement};
  std::optional<ModelledGuest> modelled;
  int i = 1;
  for (; i < argc && std::strcmp(argv[i], "--") != 0; ++i) {
    const std::string option = argv[i];
    if (option == "--map") add_service(options, argv[++i], false);
    else if (option == "--map-unix") add_service(options, argv[++i], true);
    else if (option == "--sev-guest") modelled.emplace();
    else if (option == "--none") options.network_none = true;
    else if (option == "--replace") options.never_borrow_sockets = true;
    else if (option == "--linger") options.linger = std::chrono::milliseconds(std::atoi(argv[++i]));
    else if (option == "--ca") {
      std::stringstream text;
      text << std::ifstream(argv[++i]).rdbuf();
      options.ca_pem = text.str();
    } else return std::fprintf(stderr, "sandbox_probe: unknown option %s\n", option.c_str()), 2;
  }
  for (++i; i < argc; ++i) options.command.emplace_back(argv[i]);
  testing::FakeGuest guest;
  if (modelled) options.device_requests = sev_guest_requests();
  const auto outcome = run_sandboxed(options, modelled ? static_cast<VirtualFiles&>(*modelled->files) : guest);
  if (!outcome.ok()) return std::fprintf(stderr, "sandbox_probe: %s\n", outcome.error().what().c_str()), 3;
  if (const char* report = std::getenv("SWTEE_PROBE_REPORT"))
    std::ofstream(report) << guest.directories_made << " " << guest.files_released << " "
                          << outcome.value().ended_leftovers << "\n";
  if (outcome.value().exec_error != 0)
    std::fprintf(stderr, "sandbox_probe: %s\n", std::strerror(outcome.value().exec_error));
  return outcome.value().exit_code;
}
