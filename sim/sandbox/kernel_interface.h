// SPDX-License-Identifier: Apache-2.0
/// What of the kernel's interface depends on the architecture or is younger than the C library's headers.
/// The only place that names an architecture: a port adds its branch here and its call numbers in seccomp_filter.cpp.
#pragma once

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cstdint>

namespace swtee::sandbox {

#if defined(__x86_64__)
inline constexpr std::uint32_t kNativeArchitecture = AUDIT_ARCH_X86_64;
/// Call numbers from here on belong to the x32 ABI, whose pointers the handlers do not understand.
inline constexpr std::uint32_t kForeignCallNumbers = 0x40000000;
inline constexpr bool kSandboxSupported = true;
#else
inline constexpr std::uint32_t kNativeArchitecture = 0;
inline constexpr std::uint32_t kForeignCallNumbers = 0xffffffff;
inline constexpr bool kSandboxSupported = false;
#endif

/// Wakes the supervisor on the caller's CPU (Linux 6.6). [Linux include/uapi/linux/seccomp.h]
inline constexpr unsigned long kNotifSetFlags = SECCOMP_IOW(4, std::uint64_t);
inline constexpr std::uint64_t kNotifSyncWakeUp = 1;

}  // namespace swtee::sandbox
