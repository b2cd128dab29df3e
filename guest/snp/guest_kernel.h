// SPDX-License-Identifier: Apache-2.0
/// What differs between the Linux versions that a guest may run, as data.
#pragma once

#include <array>
#include <string_view>

namespace swtee::guest::snp {

struct GuestKernel {
  std::string_view version;  ///< as given to --guest-kernel
  /// /sys/kernel/config/tsm/report exists (Linux 6.7).
  bool configfs_tsm;
  /// manifestblob and service_* exist, shown at VMPL other than 0 (Linux 6.11).
  bool svsm_attributes;
  /// A wiped VMPCK answers ENOTTY before the ioctl number and the pointers are looked at, and nothing is copied back
  /// (until Linux 6.12).
  bool key_checked_first;
};

inline constexpr std::array kGuestKernels{
    GuestKernel{"6.1", false, false, true},
    GuestKernel{"6.12", true, true, true},
    GuestKernel{"6.16", true, true, false},
};

/// The version that a guest runs when nobody names one.
inline constexpr const GuestKernel& kDefaultGuestKernel = kGuestKernels[2];

/// The row of a version, or null when it is not one of kGuestKernels.
constexpr const GuestKernel* find_guest_kernel(std::string_view version) {
  for (const GuestKernel& row : kGuestKernels)
    if (row.version == version) return &row;
  return nullptr;
}

}  // namespace swtee::guest::snp
