// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/seccomp_filter.h"

#include "firmware/contract/require.h"
#include "sim/sandbox/kernel_interface.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <map>

namespace swtee::sandbox {
namespace {

/// When a call is worth a notification. Each kind is one block of code at the end of the program.
enum class When {
  always,
  fd0,             ///< argument 0 is in the window
  fd0_or_1,        ///< argument 0 or 1 is
  fd0_or_2,        ///< argument 0 or 2 is
  mapped_file,     ///< mmap of a descriptor in the window
  write,           ///< in the window, or a small write to standard output
  ioctl,           ///< in the window, or one of the device requests
  path_flags2,     ///< a path call with flags in argument 2; fstat in disguise (AT_EMPTY_PATH) only for the window
  path_flags3,     ///< the same with flags in argument 3
  send_to,         ///< an address is given
  send_message,    ///< anything but the hand-over descriptor
  refused,         ///< answers ENOSYS without asking
};

struct Rule {
  std::uint32_t call;
  When when;
};

// clang-format off
constexpr Rule kRules[] = {
    // paths
    {SYS_open, When::always}, {SYS_openat, When::always}, {SYS_openat2, When::always}, {SYS_creat, When::always},
    {SYS_stat, When::always}, {SYS_lstat, When::always}, {SYS_newfstatat, When::path_flags3},
    {SYS_statx, When::path_flags2}, {SYS_access, When::always}, {SYS_faccessat, When::always},
    {SYS_faccessat2, When::always}, {SYS_readlink, When::always}, {SYS_readlinkat, When::always},
    {SYS_mkdir, When::always}, {SYS_mkdirat, When::always}, {SYS_rmdir, When::always}, {SYS_unlink, When::always},
    {SYS_unlinkat, When::always}, {SYS_chdir, When::always}, {SYS_fchdir, When::always}, {SYS_getcwd, When::always},
    {SYS_chmod, When::always}, {SYS_fchmodat, When::always}, {SYS_chown, When::always}, {SYS_lchown, When::always},
    {SYS_fchownat, When::always}, {SYS_utimensat, When::always}, {SYS_truncate, When::always},
    {SYS_statfs, When::always}, {SYS_getxattr, When::always}, {SYS_lgetxattr, When::always},
    {SYS_listxattr, When::always}, {SYS_llistxattr, When::always},
    // descriptors
    {SYS_read, When::fd0}, {SYS_pread64, When::fd0}, {SYS_readv, When::fd0}, {SYS_preadv, When::fd0},
    {SYS_preadv2, When::fd0}, {SYS_write, When::write}, {SYS_pwrite64, When::fd0}, {SYS_writev, When::fd0},
    {SYS_pwritev, When::fd0}, {SYS_pwritev2, When::fd0}, {SYS_lseek, When::fd0}, {SYS_fstat, When::fd0},
    {SYS_fstatfs, When::fd0}, {SYS_ftruncate, When::fd0}, {SYS_fallocate, When::fd0}, {SYS_fgetxattr, When::fd0},
    {SYS_flistxattr, When::fd0}, {SYS_fchmod, When::fd0}, {SYS_fchown, When::fd0},
    {SYS_dup, When::fd0}, {SYS_dup2, When::fd0}, {SYS_dup3, When::fd0},
    {SYS_fcntl, When::fd0}, {SYS_ioctl, When::ioctl}, {SYS_mmap, When::mapped_file},
    {SYS_copy_file_range, When::fd0_or_2}, {SYS_splice, When::fd0_or_2}, {SYS_sendfile, When::fd0_or_1},
    {SYS_getdents, When::always}, {SYS_getdents64, When::always},
    // network
    {SYS_connect, When::always}, {SYS_sendto, When::send_to}, {SYS_sendmsg, When::send_message},
    {SYS_sendmmsg, When::always},
    // ways around
    {SYS_io_uring_setup, When::refused},
};
// clang-format on

constexpr std::uint32_t kNotify = SECCOMP_RET_USER_NOTIF;
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kNoSuchCall = SECCOMP_RET_ERRNO | ENOSYS;

constexpr std::uint32_t low_half(unsigned argument) { return 16 + 8 * argument; }
constexpr std::uint32_t high_half(unsigned argument) { return 20 + 8 * argument; }

/// Emits instructions; jumps over more than a few of them go through BPF_JA, whose offset has 32 bits.
class Assembler {
 public:
  void load(std::uint32_t offset) { emit(BPF_LD | BPF_W | BPF_ABS, offset); }
  void answer(std::uint32_t action) { emit(BPF_RET | BPF_K, action); }
  /// Answers `action` when the comparison holds, else goes on.
  void answer_if(std::uint16_t comparison, std::uint32_t value, std::uint32_t action) {
    emit(static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), value, 0, 1);
    answer(action);
  }
  /// Answers `action` unless the comparison holds.
  void answer_unless(std::uint16_t comparison, std::uint32_t value, std::uint32_t action) {
    emit(static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), value, 1, 0);
    answer(action);
  }
  /// Skips `count` following instructions unless the comparison holds.
  void skip_unless(std::uint16_t comparison, std::uint32_t value, std::uint8_t count) {
    emit(static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), value, 0, count);
  }
  std::size_t jump() {
    emit(BPF_JMP | BPF_JA, 0);
    return code_.size() - 1;
  }
  void land(std::size_t jump_index) {
    code_[jump_index].k = static_cast<std::uint32_t>(code_.size() - jump_index - 1);
  }
  std::vector<sock_filter> take() && { return std::move(code_); }

 private:
  void emit(std::uint16_t code, std::uint32_t k, std::uint8_t jt = 0, std::uint8_t jf = 0) {
    code_.push_back({code, jt, jf, k});
  }
  std::vector<sock_filter> code_;
};

class FilterBuilder {
 public:
  FilterBuilder(const DescriptorWindow& window, const std::vector<std::uint32_t>& requests)
      : window_(window), requests_(requests) {}

  std::vector<sock_filter> build() && {
    std::vector<Rule> rules(std::begin(kRules), std::end(kRules));
    std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.call < b.call; });
    out_.load(offsetof(seccomp_data, arch));
    out_.answer_unless(BPF_JEQ, kNativeArchitecture, kNoSuchCall);
    out_.load(offsetof(seccomp_data, nr));
    out_.answer_if(BPF_JGE, kForeignCallNumbers, kNoSuchCall);
    search(rules.data(), rules.data() + rules.size());
    for (const auto& [when, jumps] : pending_) {
      for (std::size_t from : jumps) out_.land(from);
      block(when);
    }
    return std::move(out_).take();
  }

 private:
  /// A search tree over the call numbers: a linear list would cost every call of the program about sixty comparisons.
  void search(const Rule* first, const Rule* last) {
    if (last - first == 1) {
      out_.skip_unless(BPF_JEQ, first->call, 1);
      pending_[first->when].push_back(out_.jump());
      out_.answer(kAllow);
      return;
    }
    const Rule* middle = first + (last - first) / 2;
    out_.skip_unless(BPF_JGE, middle->call, 1);
    std::size_t right = out_.jump();
    search(first, middle);
    out_.land(right);
    search(middle, last);
  }

  /// Notifies when the argument is in the window, else goes on.
  void window_test(unsigned argument) {
    out_.load(low_half(argument));
    out_.skip_unless(BPF_JGE, window_.first, 2);
    out_.answer_unless(BPF_JGE, window_.last, kNotify);
  }

  void path_call(unsigned flags_argument) {
    out_.load(low_half(flags_argument));
    out_.answer_unless(BPF_JSET, AT_EMPTY_PATH, kNotify);
    window_test(0);
    out_.answer_if(BPF_JEQ, static_cast<std::uint32_t>(AT_FDCWD), kNotify);
    out_.answer(kAllow);
  }

  void block(When when) {
    switch (when) {
      case When::always: return out_.answer(kNotify);
      case When::refused: return out_.answer(kNoSuchCall);
      case When::fd0: window_test(0); break;
      case When::fd0_or_1: window_test(0); window_test(1); break;
      case When::fd0_or_2: window_test(0); window_test(2); break;
      case When::mapped_file:
        out_.load(low_half(3));
        out_.answer_if(BPF_JSET, MAP_ANONYMOUS, kAllow);
        window_test(4);
        break;
      case When::write:
        window_test(0);
        out_.load(low_half(0));
        out_.answer_unless(BPF_JEQ, 1, kAllow);
        out_.load(high_half(2));
        out_.answer_unless(BPF_JEQ, 0, kAllow);
        out_.load(low_half(2));
        out_.answer_if(BPF_JGT, kSmallWrite, kAllow);
        return out_.answer(kNotify);
      case When::ioctl:
        window_test(0);
        out_.load(low_half(1));
        for (std::uint32_t request : requests_) out_.answer_if(BPF_JEQ, request, kNotify);
        break;
      case When::path_flags2: return path_call(2);
      case When::path_flags3: return path_call(3);
      case When::send_to:
        out_.load(low_half(4));
        out_.answer_unless(BPF_JEQ, 0, kNotify);
        out_.load(high_half(4));
        out_.answer_unless(BPF_JEQ, 0, kNotify);
        break;
      case When::send_message:
        out_.load(low_half(0));
        out_.answer_unless(BPF_JEQ, window_.handover(), kNotify);
        break;
    }
    out_.answer(kAllow);
  }

  DescriptorWindow window_;
  const std::vector<std::uint32_t>& requests_;
  Assembler out_;
  std::map<When, std::vector<std::size_t>> pending_;
};

}  // namespace

DescriptorWindow choose_window(std::uint64_t nofile_limit) {
  constexpr std::uint64_t kHighest = 8192;
  constexpr std::uint64_t kSize = 256;
  const std::uint64_t last = std::min(nofile_limit, kHighest);
  const std::uint64_t size = std::min(kSize, last / 4);
  return {static_cast<std::uint32_t>(last - size), static_cast<std::uint32_t>(last)};
}

std::vector<sock_filter> build_filter(const DescriptorWindow& window, const std::vector<std::uint32_t>& device_requests) {
  SWTEE_ASSERT(window.first < window.last);
  return FilterBuilder(window, device_requests).build();
}

}  // namespace swtee::sandbox
