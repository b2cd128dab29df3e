// SPDX-License-Identifier: Apache-2.0
/// Which processes have a virtual working directory. The kernel cannot hold one, so its idea of it stays where it was.
#pragma once

#include "sim/sandbox/task.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace swtee::sandbox {

/// Thread-safe. A process that was never seen inherits from its parent, as fork does; a race remains where the parent moves
/// on before the child's first call with a path (docs/sandbox.md).
class WorkingDirectories {
 public:
  /// The virtual directory of the task's process, or nothing when the kernel's own is right.
  std::optional<std::string> of(const Task& task);
  void enter(const Task& task, std::string path);
  void leave(const Task& task);

 private:
  struct Entry {
    std::string started;  ///< start time, since process ids are used again
    std::optional<std::string> path;
  };
  std::optional<std::string> of_process(pid_t process, pid_t parent);

  std::mutex mutex_;
  std::map<pid_t, Entry> entries_;
};

}  // namespace swtee::sandbox
