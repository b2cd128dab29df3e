// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/sandbox.h"

#include "sim/sandbox/kernel_interface.h"
#include "sim/sandbox/launch.h"
#include "sim/sandbox/leftovers.h"
#include "sim/sandbox/supervisor.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace swtee::sandbox {
namespace {

constexpr std::array kPassedOn{SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
/// Variables by which TLS libraries are told another bundle; ours is named where the user names none.
constexpr std::array kBundleVariables{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"};

constexpr std::array kProxyVariables{"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};

/// Blocks the signals that are read from a signalfd, for as long as it lives.
class SignalGate {
 public:
  SignalGate() {
    sigset_t gated;
    ::sigemptyset(&gated);
    for (int number : kPassedOn) ::sigaddset(&gated, number);
    ::pthread_sigmask(SIG_BLOCK, &gated, &before_);
    signals_ = UniqueFd(::signalfd(-1, &gated, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~SignalGate() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalGate(const SignalGate&) = delete;
  SignalGate& operator=(const SignalGate&) = delete;

  const sigset_t& before() const { return before_; }
  UniqueFd take() { return std::move(signals_); }

 private:
  sigset_t before_{};
  UniqueFd signals_;
};

std::vector<std::string> bundles_named_by_user() {
  std::vector<std::string> named;
  for (const char* variable : kBundleVariables)
    if (const char* path = std::getenv(variable); path != nullptr && *path != 0) named.emplace_back(path);
  return named;
}

/// A user's proxy must not be asked for our hosts: it would fetch from the real ones, or fail.
void exempt_from_proxies(const std::vector<NamedHost>& hosts, std::vector<std::pair<std::string, std::string>>& environment) {
  const bool proxied = std::any_of(kProxyVariables.begin(), kProxyVariables.end(), [](const char* name) { return std::getenv(name) != nullptr; });
  if (!proxied) return;
  for (const char* variable : {"no_proxy", "NO_PROXY"}) {
    const char* own = std::getenv(variable);
    if (own == nullptr) own = std::getenv(variable[0] == 'n' ? "NO_PROXY" : "no_proxy");
    std::string exempt = own == nullptr ? "" : own;
    for (const NamedHost& host : hosts) exempt += (exempt.empty() ? "" : ",") + host.name;
    environment.emplace_back(variable, exempt);
  }
}

std::vector<std::pair<std::string, std::string>> environment_of(const SandboxOptions& options) {
  std::vector<std::pair<std::string, std::string>> environment;
  exempt_from_proxies(options.hosts, environment);
  if (!options.ca_pem.empty())
    for (const char* variable : kBundleVariables)
      if (std::getenv(variable) == nullptr) environment.emplace_back(variable, kDefaultBundle);
  environment.insert(environment.end(), options.environment.begin(), options.environment.end());
  return environment;
}

}  // namespace

Result<RunOutcome> run_sandboxed(const SandboxOptions& options, VirtualFiles& files) {
  if (options.command.empty()) return fail("no command is given");
  if (!kSandboxSupported) return fail("the sandbox supports x86-64 only; use `swtee report --out` instead");
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail(std::string("getrlimit: ") + std::strerror(errno));
  if (limit.rlim_cur < 64)
    return fail("the limit of open files (ulimit -n) is " + std::to_string(limit.rlim_cur) + ", at least 64 are needed");
  const DescriptorWindow window = choose_window(limit.rlim_cur);
  const NameTable names(options.hosts);
  HostViews views(names, options.ca_pem, bundles_named_by_user());
  for (const auto& [path, content] : options.file_views) views.add(path, content);

  const OrphanKeeper orphans;
  SignalGate gate;
  auto launched = launch(options.command, environment_of(options), build_filter(window, options.device_requests), window,
                         gate.before());
  if (!launched.ok()) return Failure<Error>(launched.error());
  Launch child = std::move(launched).value();
  Notifier notifier(std::move(child.listener));
  Session session(notifier, files, views, names, options.network_none ? Network::none : Network::host, window);
  session.borrow_sockets = !options.never_borrow_sockets;
  Supervisor supervisor(session, child.child, std::move(child.handle), gate.take());
  const ChildEnd end = supervisor.run(options.linger);
  RunOutcome outcome;
  outcome.exec_error = exec_failure(child);
  outcome.exit_code = end.by_signal ? 128 + end.number : end.number;
  outcome.signal = end.by_signal ? end.number : 0;
  outcome.ended_leftovers = supervisor.ended_leftovers();
  return outcome;
}

}  // namespace swtee::sandbox
