// SPDX-License-Identifier: Apache-2.0
/// The checks that commands share: addresses, page states, guests. Each names the status it fails with.
#pragma once

#include "firmware/snp/command.h"

#include <initializer_list>

namespace swtee::snp {

/// An address from a command buffer without the host's C-bit, which Linux leaves set.
Spa without_c_bit(const World& world, std::uint64_t raw);

/// INVALID_ADDRESS unless the range is aligned and all of it is DRAM.
Result<Spa, Status> memory_range(const World& world, std::uint64_t raw, std::uint64_t size, std::uint64_t alignment);

/// INVALID_ADDRESS as above for one 4 KiB page, and INVALID_PAGE_STATE unless the RMP has it in one of the states.
Result<Spa, Status> page_in_state(const World& world, std::uint64_t raw, std::initializer_list<RmpState> states);

/// The entry of a page that a command is about, of 4 KiB or 2 MiB; the address was checked. INVALID_PAGE_STATE unless the RMP
/// has it in one of the states, INVALID_PAGE_SIZE unless in this size, INVALID_PAGE_OWNER unless under this ASID.
Result<RmpEntry, Status> entry_in_state(const World& world, Spa page, std::initializer_list<RmpState> states, bool large, Asid owner);

/// INVALID_PAGE_STATE unless each page of the range, which was checked, is one that the host can fill: Hypervisor, HV-Fixed,
/// Reclaim or Firmware.
Result<void, Status> host_pages(const World& world, Spa at, std::uint64_t size);

/// A buffer the firmware writes an answer to: within one page, which must be in state Firmware once SNP is INIT
/// (INVALID_PAGE_STATE); the host's page before that. INVALID_ADDRESS as above.
Result<Spa, Status> output_buffer(const World& world, std::uint64_t raw, std::uint64_t size, std::uint64_t alignment);

/// A range the firmware writes to for a legacy command: as `output_buffer`, of any length.
Result<Spa, Status> output_range(const World& world, std::uint64_t raw, std::uint64_t size, std::uint64_t alignment);

/// The guest whose context page this is. INVALID_ADDRESS as above, INVALID_GUEST when the page is no context page.
Result<Spa, Status> guest_page(const World& world, std::uint64_t raw);

/// `guest_page`, and INVALID_GUEST_STATE unless the guest is in one of the states.
Result<Spa, Status> guest_in_state(const World& world, std::uint64_t raw, GuestStates states);

/// `guest_in_state` for LAUNCH and RUNNING, and INACTIVE unless the guest has an ASID.
Result<Spa, Status> active_guest(const World& world, std::uint64_t raw);

/// Reads memory as the firmware does. The range was checked; INVALID_ADDRESS when memory refuses all the same.
Result<void, Status> read_memory(const World& world, Spa at, MutableBytes out);
/// The same through a guest's key.
Result<void, Status> read_guest_memory(const World& world, Asid asid, Spa at, MutableBytes out);

template <WireStruct T>
Result<T, Status> read_struct(const World& world, Spa at) {
  T value{};
  SWTEE_TRY(read_memory(world, at, mutable_bytes_of(value)));
  return value;
}

/// Writes to a range that was checked. Memory cannot refuse the firmware there.
void write_memory(World& world, Spa at, ByteView data);
void write_guest_memory(World& world, Asid asid, Spa at, ByteView data);

/// Entries of page states that only the firmware makes.
RmpEntry firmware_entry();
RmpEntry context_entry();
RmpEntry reclaim_entry();
RmpEntry metadata_entry(Spa gctx);
/// A guest's page without content of its guest, at the same GPA and of the same size.
RmpEntry pre_guest_entry(const RmpEntry& guest_page);

}  // namespace swtee::snp
