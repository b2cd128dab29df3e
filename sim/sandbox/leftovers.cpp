// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/leftovers.h"

#include "sim/sandbox/task.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstdlib>
#include <map>
#include <memory>

namespace swtee::sandbox {
namespace {

struct ProcessFacts {
  pid_t parent = 0;
  long filters = 0;
  bool zombie = false;
};

long field(const std::string& status, const std::string& name) {
  const std::size_t at = status.find("\n" + name + ":");
  return at == std::string::npos ? 0 : std::strtol(status.c_str() + at + name.size() + 2, nullptr, 10);
}

ProcessFacts facts_of(pid_t process) {
  const auto status = read_small_file("/proc/" + std::to_string(process) + "/status");
  if (!status) return {};
  return {static_cast<pid_t>(field(*status, "PPid")), field(*status, "Seccomp_filters"),
          status->find("\nState:\tZ") != std::string::npos};
}

std::map<pid_t, ProcessFacts> all_processes() {
  std::map<pid_t, ProcessFacts> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), ::closedir);
  if (!directory) return found;
  while (const dirent* entry = ::readdir(directory.get())) {
    const auto process = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (process > 0) found[process] = facts_of(process);
  }
  return found;
}

bool descends_from(const std::map<pid_t, ProcessFacts>& all, pid_t process, pid_t ancestor) {
  for (int depth = 0; depth < 1000; ++depth) {
    const auto found = all.find(process);
    if (found == all.end()) return false;
    if (found->second.parent == ancestor) return true;
    process = found->second.parent;
  }
  return false;
}

}  // namespace

OrphanKeeper::OrphanKeeper() {
  ::prctl(PR_GET_CHILD_SUBREAPER, &before_, 0, 0, 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

OrphanKeeper::~OrphanKeeper() { ::prctl(PR_SET_CHILD_SUBREAPER, before_, 0, 0, 0); }

std::size_t signal_leftovers(int signal) {
  const pid_t self = ::getpid();
  const long own_filters = facts_of(self).filters;
  const auto all = all_processes();
  std::size_t count = 0;
  for (const auto& [process, facts] : all) {
    if (facts.filters <= own_filters || !descends_from(all, process, self)) continue;
    if (facts.zombie) {
      if (facts.parent == self) ::waitpid(process, nullptr, WNOHANG);
      continue;
    }
    if (::kill(process, signal) == 0) ++count;
  }
  return count;
}

}  // namespace swtee::sandbox
