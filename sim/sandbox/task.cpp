// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/task.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace swtee::sandbox {
namespace {

/// Without process_vm_readv (some container profiles) the same memory is reached through /proc/TID/mem.
ssize_t transfer_by_file(pid_t tid, std::uint64_t address, void* buffer, std::size_t size, bool write) {
  const std::string path = "/proc/" + std::to_string(tid) + "/mem";
  UniqueFd memory(::open(path.c_str(), (write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (!memory.valid()) return -1;
  const auto offset = static_cast<off_t>(address);
  return write ? ::pwrite(memory.get(), buffer, size, offset) : ::pread(memory.get(), buffer, size, offset);
}

ssize_t transfer(pid_t tid, std::uint64_t address, void* buffer, std::size_t size, bool write) {
  iovec local{buffer, size};
  iovec remote{reinterpret_cast<void*>(address), size};
  const ssize_t moved = write ? ::process_vm_writev(tid, &local, 1, &remote, 1, 0)
                              : ::process_vm_readv(tid, &local, 1, &remote, 1, 0);
  if (moved < 0 && (errno == ENOSYS || errno == EPERM)) return transfer_by_file(tid, address, buffer, size, write);
  return moved;
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return std::nullopt;
  std::string content;
  std::array<char, 16384> piece;
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0) return std::nullopt;
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::string Task::proc_path(const std::string& name) const {
  return "/proc/" + std::to_string(tid_) + "/" + name;
}

std::string Task::link(const std::string& name) const {
  std::array<char, kPathMax> text;
  const ssize_t length = ::readlink(proc_path(name).c_str(), text.data(), text.size());
  return length < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(length));
}

long Task::status_number(const char* field) const {
  const auto status = read_small_file(proc_path("status"));
  if (!status) return 0;
  const std::string key = std::string("\n") + field + ":";
  const std::size_t at = status->find(key);
  return at == std::string::npos ? 0 : std::strtol(status->c_str() + at + key.size(), nullptr, 10);
}

pid_t Task::process() const { return static_cast<pid_t>(status_number("Tgid")); }
pid_t Task::parent() const { return static_cast<pid_t>(status_number("PPid")); }

std::optional<struct stat> Task::descriptor_stat(int fd) const {
  struct stat found {};
  if (fd < 0 || ::stat(proc_path("fd/" + std::to_string(fd)).c_str(), &found) != 0) return std::nullopt;
  return found;
}

bool Task::descriptor_open(int fd) const {
  struct stat found {};
  return ::lstat(proc_path("fd/" + std::to_string(fd)).c_str(), &found) == 0;
}

std::optional<int> Task::descriptor_flags(int fd) const {
  const auto info = read_small_file(proc_path("fdinfo/" + std::to_string(fd)));
  if (!info) return std::nullopt;
  const std::size_t at = info->find("flags:");
  if (at == std::string::npos) return std::nullopt;
  return static_cast<int>(std::strtol(info->c_str() + at + 6, nullptr, 8));
}

SysResult<void> Task::copy_in(std::uint64_t address, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = transfer(tid_, address + done, into.data() + done, into.size() - done, false);
    if (got <= 0) return sys_error(EFAULT);
    done += static_cast<std::size_t>(got);
  }
  return {};
}

SysResult<void> Task::copy_out(std::uint64_t address, std::span<const std::byte> from) {
  std::size_t done = 0;
  while (done < from.size()) {
    auto* source = const_cast<std::byte*>(from.data() + done);
    const ssize_t put = transfer(tid_, address + done, source, from.size() - done, true);
    if (put <= 0) return sys_error(EFAULT);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

SysResult<std::string> Task::path_at(std::uint64_t address) {
  std::array<char, kPathMax> text;
  std::size_t have = 0;
  while (have < text.size()) {
    // Reads end at page borders, since the page after the string's end may be unmapped.
    const std::uint64_t here = address + have;
    const std::size_t piece = std::min<std::size_t>(text.size() - have, 4096 - here % 4096);
    auto bytes = std::as_writable_bytes(std::span(text.data() + have, piece));
    if (auto copied = copy_in(here, bytes); !copied.ok()) return Failure<Errno>(copied.error());
    if (std::memchr(text.data() + have, 0, piece) != nullptr) return std::string(text.data());
    have += piece;
  }
  return sys_error(ENAMETOOLONG);
}

}  // namespace swtee::sandbox
