// SPDX-License-Identifier: Apache-2.0
/// The BPF program that decides which system calls reach the supervisor.
///
/// Calls that name a path or an address always do, because a filter cannot read memory. Calls that name a descriptor do so
/// only for numbers in the *window*, a range near the top of RLIMIT_NOFILE where the supervisor places virtual descriptors.
/// Everything else runs at full speed. Foreign architectures, x32 and io_uring answer ENOSYS, so that nothing can go around.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace swtee::sandbox {

/// Descriptor numbers [first, last): the last of them is kept for the hand-over of the listener.
struct DescriptorWindow {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t handover() const { return last - 1; }
  bool contains(std::uint64_t fd) const { return (fd & 0xffffffffu) >= first && (fd & 0xffffffffu) < last; }
};

/// Small writes to standard output are always notified, so that `echo 9 > privlevel` fails as it would on the real file.
inline constexpr std::uint32_t kSmallWrite = 64;

/// A window below the limit of RLIMIT_NOFILE. The top is capped because the kernel's table grows with the highest number.
DescriptorWindow choose_window(std::uint64_t nofile_limit);

/// `device_requests` are ioctl numbers that are notified whatever the descriptor's number is.
std::vector<sock_filter> build_filter(const DescriptorWindow& window, const std::vector<std::uint32_t>& device_requests);

}  // namespace swtee::sandbox
