// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_state_hash.h"

#include <gtest/gtest.h>

#include <map>

namespace swtee::test {
namespace {

class Hash {
 public:
  Hash& number(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9e3779b97f4a7c15u;
    state_ ^= state_ >> 29;
    return *this;
  }
  Hash& bytes(ByteView data) {
    number(data.size());
    std::size_t at = 0;
    for (; at + 8 <= data.size(); at += 8) {
      std::uint64_t word;
      std::memcpy(&word, data.data() + at, 8);
      number(word);
    }
    for (; at < data.size(); ++at) number(data[at]);
    return *this;
  }
  template <WireStruct T>
  Hash& wire(const T& value) {
    return bytes(bytes_of(value));
  }
  Hash& tcb(const snp::Tcb& t) { return number(t.fmc).number(t.boot_loader).number(t.tee).number(t.snp).number(t.microcode); }
  Hash& version(const FirmwareVersion& v) { return number(v.major).number(v.minor).number(v.build); }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3u;
};

void add_guest(Hash& hash, const snp::GuestContext& guest) {
  hash.number(static_cast<std::uint64_t>(guest.state())).number(guest.asid.has_value() ? guest.asid->value : 0);
  hash.number(guest.policy).wire(guest.launch_digest).wire(guest.imi_digest).number(guest.imi_enabled);
  for (const auto& key : guest.vmpck) hash.bytes(key.expose());
  hash.bytes(guest.vmrk.expose()).wire(guest.report_id).wire(guest.report_id_ma);
  hash.bytes(guest.vek.expose()).bytes(guest.oek.expose()).number(guest.oek_iv_count).wire(guest.root_md_entry);
  hash.number(guest.migration_agent.has_value() ? guest.migration_agent->value + 1 : 0);
  hash.tcb(guest.launch_tcb).number(guest.launch_mit_vector).wire(guest.gosvw).number(guest.desired_tsc_khz);
  hash.wire(guest.host_data).number(guest.id_block.has_value());
  if (guest.id_block.has_value()) hash.wire(*guest.id_block);
  hash.wire(guest.id_key_digest).wire(guest.author_key_digest).number(guest.author_key_enabled).number(guest.vcek_disabled);
  for (const std::uint64_t count : guest.message_count) hash.number(count);
}

void add_sev(Hash& hash, const snp::SevPlatform& sev) {
  hash.number(static_cast<std::uint64_t>(sev.state())).number(sev.es_enabled);
  hash.number(sev.tmr.has_value() ? sev.tmr->value + 1 : 0).number(sev.nv_area.has_value() ? sev.nv_area->value + 1 : 0);
  hash.number(sev.next_handle).number(sev.guests.size());
  for (const auto& [handle, guest] : sev.guests) {
    hash.number(handle).number(static_cast<std::uint64_t>(guest.state)).number(guest.policy);
    hash.number(guest.asid.has_value() ? guest.asid->value : 0).bytes(guest.vek.expose()).bytes(guest.tek.expose()).bytes(guest.tik.expose());
    hash.bytes(guest.measured.state()).wire(guest.measurement);
  }
  if (!sev.owner.has_value()) return;
  const snp::SevOwner& owner = *sev.owner;
  hash.number(owner.external).bytes(owner.pek_seed.expose()).bytes(owner.pdh_seed.expose());
  hash.wire(owner.oca).wire(owner.pek).wire(owner.pdh);
}

void add_world(Hash& hash, const snp::World& world) {
  hash.number(static_cast<std::uint64_t>(world.state()));
  hash.version(world.permanent.committed_version).tcb(world.permanent.committed_tcb).tcb(world.reported_tcb);
  hash.version(world.current().version).tcb(world.current().tcb).number(world.current().report_version).number(world.current().mit_vector);
  hash.number(world.config.mask_chip_id).number(world.config.mask_chip_key);
  hash.number(world.init_options.rapl_disabled).number(world.init_options.ciphertext_hiding).number(world.init_options.max_snp_asid);
  hash.number(world.rmp_initialized).number(world.alias_check_complete).number(world.vlek.has_value());
  if (world.vlek.has_value()) hash.tcb(world.vlek->tcb()).bytes(world.vlek->links().expose());
  for (std::uint32_t asid = 1; world.asids.valid({asid}); ++asid)
    hash.number(static_cast<std::uint64_t>(world.asids.use({asid}))).number(world.asids.owner({asid}).value);
  hash.number(world.wbinvd_needed_after.has_value()).bytes(world.permanent.sev_owner);
  add_sev(hash, world.sev);
  std::map<std::uint64_t, const snp::GuestContext*> guests;
  for (const auto& [page, guest] : world.guests) guests[page] = guest.get();
  for (const auto& [page, guest] : guests) add_guest(hash.number(page), *guest);
}

void add_page(Hash& hash, SnpMachine& machine, Spa page) {
  const auto entry = machine.machine().rmp().entry(page);
  ASSERT_TRUE(entry.has_value());
  hash.number(entry->gpa).number(entry->asid);
  hash.number(entry->assigned | entry->validated << 1 | entry->immutable << 2 | entry->vmsa << 3 | entry->large << 4);
  hash.bytes(entry->vmpl_permissions);
  if (page == machine.command_page()) return;
  std::array<std::uint8_t, kPageSize> content{};
  // What the host put into a Pre-Guest page was not written through the guest's key.
  const bool through_key = entry->asid != 0 && swtee_rmp_state_of(&*entry) != SWTEE_RMP_PRE_GUEST;
  const Access access = through_key ? Access::psp_as_guest({entry->asid}) : Access::psp();
  ASSERT_TRUE(machine.machine().memory().read(access, page, content).ok());
  static constexpr std::array<std::uint8_t, kPageSize> kZeros{};
  if (std::memcmp(content.data(), kZeros.data(), kPageSize) != 0) hash.bytes(content);
}

}  // namespace

std::uint64_t state_hash(SnpMachine& machine) {
  Hash hash;
  add_world(hash, machine.world());
  hash.number(machine.nv.record.has_value());
  if (machine.nv.record.has_value()) hash.bytes(*machine.nv.record);
  hash.number(machine.entropy.draws);
  for (const std::uint64_t page : machine.touched()) add_page(hash.number(page), machine, Spa{page});
  return hash.value();
}

std::uint64_t world_hash(const snp::World& world) {
  Hash hash;
  add_world(hash, world);
  return hash.value();
}

}  // namespace swtee::test
