// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/merged_directories.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>

namespace swtee::sandbox {
namespace {

bool same_description(const Task& task, int theirs, int ours) {
  const long order = ::syscall(SYS_kcmp, ::getpid(), task.tid(), KCMP_FILE, ours, theirs);
  // Without kcmp the latest open of the same directory is the best guess.
  return order <= 0;
}

}  // namespace

void MergedDirectories::keep(std::shared_ptr<MergedDirectory> opened) {
  std::lock_guard guard(mutex_);
  opened_.push_front(std::move(opened));
  if (opened_.size() > kMost) opened_.pop_back();
}

std::shared_ptr<MergedDirectory> MergedDirectories::find(const Task& task, int fd) const {
  std::lock_guard guard(mutex_);
  if (opened_.empty()) return nullptr;
  const auto found = task.descriptor_stat(fd);
  if (!found) return nullptr;
  for (const auto& opened : opened_)
    if (opened->identity.st_ino == found->st_ino && opened->identity.st_dev == found->st_dev &&
        same_description(task, fd, opened->directory.get()))
      return opened;
  return nullptr;
}

}  // namespace swtee::sandbox
