// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"
#include "firmware/snp/guest_policy.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/policy.h>

#include <algorithm>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa gctx;
  std::uint64_t policy = 0;
  bool imi_enabled = false;
  std::uint32_t desired_tsc_khz = 0;
  Bytes<16> gosvw{};
  std::optional<Spa> migration_agent;
};

Result<Plan, Status> check(const World& world, const SnpLaunchStartBuffer& buffer) {
  using namespace launch_start_bits;
  SWTEE_REQUIRE((buffer.flags & kMustBeZero) == 0, Status::invalid_param);
  Plan plan;
  plan.gctx = SWTEE_TRY(guest_in_state(world, buffer.gctx_paddr, kInitState));
  SWTEE_TRY(check_policy(world, buffer.policy));
  plan.policy = buffer.policy;
  plan.imi_enabled = ImiEn::get(buffer.flags);
  plan.desired_tsc_khz = buffer.desired_tsc_khz;
  plan.gosvw = buffer.gosvw;
  if (MaEn::get(buffer.flags)) {
    SWTEE_REQUIRE(policy::MigrateMa::get(buffer.policy), Status::policy_failure);
    plan.migration_agent = SWTEE_TRY(guest_in_state(world, buffer.ma_gctx_paddr, kRunningState));
    SWTEE_REQUIRE(!world.guest(*plan.migration_agent)->migration_agent.has_value(), Status::invalid_param);
  }
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  GuestContext& guest = *world.guest(plan.gctx);
  guest.policy = plan.policy;
  guest.imi_enabled = plan.imi_enabled;
  guest.desired_tsc_khz = plan.desired_tsc_khz;
  guest.gosvw = plan.gosvw;
  guest.launch_digest = {};
  guest.imi_digest = {};
  guest.message_count = {};
  world.ports.entropy.fill("vek", guest.vek.fill());
  for (auto& key : guest.vmpck) world.ports.entropy.fill("vmpck", key.fill());
  world.ports.entropy.fill("vmrk", guest.vmrk.fill());
  world.ports.entropy.fill("oek", guest.oek.fill());
  guest.oek_iv_count = 0;
  guest.root_md_entry = {};
  world.ports.entropy.fill("report-id", guest.report_id);
  guest.migration_agent = plan.migration_agent;
  guest.report_id_ma.fill(0xff);
  if (plan.migration_agent.has_value()) guest.report_id_ma = world.guest(*plan.migration_agent)->report_id;
  guest.launch_tcb = world.current().tcb;
  guest.launch_mit_vector = world.current().mit_vector;
  guest.transition(GuestState::init, GuestState::launch);
  return Status::success;
}

}  // namespace

/// SNP_LAUNCH_START: begins the launch: policy, keys, empty digests.  [SNP-ABI r1.58 §SNP_LAUNCH_START]
///
/// States    platform INIT; guest INIT -> LAUNCH.
/// Failures  INVALID_PARAM reserved flags, or the agent is itself bound to an agent; INVALID_ADDRESS, INVALID_GUEST,
///           INVALID_GUEST_STATE the guest or its migration agent (which must be RUNNING); POLICY_FAILURE bit 17 is 0, a
///           reserved policy bit is set, or the platform is not what the policy demands.
/// Effects   fresh VEK, VMPCKs, VMRK, OEK and REPORT_ID; LAUNCH_TCB := current TCB; message counters and OEK_IV_COUNT 0; root
///           metadata entry free.
Status snp_launch_start(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpLaunchStartBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
