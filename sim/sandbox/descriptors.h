// SPDX-License-Identifier: Apache-2.0
/// Virtual open file descriptions, and how a descriptor number in a program leads to one.
///
/// Each virtual open is backed by a memory file of its own. Its inode number is the identity: whatever a program does with
/// its descriptors (dup, fork, exec, passing them over sockets), the kernel itself keeps the books, and the supervisor
/// only asks /proc/PID/fd/N which inode is there. Whether any descriptor is left is asked of the kernel too: the
/// description given to the program carries an open-file-description lock, which the kernel drops at the last close.
///
/// The memory file also carries what bypasses notification: a descriptor that dup2 moved out of the window reads from it
/// (filled when it was moved) or appends to it (collected before the next virtual operation of anyone, see settle()).
#pragma once

#include "sim/sandbox/unique_fd.h"
#include "sim/sandbox/task.h"
#include "sim/sandbox/virtual_files.h"

#include <sys/types.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace swtee::sandbox {

/// One open of a virtual file or directory. The mutex orders the operations on it, as the kernel's position lock does.
class Description {
 public:
  Description(std::string path, NodeStat node, int flags, UniqueFd memory, dev_t device,
              ino_t identity);

  const std::string& path() const { return path_; }
  dev_t device() const { return device_; }
  ino_t identity() const { return identity_; }
  bool directory() const { return node_.kind == NodeKind::directory; }
  bool path_only() const;
  bool readable() const;
  bool writable() const;
  /// stat() of the node at the time of the open, for when it has been removed since.
  const NodeStat& node() const { return node_; }

  /// A new kernel description of the memory file, locked so that its end can be noticed. EMFILE or what open says.
  SysResult<UniqueFd> make_descriptor();
  /// Whether any program still holds a descriptor.
  bool held() const;

  // The rest needs the mutex.
  std::mutex& mutex() { return mutex_; }
  void attach(std::unique_ptr<OpenFile> file);
  void attach(std::vector<DirectoryEntry> entries) { entries_ = std::move(entries); }
  OpenFile* file() { return file_.get(); }
  const std::vector<DirectoryEntry>& entries() const { return entries_; }
  std::uint64_t position = 0;

  SysResult<std::size_t> read(std::span<std::byte> into);
  /// Bytes that came around us are taken first, together with the new ones: a refused whole leaves nothing of either.
  SysResult<std::size_t> write(std::span<const std::byte> from);
  /// Puts what a reader would get from here on into the memory file. The reader's error is the caller's.
  SysResult<void> fill_for_bypass();
  void release() noexcept;

 private:
  std::vector<std::byte> take_bypassed();

  std::string path_;
  NodeStat node_;
  int flags_;
  UniqueFd memory_;
  dev_t device_;
  ino_t identity_;
  std::mutex mutex_;
  std::unique_ptr<OpenFile> file_;
  std::vector<DirectoryEntry> entries_;
  off_t append_base_ = 0;
  std::atomic<unsigned> descriptors_made_{0};
};

/// All descriptions in use by anyone in the sandbox.
class Descriptions {
 public:
  /// A new description without a file, not yet known. `flags` are those of open().
  SysResult<std::shared_ptr<Description>> create(const std::string& path, const NodeStat& node, int flags) const;
  /// From now on find() knows it. Its first descriptor must exist already, or settle() would take it for closed.
  void enter(std::shared_ptr<Description> description);

  /// The description behind a descriptor of the task, or null for everything that is not ours.
  std::shared_ptr<Description> find(const Task& task, int fd) const;
  std::shared_ptr<Description> find_by_stat(const struct stat& found) const;

  /// Commits every description whose last descriptor is gone, in order of opening. Comes before each virtual operation,
  /// so that nobody sees a state from before a close that has already happened.
  void settle();
  bool empty() const;

 private:
  void forget(const Description& description);

  mutable std::mutex mutex_;
  std::mutex settling_;
  std::map<std::uint64_t, std::shared_ptr<Description>> by_age_;
  std::map<ino_t, std::uint64_t> age_;
  std::uint64_t next_age_ = 0;
  dev_t device_ = 0;
};

}  // namespace swtee::sandbox
