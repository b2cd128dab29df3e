// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Tcb reported;
  PlatformConfigState config;
};

Result<Plan, Status> check(const World& world, const SnpConfigBuffer& buffer) {
  SWTEE_REQUIRE((buffer.flags & config_bits::kMustBeZero) == 0 && all_zero(buffer.reserved_ch), Status::invalid_param);
  const TcbLayout layout = world.product().tcb_layout;
  SWTEE_REQUIRE((buffer.reported_tcb & reserved_bits(layout)) == 0, Status::invalid_param);
  const Tcb committed = world.permanent.committed_tcb;
  const Tcb wanted = buffer.reported_tcb == 0 ? committed : decode_tcb(buffer.reported_tcb, layout);
  SWTEE_REQUIRE(committed.covers(wanted), Status::invalid_param);
  return Plan{wanted, {config_bits::MaskChipId::get(buffer.flags), config_bits::MaskChipKey::get(buffer.flags)}};
}

Status commit(World& world, Plan plan) noexcept {
  world.config = plan.config;
  world.set_reported_tcb(plan.reported);
  return Status::success;
}

}  // namespace

/// SNP_CONFIG: sets the TCB that reports name, and what they hide.  [SNP-ABI r1.58 §SNP_CONFIG]
///
/// States    platform INIT.
/// Failures  INVALID_PARAM reserved bits, or REPORTED_TCB has a component above the committed TCB's.
/// Effects   reports are signed with the VCEK of the new REPORTED_TCB; if it changes, a loaded VLEK is dropped.
/// DEVIATION: REPORTED_TCB 0 means "the committed TCB again", and the values do not survive a cold start.
Status snp_config(World& world, std::uint32_t id, ByteView buffer) { return run<SnpConfigBuffer>(world, id, buffer, check, commit); }

}  // namespace swtee::snp::commands
