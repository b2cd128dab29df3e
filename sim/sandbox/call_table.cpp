// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/calls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace swtee::sandbox {
namespace {

struct Row {
  int call;
  Handler handler;
};

// clang-format off
constexpr Row kTable[] = {
    {SYS_open, calls::open}, {SYS_openat, calls::openat}, {SYS_openat2, calls::openat2}, {SYS_creat, calls::creat},
    {SYS_stat, calls::stat}, {SYS_lstat, calls::lstat}, {SYS_fstat, calls::fstat},
    {SYS_newfstatat, calls::newfstatat}, {SYS_statx, calls::statx}, {SYS_access, calls::access},
    {SYS_faccessat, calls::faccessat}, {SYS_faccessat2, calls::faccessat2}, {SYS_readlink, calls::readlink},
    {SYS_readlinkat, calls::readlinkat}, {SYS_statfs, calls::statfs}, {SYS_fstatfs, calls::fstatfs},
    {SYS_mkdir, calls::mkdir}, {SYS_mkdirat, calls::mkdirat}, {SYS_rmdir, calls::rmdir}, {SYS_unlink, calls::unlink},
    {SYS_unlinkat, calls::unlinkat}, {SYS_chdir, calls::chdir}, {SYS_fchdir, calls::fchdir},
    {SYS_getcwd, calls::getcwd}, {SYS_getdents, calls::getdents}, {SYS_getdents64, calls::getdents64},
    {SYS_chmod, calls::change_attribute}, {SYS_chown, calls::change_attribute}, {SYS_lchown, calls::change_attribute},
    {SYS_truncate, calls::change_attribute}, {SYS_fchmodat, calls::change_attribute_at},
    {SYS_fchownat, calls::change_attribute_at}, {SYS_utimensat, calls::change_attribute_at},
    {SYS_getxattr, calls::get_extended_attribute}, {SYS_lgetxattr, calls::get_extended_attribute},
    {SYS_listxattr, calls::list_extended_attributes}, {SYS_llistxattr, calls::list_extended_attributes},
    {SYS_fchmod, calls::change_attribute_of_descriptor}, {SYS_fchown, calls::change_attribute_of_descriptor},
    {SYS_ftruncate, calls::change_attribute_of_descriptor},
    {SYS_fgetxattr, calls::get_extended_attribute_of_descriptor},
    {SYS_flistxattr, calls::list_extended_attributes_of_descriptor},
    {SYS_read, calls::read}, {SYS_pread64, calls::pread}, {SYS_readv, calls::readv}, {SYS_preadv, calls::preadv},
    {SYS_preadv2, calls::preadv}, {SYS_write, calls::write}, {SYS_pwrite64, calls::pwrite},
    {SYS_writev, calls::writev}, {SYS_pwritev, calls::pwritev}, {SYS_pwritev2, calls::pwritev},
    {SYS_lseek, calls::lseek}, {SYS_ioctl, calls::ioctl}, {SYS_fallocate, calls::unsupported},
    {SYS_mmap, calls::no_device}, {SYS_copy_file_range, calls::not_between}, {SYS_splice, calls::not_between},
    {SYS_sendfile, calls::not_between},
    {SYS_dup, calls::dup}, {SYS_dup2, calls::dup2}, {SYS_dup3, calls::dup2}, {SYS_fcntl, calls::fcntl},
    {SYS_connect, calls::connect}, {SYS_sendto, calls::sendto}, {SYS_sendmsg, calls::sendmsg},
    {SYS_sendmmsg, calls::sendmmsg},
};
// clang-format on

constexpr int kHighestCall = 512;
constexpr std::array<Handler, kHighestCall> by_number() {
  std::array<Handler, kHighestCall> handlers{};
  for (const Row& row : kTable) handlers[static_cast<std::size_t>(row.call)] = row.handler;
  return handlers;
}
constexpr auto kHandlers = by_number();

}  // namespace

Handler handler_of(int call_number) {
  return call_number >= 0 && call_number < kHighestCall ? kHandlers[static_cast<std::size_t>(call_number)] : nullptr;
}

}  // namespace swtee::sandbox
