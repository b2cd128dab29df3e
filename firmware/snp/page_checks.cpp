// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/page_checks.h"

#include <algorithm>

namespace swtee::snp {

Spa without_c_bit(const World& world, std::uint64_t raw) {
  return {raw & ~(std::uint64_t{1} << world.product().c_bit)};
}

Result<Spa, Status> memory_range(const World& world, std::uint64_t raw, std::uint64_t size, std::uint64_t alignment) {
  const Spa at = without_c_bit(world, raw);
  SWTEE_REQUIRE(at.aligned(alignment), Status::invalid_address);
  SWTEE_REQUIRE(world.ports.memory.contains(at, size), Status::invalid_address);
  return at;
}

Result<Spa, Status> page_in_state(const World& world, std::uint64_t raw, std::initializer_list<RmpState> states) {
  const Spa page = SWTEE_TRY(memory_range(world, raw, kPageSize, kPageSize));
  const auto entry = world.ports.rmp.entry(page);
  SWTEE_REQUIRE(entry.has_value(), Status::invalid_page_state);
  const RmpState state = swtee_rmp_state_of(&*entry);
  for (RmpState allowed : states)
    if (state == allowed) return page;
  return Failure(Status::invalid_page_state);
}

Result<RmpEntry, Status> entry_in_state(const World& world, Spa page, std::initializer_list<RmpState> states, bool large, Asid owner) {
  const auto entry = world.ports.rmp.entry(page);
  SWTEE_REQUIRE(entry.has_value(), Status::invalid_page_state);
  const RmpState state = swtee_rmp_state_of(&*entry);
  SWTEE_REQUIRE(std::find(states.begin(), states.end(), state) != states.end(), Status::invalid_page_state);
  SWTEE_REQUIRE(entry->large == large, Status::invalid_page_size);
  SWTEE_REQUIRE(entry->asid == owner.value, Status::invalid_page_owner);
  return *entry;
}

Result<void, Status> host_pages(const World& world, Spa at, std::uint64_t size) {
  for (std::uint64_t offset = 0; offset < size; offset += kPageSize)
    SWTEE_TRY(page_in_state(world, at.value + offset, {SWTEE_RMP_HYPERVISOR, SWTEE_RMP_HV_FIXED, SWTEE_RMP_RECLAIM, SWTEE_RMP_FIRMWARE}));
  return {};
}

Result<Spa, Status> output_buffer(const World& world, std::uint64_t raw, std::uint64_t size, std::uint64_t alignment) {
  const Spa at = SWTEE_TRY(memory_range(world, raw, size, alignment));
  SWTEE_REQUIRE(at.value % kPageSize + size <= kPageSize, Status::invalid_address);
  if (world.state() == PlatformState::init) {
    const Spa page{at.value & ~(kPageSize - 1)};
    SWTEE_TRY(page_in_state(world, page.value, {SWTEE_RMP_FIRMWARE}));
  }
  return at;
}

Result<Spa, Status> output_range(const World& world, std::uint64_t raw, std::uint64_t size, std::uint64_t alignment) {
  const Spa at = SWTEE_TRY(memory_range(world, raw, size, alignment));
  if (world.state() == PlatformState::init)
    for (std::uint64_t page = at.value & ~(kPageSize - 1); page < at.value + size; page += kPageSize)
      SWTEE_TRY(page_in_state(world, page, {SWTEE_RMP_FIRMWARE}));
  return at;
}

Result<Spa, Status> guest_page(const World& world, std::uint64_t raw) {
  const Spa page = SWTEE_TRY(memory_range(world, raw, kPageSize, kPageSize));
  SWTEE_REQUIRE(world.guest(page) != nullptr, Status::invalid_guest);
  return page;
}

Result<Spa, Status> guest_in_state(const World& world, std::uint64_t raw, GuestStates states) {
  const Spa page = SWTEE_TRY(guest_page(world, raw));
  SWTEE_REQUIRE(states.contains(world.guest(page)->state()), Status::invalid_guest_state);
  return page;
}

Result<Spa, Status> active_guest(const World& world, std::uint64_t raw) {
  const Spa page = SWTEE_TRY(guest_in_state(world, raw, GuestStates::in(GuestState::launch, GuestState::running)));
  SWTEE_REQUIRE(world.guest(page)->asid.has_value(), Status::inactive);
  return page;
}

Result<void, Status> read_memory(const World& world, Spa at, MutableBytes out) {
  SWTEE_REQUIRE(world.ports.memory.read(Access::psp(), at, out).ok(), Status::invalid_address);
  return {};
}

Result<void, Status> read_guest_memory(const World& world, Asid asid, Spa at, MutableBytes out) {
  SWTEE_REQUIRE(world.ports.memory.read(Access::psp_as_guest(asid), at, out).ok(), Status::invalid_address);
  return {};
}

void write_memory(World& world, Spa at, ByteView data) {
  SWTEE_ASSERT(world.ports.memory.write(Access::psp(), at, data).ok());
}

void write_guest_memory(World& world, Asid asid, Spa at, ByteView data) {
  SWTEE_ASSERT(world.ports.memory.write(Access::psp_as_guest(asid), at, data).ok());
}

RmpEntry firmware_entry() {
  RmpEntry entry{};
  entry.assigned = true;
  entry.immutable = true;
  return entry;
}

RmpEntry context_entry() {
  RmpEntry entry = firmware_entry();
  entry.vmsa = true;
  return entry;
}

RmpEntry reclaim_entry() {
  RmpEntry entry{};
  entry.assigned = true;
  return entry;
}

RmpEntry metadata_entry(Spa gctx) {
  RmpEntry entry = firmware_entry();
  entry.gpa = gctx.value;
  return entry;
}

RmpEntry pre_guest_entry(const RmpEntry& guest_page) {
  RmpEntry entry = firmware_entry();
  entry.asid = guest_page.asid;
  entry.gpa = guest_page.gpa;
  entry.large = guest_page.large;
  entry.vmpl_permissions[0] = SWTEE_VMPL_ALL;
  return entry;
}

}  // namespace swtee::snp
