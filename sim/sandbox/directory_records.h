// SPDX-License-Identifier: Apache-2.0
/// Directory entries in the forms of getdents and getdents64.
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <cstdint>
#include <span>
#include <vector>

namespace swtee::sandbox {

enum class RecordForm { linux_dirent, linux_dirent64 };

/// As many of `entries` from index `next` on as fit into `room` bytes; `next` moves behind them.
std::vector<std::byte> directory_records(std::span<const DirectoryEntry> entries, std::uint64_t& next, std::size_t room,
                                         RecordForm form);

}  // namespace swtee::sandbox
