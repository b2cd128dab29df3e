// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/node_stat.h"

#include <dirent.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace swtee::sandbox {
namespace {

mode_t file_type(NodeKind kind) {
  switch (kind) {
    case NodeKind::directory: return S_IFDIR;
    case NodeKind::regular: return S_IFREG;
    case NodeKind::character_device: return S_IFCHR;
    case NodeKind::symbolic_link: return S_IFLNK;
  }
  return S_IFREG;
}

statx_timestamp to_statx_time(const timespec& time) {
  statx_timestamp converted{};
  converted.tv_sec = time.tv_sec;
  converted.tv_nsec = static_cast<std::uint32_t>(time.tv_nsec);
  return converted;
}

}  // namespace

unsigned char entry_type(NodeKind kind) { return static_cast<unsigned char>(IFTODT(file_type(kind))); }

struct stat to_stat(const NodeStat& node) {
  struct stat shown {};
  shown.st_dev = makedev(0, kVirtualDeviceMinor);
  shown.st_ino = node.inode;
  shown.st_nlink = node.kind == NodeKind::directory ? 2 : 1;
  shown.st_mode = file_type(node.kind) | (node.permissions & 07777);
  shown.st_uid = ::geteuid();
  shown.st_gid = ::getegid();
  shown.st_rdev = makedev(node.device_major, node.device_minor);
  shown.st_size = static_cast<off_t>(node.size);
  shown.st_blksize = 4096;
  shown.st_atim.tv_sec = shown.st_mtim.tv_sec = shown.st_ctim.tv_sec = node.modified_seconds;
  return shown;
}

struct statx to_statx(const struct stat& from) {
  struct statx to {};
  to.stx_mask = STATX_BASIC_STATS;
  to.stx_blksize = static_cast<std::uint32_t>(from.st_blksize);
  to.stx_nlink = static_cast<std::uint32_t>(from.st_nlink);
  to.stx_uid = from.st_uid;
  to.stx_gid = from.st_gid;
  to.stx_mode = static_cast<std::uint16_t>(from.st_mode);
  to.stx_ino = from.st_ino;
  to.stx_size = static_cast<std::uint64_t>(from.st_size);
  to.stx_blocks = static_cast<std::uint64_t>(from.st_blocks);
  to.stx_atime = to_statx_time(from.st_atim);
  to.stx_mtime = to_statx_time(from.st_mtim);
  to.stx_ctime = to_statx_time(from.st_ctim);
  to.stx_rdev_major = major(from.st_rdev);
  to.stx_rdev_minor = minor(from.st_rdev);
  to.stx_dev_major = major(from.st_dev);
  to.stx_dev_minor = minor(from.st_dev);
  return to;
}

}  // namespace swtee::sandbox
