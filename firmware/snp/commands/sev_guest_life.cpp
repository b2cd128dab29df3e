// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/sev_guest_checks.h"

namespace swtee::snp::commands {
namespace {

struct Binding {
  std::uint32_t handle;
  Asid asid;
};

Result<Binding, Status> check_binding(const World& world, std::uint32_t handle, std::uint32_t asid_value) {
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, handle, kAnySevGuest));
  const Asid asid{asid_value};
  SWTEE_REQUIRE(world.asids.valid(asid), Status::invalid_asid);
  SWTEE_REQUIRE(!guest.asid.has_value(), Status::active);
  SWTEE_REQUIRE(world.asids.use(asid) != AsidTable::Use::bound, Status::asid_owned);
  SWTEE_REQUIRE(world.asids.use(asid) != AsidTable::Use::dirty, Status::dfflush_required);
  return Binding{handle, asid};
}

Result<Binding, Status> check_activate(const World& world, const sev::ActivateBuffer& buffer) {
  return check_binding(world, buffer.handle, buffer.asid);
}

Result<Binding, Status> check_activate_ex(const World& world, const sev::ActivateExBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(sev::ActivateExBuffer), Status::invalid_len);
  SWTEE_REQUIRE(buffer.num_ids != 0 && buffer.num_ids <= kPageSize / sizeof(le32), Status::invalid_param);
  SWTEE_TRY(memory_range(world, buffer.ids_paddr, std::uint64_t{buffer.num_ids} * sizeof(le32), sizeof(le32)));
  return check_binding(world, buffer.handle, buffer.asid);
}

Status commit_activate(World& world, Binding binding) noexcept {
  world.ports.memory.load_key(binding.asid, world.sev.guests.at(binding.handle).vek.expose());
  world.asids.bind(binding.asid, AsidTable::kLegacyGuest);
  world.sev.guests.at(binding.handle).asid = binding.asid;
  return Status::success;
}

Result<std::uint32_t, Status> check_deactivate(const World& world, const sev::HandleBuffer& buffer) {
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, buffer.handle, kAnySevGuest));
  SWTEE_REQUIRE(guest.asid.has_value(), Status::inactive);
  return std::uint32_t{buffer.handle};
}

Status commit_deactivate(World& world, std::uint32_t handle) noexcept {
  SevGuest& guest = world.sev.guests.at(handle);
  world.ports.memory.unload_key(*guest.asid);
  world.asids.release(*guest.asid);
  guest.asid.reset();
  world.wbinvd_needed_after = world.ports.cpus.wbinvd_moment();
  return Status::success;
}

Result<std::uint32_t, Status> check_decommission(const World& world, const sev::HandleBuffer& buffer) {
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, buffer.handle, kAnySevGuest));
  SWTEE_REQUIRE(!guest.asid.has_value(), Status::active);
  return std::uint32_t{buffer.handle};
}

Status commit_decommission(World& world, std::uint32_t handle) noexcept {
  world.sev.guests.erase(handle);
  return Status::success;
}

Result<Unit, Status> check_status(const World& world, sev::GuestStatusBuffer& buffer) {
  SWTEE_TRY(sev_guest_in(world, buffer.handle, kAnySevGuest));
  return Unit{};
}

Status commit_status(World& world, Unit, sev::GuestStatusBuffer& buffer) noexcept {
  const SevGuest& guest = world.sev.guests.at(buffer.handle);
  buffer.policy = guest.policy;
  buffer.asid = guest.asid.has_value() ? guest.asid->value : 0;
  buffer.state = static_cast<std::uint8_t>(guest.state);
  return Status::success;
}

}  // namespace

/// ACTIVATE: binds a guest to an ASID and loads its memory key.  [SEV-API r0.24 §ACTIVATE]
///
/// States    legacy platform WORKING; any guest state.
/// Failures  INVALID_GUEST; INVALID_ASID 0 or above the platform's; ACTIVE the guest has an ASID; ASID_OWNED another guest, of SEV or
///           SNP, has this one; DFFLUSH_REQUIRED it was given back and not flushed.
/// Effects   the ASID is bound and its slot holds the guest's key: a guest that was deactivated finds its memory again.
Status sev_activate(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::ActivateBuffer>(world, id, buffer, check_activate, commit_activate);
}

/// ACTIVATE_EX: the same, for a list of core complexes, which chooses nothing in the model.  [SEV-API r0.24 §ACTIVATE_EX]
///
/// Failures  INVALID_LEN the buffer's LENGTH is not 18h; INVALID_PARAM no or too many APIC ids; INVALID_ADDRESS; then as ACTIVATE.
Status sev_activate_ex(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::ActivateExBuffer>(world, id, buffer, check_activate_ex, commit_activate);
}

/// DEACTIVATE: takes the guest's key out of the memory controller.  [SEV-API r0.24 §DEACTIVATE]
///
/// States    legacy platform WORKING; any guest state.
/// Failures  INVALID_GUEST; INACTIVE no ASID.
/// Effects   the ASID is dirty until WBINVD and DF_FLUSH.
Status sev_deactivate(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::HandleBuffer>(world, id, buffer, check_deactivate, commit_deactivate);
}

/// DECOMMISSION: destroys a guest and its keys.  [SEV-API r0.24 §DECOMMISSION]
///
/// States    legacy platform WORKING, -> INIT with the last guest; any guest state.
/// Failures  INVALID_GUEST; ACTIVE it has an ASID.
Status sev_decommission(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::HandleBuffer>(world, id, buffer, check_decommission, commit_decommission);
}

/// GUEST_STATUS: policy, ASID and state.  [SEV-API r0.24 §GUEST_STATUS]
///
/// States    legacy platform WORKING; any guest state.
/// Failures  INVALID_GUEST.
Status sev_guest_status(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::GuestStatusBuffer>(world, id, buffer, check_status, commit_status);
}

}  // namespace swtee::snp::commands
