// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::guest::snp {

/// Port: the memory of the program that made a system call, by the program's own addresses. An address is a number
/// from the program and is never trusted.
class UserMemory {
 public:
  virtual ~UserMemory() = default;
  /// Copies all of `to.size()` bytes from `address`. False when any byte is not readable; `to` is then unspecified.
  virtual bool copy_in(std::uint64_t address, MutableBytes to) = 0;
  /// Copies all of `from` to `address`. False when any byte is not writable; some bytes may have been written.
  virtual bool copy_out(std::uint64_t address, ByteView from) = 0;
  /// The kernel's access_ok(): does the range lie below the end of user address space? It may still be unmapped.
  virtual bool in_user_range(std::uint64_t address, std::uint64_t size) const {
    constexpr std::uint64_t kUserEnd = 0x7ffffffff000;  // x86-64, four-level paging
    return size <= kUserEnd && address <= kUserEnd - size;
  }
};

}  // namespace swtee::guest::snp
