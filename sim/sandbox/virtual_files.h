// SPDX-License-Identifier: Apache-2.0
/// The port between the sandbox and whatever offers devices and files to the sandboxed program.
///
/// The sandbox knows processes, descriptors and system calls; the implementation knows devices. Nothing here depends on
/// seccomp, so an implementation can be tested without a child process. Implementations must be thread-safe: calls arrive
/// from several worker threads, and one that takes long (a busy device) must not hold up the others.
#pragma once

#include "firmware/contract/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::sandbox {

/// A positive errno value, as the calling program will see it.
struct Errno {
  int code;
  friend bool operator==(Errno, Errno) = default;
};
inline Failure<Errno> sys_error(int code) { return Failure<Errno>(Errno{code}); }
template <class T>
using SysResult = Result<T, Errno>;

/// Memory of the calling program. Every address is hostile: what is not mapped as needed gives EFAULT, never more.
class UserMemory {
 public:
  virtual ~UserMemory() = default;
  /// Copies all of `into` from the program's memory, or EFAULT (then the content of `into` is unspecified).
  virtual SysResult<void> copy_in(std::uint64_t address, std::span<std::byte> into) = 0;
  /// Copies all of `from` to the program's memory, or EFAULT (then a prefix may have been written).
  virtual SysResult<void> copy_out(std::uint64_t address, std::span<const std::byte> from) = 0;
};

enum class NodeKind { directory, regular, character_device, symbolic_link };

/// What stat() shows. Owner and group are always those of the user who runs the sandbox.
struct NodeStat {
  NodeKind kind = NodeKind::regular;
  std::uint32_t permissions = 0444;  ///< the low twelve mode bits
  std::uint64_t size = 0;            ///< bytes, as the real file system shows it (0 for configfs binary attributes)
  std::uint64_t inode = 0;           ///< stable while the node lives, not 0
  std::uint32_t device_major = 0;    ///< st_rdev of a device node
  std::uint32_t device_minor = 0;
  std::int64_t modified_seconds = 0;  ///< seconds since 1970
};

struct DirectoryEntry {
  std::string name;  ///< without "." and ".."
  NodeKind kind;
  std::uint64_t inode;
};

enum class Seeking {
  allowed,  ///< lseek moves the position
  refused,  ///< lseek answers ESPIPE
  ignored,  ///< lseek answers 0 and changes nothing
};

/// One open file description. The sandbox keeps the position and calls one operation at a time.
class OpenFile {
 public:
  virtual ~OpenFile() = default;
  /// Bytes read from `offset` on into `into`; 0 at the end.
  virtual SysResult<std::size_t> read(std::span<std::byte> into, std::uint64_t offset);
  /// Bytes taken. A refused write leaves nothing behind.
  virtual SysResult<std::size_t> write(std::span<const std::byte> from, std::uint64_t offset);
  /// `request` is the full ioctl number, `argument` the caller's third argument, unread.
  virtual SysResult<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument, UserMemory& memory);
  virtual Seeking seeking() const { return Seeking::allowed; }
  /// The most bytes that one open description may collect by writing; more gives EFBIG.
  virtual std::uint64_t write_limit() const { return 4096; }
  /// The last descriptor went away. Called once, before the destructor; an error has nobody to go to.
  virtual void release() noexcept {}
};

struct OpenMode {
  bool read = false;
  bool write = false;
};

/// A file system by absolute path. Paths come normalised: no "." or "..", no symbolic link before the last component, no
/// trailing slash, and always at or below one of mount_points().
class VirtualFiles {
 public:
  virtual ~VirtualFiles() = default;

  /// The absolute paths under which everything belongs to this file system (a device node is a mount point of its own).
  /// Their parents need not exist on the host: the sandbox shows them as directories. Fixed during a run.
  virtual std::vector<std::string> mount_points() const = 0;

  /// About the node itself, links not followed. ENOENT where there is none.
  virtual SysResult<NodeStat> stat(std::string_view path) = 0;
  /// Never called for directories or links, never asked to create.
  virtual SysResult<std::unique_ptr<OpenFile>> open(std::string_view path, OpenMode mode) = 0;
  virtual SysResult<std::vector<DirectoryEntry>> list(std::string_view path) = 0;
  virtual SysResult<void> mkdir(std::string_view path, std::uint32_t permissions);
  virtual SysResult<void> rmdir(std::string_view path);
  virtual SysResult<void> unlink(std::string_view path);
  virtual SysResult<std::string> readlink(std::string_view path);
};

}  // namespace swtee::sandbox
