// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/launch.h"

#include "sim/sandbox/kernel_interface.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>

extern char** environ;

namespace swtee::sandbox {
namespace {

/// What the child says over the hand-over socket.
struct Message {
  enum class Kind : int { listener, no_filter, no_exec } kind;
  int code;
};

struct ChildPlan {
  const char* const* arguments;
  char* const* environment;
  sock_fprog program;
  DescriptorWindow window;
  sigset_t mask;
  int handover;
  pid_t parent;
};

/// The listener travels as a descriptor; the filter lets sendmsg through on the hand-over number.
bool send_listener(int socket, int listener) {
  Message message{Message::Kind::listener, 0};
  iovec data{&message, sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &listener, sizeof listener);
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

[[noreturn]] void give_up(int socket, Message::Kind kind, int code) {
  const Message message{kind, code};
  (void)::send(socket, &message, sizeof message, MSG_NOSIGNAL);
  ::_exit(code == ENOENT ? 127 : 126);
}

/// Between fork and exec only calls that are safe there, and after the filter none that it would stop.
[[noreturn]] void child_main(const ChildPlan& plan) {
  const int handover = static_cast<int>(plan.window.handover());
  if (::dup3(plan.handover, handover, O_CLOEXEC) < 0) ::_exit(126);
  // The program must not outlive its supervisor, or all its calls would fail.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(126);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(handover, Message::Kind::no_filter, errno);
  const auto listener = static_cast<int>(
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &plan.program));
  if (listener < 0) give_up(handover, Message::Kind::no_filter, errno);
  if (!send_listener(handover, listener)) ::_exit(126);
  ::close(listener);
  ::sigprocmask(SIG_SETMASK, &plan.mask, nullptr);
  ::execvpe(plan.arguments[0], const_cast<char* const*>(plan.arguments), plan.environment);
  give_up(handover, Message::Kind::no_exec, errno);
}

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::map<std::string, std::string> added(additions.begin(), additions.end());
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (added.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
  }
  for (const auto& [name, content] : added) all.push_back(name + "=" + content);
  return all;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> list;
  for (const std::string& text : texts) list.push_back(text.c_str());
  list.push_back(nullptr);
  return list;
}

Result<UniqueFd> receive_listener(int socket) {
  Message message{};
  iovec data{&message, sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = 0;
  do got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got != sizeof message) return fail("the program ended before its system call filter was in place");
  if (message.kind != Message::Kind::listener)
    return fail(std::string("the kernel refuses the system call filter (") + std::strerror(message.code) +
                "): seccomp user notification with WAIT_KILLABLE_RECV needs Linux 5.19, and a container may forbid it; "
                "see `swtee doctor`");
  const cmsghdr* part = CMSG_FIRSTHDR(&header);
  if (part == nullptr || part->cmsg_type != SCM_RIGHTS) return fail("the filter's listener did not arrive");
  int listener = -1;
  std::memcpy(&listener, CMSG_DATA(part), sizeof listener);
  return UniqueFd(listener);
}

}  // namespace

Result<Launch> launch(const std::vector<std::string>& command,
                      const std::vector<std::pair<std::string, std::string>>& environment,
                      const std::vector<sock_filter>& filter, const DescriptorWindow& window,
                      const sigset_t& child_mask) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return fail(std::string("socketpair: ") + std::strerror(errno));
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  const std::vector<std::string> variables = merged_environment(environment);
  const auto arguments = pointers(command);
  const auto variable_pointers = pointers(variables);
  const ChildPlan plan{arguments.data(),
                       const_cast<char* const*>(variable_pointers.data()),
                       {static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())},
                       window,
                       child_mask,
                       theirs.get(),
                       ::getpid()};
  Launch launched;
  launched.child = ::fork();
  if (launched.child < 0) return fail(std::string("fork: ") + std::strerror(errno));
  if (launched.child == 0) child_main(plan);
  theirs.reset();
  launched.handle = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, launched.child, 0)));
  auto listener = receive_listener(ours.get());
  if (!listener.ok() || !launched.handle.valid()) {
    ::kill(launched.child, SIGKILL);
    ::waitpid(launched.child, nullptr, 0);
    if (!listener.ok()) return Failure<Error>(listener.error());
    return fail("pidfd_open is not available: the kernel is too old or a container forbids it");
  }
  launched.listener = std::move(listener).value();
  launched.handover = std::move(ours);
  return launched;
}

int exec_failure(const Launch& launched) {
  Message message{};
  const ssize_t got = ::recv(launched.handover.get(), &message, sizeof message, MSG_DONTWAIT);
  return got == sizeof message && message.kind == Message::Kind::no_exec ? message.code : 0;
}

}  // namespace swtee::sandbox
