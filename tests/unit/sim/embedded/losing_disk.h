// SPDX-License-Identifier: Apache-2.0
/// A disk whose power fails. What was not synced may be there, in part, or not: all that POSIX allows.
#pragma once

#include "sim/embedded/file_operations.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace swtee::test {

using FileBytes = std::vector<std::uint8_t>;

/// One folder. Files are by their last name.
class LosingDisk final : public embedded::FileOperations {
 public:
  /// One thing that may be in a folder after the power came back.
  using Folder = std::map<std::string, FileBytes>;

  /// A disk with these files, synced. The power fails at call `calls` (0: the first); that call has half of its effect.
  LosingDisk(const Folder& files, std::size_t calls);

  /// Bytes that one write() takes at most: short writes are ordinary.
  static constexpr std::size_t kWriteMost = 40;

  bool lost_power() const { return calls_ == 0; }
  /// Every folder that could be found when the power is back, now.
  std::set<Folder> outcomes() const;

  int open(const char* path, int flags, mode_t mode) override;
  ssize_t write(int fd, const void* data, std::size_t size) override;
  int fsync(int fd) override;
  int close(int fd) override;
  int rename(const char* from, const char* to) override;
  int unlink(const char* path) override;

 private:
  struct File {
    FileBytes now;
    FileBytes synced;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;
  static constexpr int kFolder = 3;

  /// False, with errno, when there is no power for this call. `last` when the power fails during it.
  bool powered(bool& last);
  void change(const Names& names) { journal_.push_back(names); }
  const Names& names() const { return journal_.back(); }
  /// What can be read of a file whose writing was not synced.
  static std::set<FileBytes> contents(const File& file);

  std::size_t calls_;
  std::vector<Names> journal_;  ///< the folder as synced, then after each change since
  std::map<int, std::shared_ptr<File>> open_;
  int next_fd_ = kFolder + 1;
};

}  // namespace swtee::test
