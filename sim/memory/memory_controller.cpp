// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/memory_controller.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::memory {
namespace {

/// What a host reads of a guest's page while ciphertext is hidden.
constexpr std::uint8_t kHiddenByte = 0xff;

std::unique_ptr<Dram> make_dram(const MemorySettings& settings) {
  if (settings.backing == Backing::plaintext_at_rest) return std::make_unique<PlaintextDram>(settings.size);
  return std::make_unique<CiphertextDram>(settings.size);
}

Spa page_of(Spa at) { return {at.value & ~(kPageSize - 1)}; }

bool guests(RmpState state) {
  return state == SWTEE_RMP_GUEST_VALID || state == SWTEE_RMP_GUEST_INVALID || state == SWTEE_RMP_PRE_SWAP;
}

swtee_guest_access guest_access(const Access& access, bool write, const RmpEntry& entry) {
  const NestedMapping mapping = access.mapping.value_or(NestedMapping{{entry.gpa}, entry.large});
  return {mapping.gpa.value, access.asid.value, access.vmpl, access.encrypted, write, access.execute, access.user, mapping.large};
}

}  // namespace

MemoryController::MemoryController(const MemorySettings& settings)
    : settings_(settings), dram_(make_dram(settings)), rmp_(*dram_, lines_, RmpLayout::at_top_of(settings.size, settings.segmented_rmp)) {}

bool MemoryController::contains(Spa at, std::uint64_t size) const {
  return at.value <= software_size() && size <= software_size() - at.value;
}

MemoryController::Verdict MemoryController::decide(const Access& access, Direction direction, Spa page) const {
  if (access.agent == Access::Agent::bus) return {};
  const bool write = direction == Direction::write;
  if (rmp_.holds(page, kPageSize)) return {!write, MemoryFault::rmp_violation};
  const auto entry = rmp_.entry(page);
  if (!entry.has_value()) return {};
  const bool guest_page = guests(swtee_rmp_state_of(&*entry));
  if (access.agent == Access::Agent::psp)
    return {!access.encrypted || entry->asid == 0 || entry->asid == access.asid.value, MemoryFault::rmp_violation};
  if (access.agent == Access::Agent::device) return {!entry->assigned, MemoryFault::rmp_violation};
  if (access.agent == Access::Agent::cpu && access.asid.value != 0 && access.snp) {
    const swtee_guest_access touched = guest_access(access, write, *entry);
    const swtee_guest_outcome outcome = swtee_guest_check(&*entry, &touched);
    if (outcome.event == SWTEE_GUEST_VC) return {false, MemoryFault::not_validated};
    const bool vmpl = (outcome.error & SWTEE_NPF_VMPL) != 0;
    return {outcome.event == SWTEE_GUEST_DONE, vmpl ? MemoryFault::vmpl_violation : MemoryFault::rmp_violation};
  }
  // The host, and guests without SNP: they write to pages that are nobody's, and read everything.
  return {!write || !entry->assigned, MemoryFault::rmp_violation, ciphertext_hidden_ && guest_page};
}

Result<void, MemoryFault> MemoryController::check(const Access& access, Direction direction, Spa at, std::uint64_t size) const {
  SWTEE_REQUIRE(at.value <= settings_.size && size <= settings_.size - at.value, MemoryFault::out_of_range);
  if (!access.mapping.has_value()) {
    for (Spa page = page_of(at); page.value < at.value + size; page = page + kPageSize) {
      const Verdict verdict = decide(access, direction, page);
      SWTEE_REQUIRE(verdict.allowed, verdict.fault);
    }
    return {};
  }
  Access of_page = access;
  for (Spa page = page_of(at); page.value < at.value + size; page = page + kPageSize) {
    const Verdict verdict = decide(of_page, direction, page);
    SWTEE_REQUIRE(verdict.allowed, verdict.fault);
    of_page.mapping->gpa.value = (of_page.mapping->gpa.value & ~(kPageSize - 1)) + kPageSize;
  }
  return {};
}

std::shared_ptr<const MemoryKey> MemoryController::empty_slot(Asid asid) const {
  auto& key = empty_slots_[asid.value];
  if (key == nullptr) {
    Bytes<64> material = reset_material_;
    for (std::size_t i = 0; i < 4; ++i) material[i] ^= static_cast<std::uint8_t>(asid.value >> (8 * i));
    key = std::make_shared<const MemoryKey>(material, settings_.key_size, next_serial_++);
  }
  return key;
}

Lens& MemoryController::lens_of(const Access& access) const {
  if (!access.encrypted || access.agent == Access::Agent::bus) return unkeyed_;
  if (keyed_asid_ != access.asid.value) {
    const auto slot = slots_.find(access.asid.value);
    keyed_.key = slot != slots_.end() ? slot->second : empty_slot(access.asid);
    keyed_asid_ = access.asid.value;
  }
  return keyed_;
}

Result<void, MemoryFault> MemoryController::read(const Access& access, Spa at, MutableBytes out) const {
  SWTEE_TRY(check(access, Direction::read, at, out.size()));
  Lens& lens = lens_of(access);
  while (!out.empty()) {
    const std::size_t count = std::min<std::size_t>(kPageSize - at.value % kPageSize, out.size());
    lens.page = page_of(at);
    if (ciphertext_hidden_ && decide(access, Direction::read, lens.page).hidden)
      std::fill_n(out.begin(), count, kHiddenByte);
    else
      dram_->read(lines_.cell_of(at), lens, out.first(count));
    out = out.subspan(count);
    at = at + count;
  }
  return {};
}

Result<void, MemoryFault> MemoryController::write(const Access& access, Spa at, ByteView data) {
  SWTEE_TRY(check(access, Direction::write, at, data.size()));
  Lens& lens = lens_of(access);
  while (!data.empty()) {
    const std::size_t count = std::min<std::size_t>(kPageSize - at.value % kPageSize, data.size());
    lens.page = page_of(at);
    dram_->write(lines_.cell_of(at), lens, data.first(count));
    data = data.subspan(count);
    at = at + count;
  }
  return {};
}

void MemoryController::load_key(Asid asid, ByteView key) {
  keyed_asid_.reset();
  slots_[asid.value] = std::make_shared<const MemoryKey>(key, settings_.key_size, next_serial_++);
}

void MemoryController::reset_keys(const Bytes<64>& material) {
  reset_material_ = material;
  keyed_asid_.reset();
  slots_.clear();
  empty_slots_.clear();
}

void MemoryController::unload_key(Asid asid) {
  keyed_asid_.reset();
  slots_.erase(asid.value);
}

}  // namespace swtee::memory
