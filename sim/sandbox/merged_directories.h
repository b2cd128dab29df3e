// SPDX-License-Identifier: Apache-2.0
/// Open host directories in whose listing virtual names must appear, such as /dev.
#pragma once

#include "sim/sandbox/task.h"
#include "sim/sandbox/unique_fd.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace swtee::sandbox {

/// One open of such a directory. The program holds the same open file description, so both read from one position.
struct MergedDirectory {
  UniqueFd directory;
  std::string path;
  struct stat identity {};
  std::mutex mutex;
  bool names_added = false;  ///< the additional names of this pass have been given
};

/// Thread-safe. Keeps the last few opens; an older one that is still being read just lacks the additional names.
class MergedDirectories {
 public:
  void keep(std::shared_ptr<MergedDirectory> opened);
  std::shared_ptr<MergedDirectory> find(const Task& task, int fd) const;

 private:
  static constexpr std::size_t kMost = 32;
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<MergedDirectory>> opened_;
};

}  // namespace swtee::sandbox
