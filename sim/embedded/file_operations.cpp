// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/file_operations.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace swtee::embedded {
namespace {

class SystemFiles final : public FileOperations {
 public:
  int open(const char* path, int flags, mode_t mode) override { return ::open(path, flags, mode); }
  ssize_t write(int fd, const void* data, std::size_t size) override { return ::write(fd, data, size); }
  int fsync(int fd) override { return ::fsync(fd); }
  int close(int fd) override { return ::close(fd); }
  int rename(const char* from, const char* to) override { return ::rename(from, to); }
  int unlink(const char* path) override { return ::unlink(path); }
};

}  // namespace

FileOperations& FileOperations::system() {
  static SystemFiles files;
  return files;
}

}  // namespace swtee::embedded
