// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/contract/result.h"
#include "firmware/platform/address.h"

#include <swtee/abi/wire.h>

namespace swtee {

/// Who touches memory, and under which key. One function behind this port decides what is allowed.
struct Access {
  enum class Agent { cpu, psp, device, host, bus };
  Agent agent = Agent::psp;
  Asid asid{};            ///< whose key, when `encrypted`
  std::uint8_t vmpl = 0;  ///< of a cpu access
  bool encrypted = false; ///< C-bit set: the data is seen through the key of `asid`

  static Access psp() { return {}; }
  /// The firmware reads or writes a guest's page through the guest's key.
  static Access psp_as_guest(Asid asid) { return {Agent::psp, asid, 0, true}; }
  static Access host() { return {Agent::host, {}, 0, false}; }
};

enum class MemoryFault { out_of_range, rmp_violation };

/// Port: system memory. No pointer into it leaves the implementation; readers decide on their copy.
class PhysicalMemory {
 public:
  virtual ~PhysicalMemory() = default;
  /// True when all `size` bytes from `at` are DRAM. False on wrap-around.
  virtual bool contains(Spa at, std::uint64_t size) const = 0;
  /// Fails without effect on `out` when a byte lies outside DRAM or the access is not allowed.
  virtual Result<void, MemoryFault> read(const Access& access, Spa at, MutableBytes out) const = 0;
  /// Fails without effect on memory when a byte lies outside DRAM or the access is not allowed.
  virtual Result<void, MemoryFault> write(const Access& access, Spa at, ByteView data) = 0;
  /// The ASID gets a new key. What was written through an earlier one cannot be read any more.
  virtual void renew_key(Asid asid) = 0;
};

}  // namespace swtee
