// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <sys/types.h>

namespace swtee::embedded {

/// Port: what FileNvStore does to a disk, one method for each system call, with its return value and errno. Tests put a disk
/// here whose power fails at a chosen call.
class FileOperations {
 public:
  virtual ~FileOperations() = default;
  virtual int open(const char* path, int flags, mode_t mode) = 0;
  virtual ssize_t write(int fd, const void* data, std::size_t size) = 0;
  virtual int fsync(int fd) = 0;
  virtual int close(int fd) = 0;
  virtual int rename(const char* from, const char* to) = 0;
  virtual int unlink(const char* path) = 0;

  /// The system's own calls.
  static FileOperations& system();
};

}  // namespace swtee::embedded
