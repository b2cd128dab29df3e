// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/supervisor.h"

#include "sim/sandbox/leftovers.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace swtee::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kForever = Clock::time_point::max();
constexpr std::chrono::seconds kTimeToEnd{1};

int milliseconds_until(Clock::time_point deadline) {
  if (deadline == kForever) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count() + 1;
  return static_cast<int>(std::clamp<long>(left, 0, 1000000));
}

}  // namespace

void Supervisor::carry_out(std::uint64_t id, const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::proceed: return session_.notifier.proceed(id);
    case Answer::Kind::value: return session_.notifier.answer(id, answer.number);
    case Answer::Kind::error: return session_.notifier.refuse(id, static_cast<int>(answer.number));
    case Answer::Kind::done: return;
    case Answer::Kind::later:
      return workers_.run([this, id, work = answer.work] { carry_out(id, work()); });
  }
}

void Supervisor::handle_one() {
  const auto notification = session_.notifier.receive();
  if (!notification) return;
  Call call(*notification);
  const Handler handler = handler_of(call.number);
  const bool ours = handler != nullptr && call.task.tid() != 0;
  carry_out(call.id, ours ? handler(session_, call) : proceed());
}

void Supervisor::forward_signal() const {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
  // What the terminal sends, it has sent to the child too: they share the foreground process group.
  if (info.ssi_code != SI_KERNEL) ::kill(child_, static_cast<int>(info.ssi_signo));
}

bool Supervisor::serve(Until until, Clock::time_point deadline) {
  for (;;) {
    std::array<pollfd, 3> watched{{{session_.notifier.listener(), POLLIN, 0},
                                   {signals_.get(), POLLIN, 0},
                                   {until == Until::child_ends ? child_handle_.get() : -1, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0 && Clock::now() >= deadline) return false;
    if (ready <= 0) continue;
    if ((watched[0].revents & POLLIN) != 0) handle_one();
    if ((watched[1].revents & POLLIN) != 0) forward_signal();
    if (watched[2].revents != 0) return true;
    if ((watched[0].revents & POLLIN) == 0 && (watched[0].revents & (POLLHUP | POLLERR)) != 0) {
      if (until == Until::nobody_left) return true;
      // Nobody uses the filter any more, so the child is about to be reported.
      pollfd child{child_handle_.get(), POLLIN, 0};
      ::poll(&child, 1, -1);
      return true;
    }
  }
}

ChildEnd Supervisor::reap() const {
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

ChildEnd Supervisor::run(std::chrono::milliseconds linger) {
  serve(Until::child_ends, kForever);
  const ChildEnd end = reap();
  if (!serve(Until::nobody_left, Clock::now() + linger)) {
    ended_ = signal_leftovers(SIGTERM);
    if (!serve(Until::nobody_left, Clock::now() + kTimeToEnd)) {
      signal_leftovers(SIGKILL);
      serve(Until::nobody_left, Clock::now() + kTimeToEnd);
    }
  }
  session_.descriptions.settle();
  return end;
}

}  // namespace swtee::sandbox
