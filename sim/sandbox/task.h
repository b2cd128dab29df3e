// SPDX-License-Identifier: Apache-2.0
/// What /proc and the memory calls tell about one stopped thread of the sandboxed program.
///
/// Everything here is true only while the thread waits for our answer; callers confirm that with Notifier::alive before
/// they act on it.
#pragma once

#include "sim/sandbox/unique_fd.h"
#include "sim/sandbox/virtual_files.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

namespace swtee::sandbox {

/// The longest path read from a program, as the kernel's PATH_MAX, and with it the end of the string.
inline constexpr std::size_t kPathMax = 4096;

class Task final : public UserMemory {
 public:
  explicit Task(pid_t tid) : tid_(tid) {}

  pid_t tid() const { return tid_; }
  /// The process (thread group) of the thread, and its parent process; 0 when it is gone.
  pid_t process() const;
  pid_t parent() const;

  /// Text of a link below /proc/TID, for example "cwd" or "fd/3"; empty when there is none.
  std::string link(const std::string& name) const;
  std::string proc_path(const std::string& name) const;
  /// stat() of what a descriptor refers to.
  std::optional<struct stat> descriptor_stat(int fd) const;
  /// The file status flags of a descriptor with O_CLOEXEC (fdinfo), or nothing for a closed number.
  std::optional<int> descriptor_flags(int fd) const;
  bool descriptor_open(int fd) const;

  SysResult<void> copy_in(std::uint64_t address, std::span<std::byte> into) override;
  SysResult<void> copy_out(std::uint64_t address, std::span<const std::byte> from) override;
  /// A NUL-terminated path, read once. EFAULT for bad memory, ENAMETOOLONG without an end within kPathMax.
  SysResult<std::string> path_at(std::uint64_t address);

  template <class T>
  SysResult<T> read_as(std::uint64_t address) {
    T value{};
    if (auto copied = copy_in(address, std::as_writable_bytes(std::span(&value, 1))); !copied.ok())
      return Failure<Errno>(copied.error());
    return value;
  }
  template <class T>
  SysResult<void> write_as(std::uint64_t address, const T& value) {
    return copy_out(address, std::as_bytes(std::span(&value, 1)));
  }

 private:
  long status_number(const char* field) const;

  pid_t tid_;
};

/// The whole content of a small file of /proc or /etc; nothing when it cannot be read.
std::optional<std::string> read_small_file(const std::string& path);

}  // namespace swtee::sandbox
