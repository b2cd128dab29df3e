// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/working_directories.h"

namespace swtee::sandbox {
namespace {

/// Field 22 of /proc/PID/stat; the command name before it may hold blanks and brackets.
std::string start_time(pid_t process) {
  const auto text = read_small_file("/proc/" + std::to_string(process) + "/stat");
  if (!text) return {};
  std::size_t at = text->rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text->find(' ', at + 1);
  return at == std::string::npos ? std::string() : text->substr(at + 1, text->find(' ', at + 1) - at - 1);
}

}  // namespace

std::optional<std::string> WorkingDirectories::of_process(pid_t process, pid_t parent) {
  const std::string started = start_time(process);
  const auto known = entries_.find(process);
  if (known != entries_.end() && known->second.started == started) return known->second.path;
  std::optional<std::string> inherited;
  if (const auto above = entries_.find(parent); above != entries_.end() && above->second.started == start_time(parent))
    inherited = above->second.path;
  entries_[process] = {started, inherited};
  return inherited;
}

std::optional<std::string> WorkingDirectories::of(const Task& task) {
  std::lock_guard guard(mutex_);
  if (entries_.empty()) return std::nullopt;
  return of_process(task.process(), task.parent());
}

void WorkingDirectories::enter(const Task& task, std::string path) {
  const pid_t process = task.process();
  std::lock_guard guard(mutex_);
  // Entries of processes that are gone would only slow the others down.
  for (auto entry = entries_.begin(); entry != entries_.end();)
    entry = start_time(entry->first) == entry->second.started ? std::next(entry) : entries_.erase(entry);
  entries_[process] = {start_time(process), std::move(path)};
}

void WorkingDirectories::leave(const Task& task) {
  std::lock_guard guard(mutex_);
  if (entries_.empty()) return;
  const pid_t process = task.process();
  entries_[process] = {start_time(process), std::nullopt};
}

}  // namespace swtee::sandbox
