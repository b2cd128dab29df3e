// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/policy.h>
#include "firmware/snp/commands/guest_states.h"

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa gctx;
  Asid asid;
};

Result<Plan, Status> check_binding(const World& world, std::uint64_t gctx_paddr, std::uint32_t asid_value) {
  const Spa gctx = SWTEE_TRY(guest_in_state(world, gctx_paddr, kActivateStates));
  const GuestContext& guest = *world.guest(gctx);
  const Asid asid{asid_value};
  SWTEE_REQUIRE(world.asids.valid(asid), Status::invalid_asid);
  SWTEE_REQUIRE(!guest.asid.has_value(), Status::active);
  SWTEE_REQUIRE(world.asids.use(asid) != AsidTable::Use::bound, Status::asid_owned);
  SWTEE_REQUIRE(world.asids.use(asid) != AsidTable::Use::dirty, Status::dfflush_required);
  SWTEE_REQUIRE(!policy::SingleSocket::get(guest.policy) || world.ports.cpus.sockets() == 1, Status::policy_failure);
  return Plan{gctx, asid};
}

Result<Plan, Status> check(const World& world, const SnpActivateBuffer& buffer) {
  return check_binding(world, buffer.gctx_paddr, buffer.asid);
}

Result<Plan, Status> check_ex(const World& world, const SnpActivateExBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(SnpActivateExBuffer), Status::invalid_len);
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  SWTEE_REQUIRE(buffer.num_ids != 0 && buffer.num_ids <= kPageSize / sizeof(le32), Status::invalid_param);
  SWTEE_TRY(memory_range(world, buffer.ids_paddr, std::uint64_t{buffer.num_ids} * sizeof(le32), sizeof(le32)));
  return check_binding(world, buffer.gctx_paddr, buffer.asid);
}

Status commit(World& world, Plan plan) noexcept {
  world.ports.memory.load_key(plan.asid, world.guest(plan.gctx)->vek.expose());
  world.asids.bind(plan.asid, plan.gctx);
  world.guest(plan.gctx)->asid = plan.asid;
  return Status::success;
}

}  // namespace

/// SNP_ACTIVATE: binds a guest to an ASID and loads its memory key.  [SNP-ABI r1.58 §SNP_ACTIVATE]
///
/// States    platform INIT; guest LAUNCH or RUNNING.
/// Failures  INVALID_ADDRESS, INVALID_GUEST, INVALID_GUEST_STATE; INVALID_ASID 0 or above the platform's; ACTIVE the guest
///           has an ASID; ASID_OWNED another guest has this one; DFFLUSH_REQUIRED it was released and not flushed;
///           POLICY_FAILURE the policy wants one socket and the platform has more.
/// Effects   the ASID is bound and has a new key: what an earlier guest left under it is lost.
Status snp_activate(World& world, std::uint32_t id, ByteView buffer) { return run<SnpActivateBuffer>(world, id, buffer, check, commit); }

/// SNP_ACTIVATE_EX: the same, for a list of core complexes.  [SNP-ABI r1.58 §SNP_ACTIVATE_EX]
///
/// Failures  INVALID_LEN the buffer's LENGTH is not 32; INVALID_PARAM reserved bytes, or no or too many APIC ids; then as
///           SNP_ACTIVATE. The model has one memory controller, so the list chooses nothing.
Status snp_activate_ex(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpActivateExBuffer>(world, id, buffer, check_ex, commit);
}

}  // namespace swtee::snp::commands
