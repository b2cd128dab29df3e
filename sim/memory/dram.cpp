// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/dram.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::memory {
bool Dram::contains(Spa at, std::uint64_t size) const { return at.value <= size_ && size <= size_ - at.value; }

Dram::Key Dram::key_of(const Access& access) const {
  if (!access.encrypted) return {};
  const auto renewed = renewals_.find(access.asid.value);
  return {access.asid, renewed == renewals_.end() ? 0 : renewed->second};
}

bool Dram::allowed(const Access& access, Direction direction, const RmpEntry& entry) const {
  const RmpState state = swtee_rmp_state_of(&entry);
  const bool guests = state == SWTEE_RMP_GUEST_VALID || state == SWTEE_RMP_GUEST_INVALID || state == SWTEE_RMP_PRE_SWAP;
  switch (access.agent) {
    case Access::Agent::psp:
      // Pages of legacy guests are nobody's in the reverse map.
      if (access.encrypted) return entry.asid == access.asid.value || entry.asid == 0;
      return direction == Direction::write || !guests;
    case Access::Agent::cpu: {
      if (access.asid.value == 0) break;  // the host's own view
      if (!access.encrypted) return !entry.assigned;
      const std::uint8_t needed = direction == Direction::read ? SWTEE_VMPL_READ : SWTEE_VMPL_WRITE;
      return state == SWTEE_RMP_GUEST_VALID && entry.asid == access.asid.value &&
             (entry.vmpl_permissions[access.vmpl & 3] & needed) != 0;
    }
    case Access::Agent::device: return !entry.assigned;
    case Access::Agent::host:
    case Access::Agent::bus: break;
  }
  // A host writes to what it owns only; it reads everything that is not a guest's.
  return direction == Direction::write ? !entry.assigned : !guests;
}

Result<void, MemoryFault> Dram::check(const Access& access, Direction direction, Spa at, std::uint64_t size) const {
  SWTEE_REQUIRE(contains(at, size), MemoryFault::out_of_range);
  for (std::uint64_t page = at.value & ~(kPageSize - 1); page < at.value + size; page += kPageSize) {
    const auto entry = rmp_.entry(Spa{page});
    SWTEE_REQUIRE(!entry.has_value() || allowed(access, direction, *entry), MemoryFault::rmp_violation);
  }
  return {};
}

const Dram::Page* Dram::find_page(Spa at) const {
  const Region* const region = regions_[at.value / kLargePageSize].get();
  if (region == nullptr) return nullptr;
  const std::uint64_t frame = at.value / kPageSize;
  const Slab* const slab = (*region)[frame / kPagesInSlab % kSlabsInRegion].get();
  return slab == nullptr ? nullptr : &(*slab)[frame % kPagesInSlab];
}

Dram::Page& Dram::make_page(Spa at) {
  auto& region = regions_[at.value / kLargePageSize];
  if (region == nullptr) region = std::make_unique<Region>();
  const std::uint64_t frame = at.value / kPageSize;
  auto& slab = (*region)[frame / kPagesInSlab % kSlabsInRegion];
  if (slab == nullptr) slab = std::make_unique<Slab>();
  return (*slab)[frame % kPagesInSlab];
}

Result<void, MemoryFault> Dram::read(const Access& access, Spa at, MutableBytes out) const {
  SWTEE_TRY(check(access, Direction::read, at, out.size()));
  const Key key = key_of(access);
  while (!out.empty()) {
    const std::size_t offset = at.value % kPageSize;
    const std::size_t count = std::min<std::size_t>(kPageSize - offset, out.size());
    const Page* const page = find_page(at);
    if (page == nullptr || page->key != key)
      std::fill_n(out.begin(), count, std::uint8_t{0});
    else
      std::copy_n(page->bytes.data() + offset, count, out.begin());
    out = out.subspan(count);
    at = at + count;
  }
  return {};
}

Result<void, MemoryFault> Dram::write(const Access& access, Spa at, ByteView data) {
  SWTEE_TRY(check(access, Direction::write, at, data.size()));
  const Key key = key_of(access);
  while (!data.empty()) {
    const std::size_t offset = at.value % kPageSize;
    const std::size_t count = std::min<std::size_t>(kPageSize - offset, data.size());
    Page& page = make_page(at);
    if (page.key != key && count < kPageSize) page.bytes.fill(0);
    page.key = key;
    std::copy_n(data.begin(), count, page.bytes.data() + offset);
    data = data.subspan(count);
    at = at + count;
  }
  return {};
}

}  // namespace swtee::memory
