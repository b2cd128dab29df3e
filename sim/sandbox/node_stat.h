// SPDX-License-Identifier: Apache-2.0
/// A virtual node in the forms that the kernel shows.
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <sys/stat.h>

namespace swtee::sandbox {

/// The file system id of everything virtual: an anonymous device, major 0, as configfs and sysfs have.
inline constexpr std::uint32_t kVirtualDeviceMinor = 0xfe;

struct stat to_stat(const NodeStat& node);
struct statx to_statx(const struct stat& from);
unsigned char entry_type(NodeKind kind);

}  // namespace swtee::sandbox
