// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/contract/result.h"
#include "firmware/platform/address.h"

#include <swtee/abi/wire.h>

#include <optional>

namespace swtee {

/// Where the host's nested page table says that the touched page stands in the guest.
struct NestedMapping {
  Gpa gpa{};          ///< without C-bit
  bool large = false;  ///< mapped by a 2 MiB entry
};

/// Who touches memory, and under which key. One function behind this port decides what is allowed.
struct Access {
  enum class Agent { cpu, psp, device, host, bus };
  Agent agent = Agent::psp;
  Asid asid{};            ///< whose key, when `encrypted`; 0 with `encrypted` is the host's own key (SME)
  std::uint8_t vmpl = 0;  ///< of a cpu access
  bool encrypted = false; ///< C-bit set: the data is seen through the key of `asid`
  bool execute = false;   ///< a cpu's instruction fetch
  bool user = false;      ///< a cpu at CPL 3
  bool snp = true;        ///< the guest runs with SNP; false: SEV or SEV-ES, which the RMP does not protect
  /// Absent: the page is mapped where its RMP entry says, as an honest host does it.
  std::optional<NestedMapping> mapping{};

  static Access psp() { return {}; }
  /// The firmware reads or writes a guest's page through the guest's key.
  static Access psp_as_guest(Asid asid) { return {Agent::psp, asid, 0, true}; }
  static Access host() { return {Agent::host, {}, 0, false}; }
  /// A physical attacker at the DRAM bus: the bytes as they are in DRAM, of any page.
  static Access bus() { return {Agent::bus, {}, 0, false}; }
};

/// Why an access did not happen. `rmp_violation` is a page fault of the host's (error bit 31) or a nested page fault of a
/// guest's; `vmpl_violation` a nested page fault with bit 36; `not_validated` #VC 0x404 in the guest.
enum class MemoryFault { out_of_range, rmp_violation, vmpl_violation, not_validated };

/// Port: system memory. No pointer into it leaves the implementation; readers decide on their copy.
class PhysicalMemory {
 public:
  virtual ~PhysicalMemory() = default;
  /// True when all `size` bytes from `at` are DRAM that software may use: not the RMP. False on wrap-around.
  virtual bool contains(Spa at, std::uint64_t size) const = 0;
  /// Fails without effect on `out` when a byte lies outside DRAM or the access is not allowed. A page that was written
  /// through another key reads as what the engine makes of its ciphertext.
  virtual Result<void, MemoryFault> read(const Access& access, Spa at, MutableBytes out) const = 0;
  /// Fails without effect on memory when a byte lies outside DRAM or the access is not allowed.
  virtual Result<void, MemoryFault> write(const Access& access, Spa at, ByteView data) = 0;
  /// Loads an ASID's key slot: 64 bytes, the data key and the tweak key of 32 bytes each. With AES-128 the first 16 bytes
  /// of both count.
  virtual void load_key(Asid asid, ByteView key) = 0;
  /// Forgets an ASID's key. The slot then holds a key that nobody knows.
  virtual void unload_key(Asid asid) = 0;
  /// Ciphertext hiding: from now on the host reads constant bytes from pages that belong to guests.
  virtual void hide_ciphertext(bool on) = 0;
};

}  // namespace swtee
