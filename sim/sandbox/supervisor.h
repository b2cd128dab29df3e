// SPDX-License-Identifier: Apache-2.0
/// The loop that answers stopped calls until the program is gone.
#pragma once

#include "sim/sandbox/session.h"
#include "sim/sandbox/worker_pool.h"

#include <chrono>
#include <sys/types.h>

namespace swtee::sandbox {

struct ChildEnd {
  bool by_signal = false;
  int number = 0;  ///< exit status, or the signal
};

class Supervisor {
 public:
  /// `signals` is a signalfd; what someone sends to us with kill() goes on to the child.
  Supervisor(Session& session, pid_t child, UniqueFd child_handle, UniqueFd signals)
      : session_(session), child_(child), child_handle_(std::move(child_handle)), signals_(std::move(signals)) {}

  /// Serves until the child ends, then for the processes it left behind, but no longer than `linger`. Whatever is left after
  /// that gets SIGTERM and, a second later, SIGKILL: without us its calls would all fail.
  ChildEnd run(std::chrono::milliseconds linger);

  /// How many processes had to be ended.
  std::size_t ended_leftovers() const { return ended_; }

 private:
  enum class Until { child_ends, nobody_left };
  /// False when the time ran out.
  bool serve(Until until, std::chrono::steady_clock::time_point deadline);
  void handle_one();
  void carry_out(std::uint64_t id, const Answer& answer);
  void forward_signal() const;
  ChildEnd reap() const;

  Session& session_;
  pid_t child_;
  UniqueFd child_handle_;
  UniqueFd signals_;
  std::size_t ended_ = 0;
  WorkerPool workers_;
};

}  // namespace swtee::sandbox
