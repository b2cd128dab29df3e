// SPDX-License-Identifier: Apache-2.0
/// The supervisor's end of a seccomp listener: receive a stopped call, answer it, put descriptors into its process.
#pragma once

#include "sim/sandbox/unique_fd.h"
#include "sim/sandbox/virtual_files.h"

#include <linux/seccomp.h>

#include <optional>

namespace swtee::sandbox {

/// Thread-safe: the kernel serialises by notification id.
class Notifier {
 public:
  explicit Notifier(UniqueFd listener);

  int listener() const { return listener_.get(); }

  /// The next stopped call, or nothing when its process died first.
  std::optional<seccomp_notif> receive();
  /// Lets the call go on as the program made it.
  void proceed(std::uint64_t id);
  /// Ends the call with a value, or with -code when `code` is an errno. A process that died meanwhile is no error.
  void answer(std::uint64_t id, std::int64_t value);
  void refuse(std::uint64_t id, int code);
  /// Whether the process still waits in this call: what was read from /proc about its id is only true if so.
  bool alive(std::uint64_t id) const;

  /// Puts `fd` into the process as the lowest free number, or over `number`; returns the number there.
  SysResult<int> add(std::uint64_t id, int fd, std::optional<int> number, bool close_on_exec);
  /// The same, and ends the call with that number in one step, so that a signal cannot come between.
  SysResult<int> add_and_answer(std::uint64_t id, int fd, std::optional<int> number, bool close_on_exec);

 private:
  SysResult<int> add_with(std::uint64_t id, int fd, std::optional<int> number, bool close_on_exec, unsigned flags);
  void send(const seccomp_notif_resp& response);

  UniqueFd listener_;
};

}  // namespace swtee::sandbox
