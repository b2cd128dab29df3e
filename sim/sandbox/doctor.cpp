// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/doctor.h"

#include "sim/sandbox/kernel_interface.h"
#include "sim/sandbox/launch.h"
#include "sim/sandbox/notifier.h"
#include "sim/sandbox/task.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

namespace swtee::sandbox {
namespace {

Finding found(std::string name, bool ok, bool needed, std::string why, std::string remedy) {
  return {std::move(name), ok, needed, std::move(why), ok ? std::string() : std::move(remedy)};
}

std::string outcome(bool ok, int code) { return ok ? "works" : std::strerror(code); }

/// A listener over a child that waits in one notified call, so that each operation can be tried on it for real.
class Specimen {
 public:
  /// The child opens a path; the specimen holds it there. The command never runs if the call is refused.
  static Result<Specimen> make(const DescriptorWindow& window) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    auto launched = launch({"/bin/sh", "-c", "exit 0"}, {}, build_filter(window, {}), window, mask);
    if (!launched.ok()) return Failure<Error>(launched.error());
    return Specimen(std::move(launched).value());
  }
  Specimen(Specimen&&) = default;
  ~Specimen() {
    if (!launched_.handle.valid()) return;
    ::kill(launched_.child, SIGKILL);
    ::waitpid(launched_.child, nullptr, 0);
  }

  Notifier& notifier() { return *notifier_; }
  /// The first notified call, or nothing when none comes within two seconds.
  std::optional<seccomp_notif> first_call() {
    pollfd waiting{notifier_->listener(), POLLIN, 0};
    if (::poll(&waiting, 1, 2000) != 1 || (waiting.revents & POLLIN) == 0) return std::nullopt;
    return notifier_->receive();
  }
  pid_t child() const { return launched_.child; }
  int handle() const { return launched_.handle.get(); }

 private:
  explicit Specimen(Launch launched)
      : launched_(std::move(launched)), notifier_(std::make_unique<Notifier>(std::move(launched_.listener))) {}
  Launch launched_;
  std::unique_ptr<Notifier> notifier_;
};

Finding examine_memory(const seccomp_notif& call) {
  Task task(static_cast<pid_t>(call.pid));
  const std::size_t path_argument = call.data.nr == SYS_openat || call.data.nr == SYS_newfstatat ? 1 : 0;
  const auto path = task.path_at(call.data.args[path_argument]);
  return found("reading a program's memory", path.ok(), true, path.ok() ? "works" : std::strerror(path.error().code),
               "allow process_vm_readv (kernel.yama.ptrace_scope must be 0 or 1; a container may need "
               "--cap-add=SYS_PTRACE or another seccomp profile)");
}

Finding examine_descriptors(Specimen& specimen, const seccomp_notif& call, const DescriptorWindow& window) {
  const UniqueFd spare(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto placed = specimen.notifier().add(call.id, spare.get(), static_cast<int>(window.first), true);
  return found("placing descriptors in a program", placed.ok(), true, placed.ok() ? "works" : std::strerror(placed.error().code),
               "needs SECCOMP_IOCTL_NOTIF_ADDFD (Linux 5.14 with SEND)");
}

Finding examine_borrowing(const Specimen& specimen) {
  const UniqueFd borrowed(static_cast<int>(::syscall(SYS_pidfd_getfd, specimen.handle(), 0, 0)));
  const int code = errno;
  // A closed standard input is no obstacle.
  const bool ok = borrowed.valid() || code == EBADF;
  return found("borrowing a program's socket", ok, false, outcome(ok, code),
               "pidfd_getfd is forbidden: connections work, but a socket that was put into an epoll set before connect() "
               "does not; in Docker: --cap-add=SYS_PTRACE");
}

Finding examine_kcmp(const Specimen& specimen) {
  const long order = ::syscall(SYS_kcmp, ::getpid(), specimen.child(), KCMP_FILE, 0, 0);
  return found("comparing open files", order >= 0, false, outcome(order >= 0, errno),
               "kcmp is missing: listings of directories such as /dev may lack a virtual name when several programs read "
               "them at once");
}

Finding examine_limit(const rlimit& limit) {
  return found("open file limit", limit.rlim_cur >= 64, true, std::to_string(limit.rlim_cur) + " files",
               "raise it: ulimit -n 1024");
}

Finding examine_locks() {
  const UniqueFd memory(static_cast<int>(::syscall(SYS_memfd_create, "swtee-doctor", 1u)));
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_len = 1;
  const bool ok = memory.valid() && ::fcntl(memory.get(), F_OFD_SETLK, &lock) == 0;
  return found("memory files with open-file-description locks", ok, true, outcome(ok, errno), "needs memfd_create and F_OFD_SETLK");
}

}  // namespace

std::vector<Finding> examine_machine() {
  std::vector<Finding> findings;
  findings.push_back(found("architecture", kSandboxSupported, true, kSandboxSupported ? "x86-64" : "not x86-64",
                           "use `swtee report --out` instead of `swtee run`"));
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  findings.push_back(examine_limit(limit));
  findings.push_back(examine_locks());
  if (!sandbox_usable(findings)) return findings;
  const DescriptorWindow window = choose_window(limit.rlim_cur);
  auto specimen = Specimen::make(window);
  findings.push_back(found("seccomp user notification with WAIT_KILLABLE_RECV", specimen.ok(), true,
                           specimen.ok() ? "works" : specimen.error().what(),
                           "needs Linux 5.19 and a container profile that permits seccomp(2); gVisor has none of it"));
  if (!specimen.ok()) return findings;
  const auto call = specimen.value().first_call();
  findings.push_back(found("receiving a stopped call", call.has_value(), true,
                           call ? "works" : "no call of /bin/sh arrived within two seconds", "is /bin/sh there?"));
  if (!call) return findings;
  findings.push_back(examine_memory(*call));
  findings.push_back(examine_descriptors(specimen.value(), *call, window));
  findings.push_back(examine_borrowing(specimen.value()));
  findings.push_back(examine_kcmp(specimen.value()));
  return findings;
}

bool sandbox_usable(const std::vector<Finding>& findings) {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& f) { return f.ok || !f.needed; });
}

}  // namespace swtee::sandbox
