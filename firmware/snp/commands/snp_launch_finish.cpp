// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/policy.h>
#include "firmware/snp/wire_ecdsa.h"

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa gctx;
  Bytes<32> host_data{};
  bool vcek_disabled = false;
  std::optional<IdBlock> id_block;
  Bytes<48> id_key_digest{};
  Bytes<48> author_key_digest{};
  bool author_key_enabled = false;
};

Checked check_id_auth(const IdAuthInfo& auth, const IdBlock& block, bool author) {
  SWTEE_REQUIRE(all_zero(auth.reserved_8h) && all_zero(auth.reserved_644h) && all_zero(auth.reserved_c84h), Status::invalid_param);
  SWTEE_REQUIRE(auth.id_key_algo == kKeyAlgoEcdsaP384, Status::invalid_param);
  SWTEE_REQUIRE(!author || auth.auth_key_algo == kKeyAlgoEcdsaP384, Status::invalid_param);
  const auto id_key = from_wire(auth.id_key);
  SWTEE_REQUIRE(id_key.ok() && verify(id_key.value(), bytes_of(block), auth.id_block_sig), Status::bad_signature);
  if (author) {
    const auto author_key = from_wire(auth.author_key);
    SWTEE_REQUIRE(author_key.ok() && verify(author_key.value(), bytes_of(auth.id_key), auth.id_key_sig), Status::bad_signature);
  }
  return {};
}

Result<Plan, Status> check(const World& world, const SnpLaunchFinishBuffer& buffer) {
  using namespace launch_finish_bits;
  SWTEE_REQUIRE((buffer.flags & kMustBeZero) == 0, Status::invalid_param);
  const bool id_block_en = IdBlockEn::get(buffer.flags);
  const bool auth_key_en = AuthKeyEn::get(buffer.flags);
  SWTEE_REQUIRE(id_block_en || !auth_key_en, Status::invalid_param);
  Plan plan;
  plan.gctx = SWTEE_TRY(guest_in_state(world, buffer.gctx_paddr, kLaunchState));
  const GuestContext& guest = *world.guest(plan.gctx);
  plan.host_data = buffer.host_data;
  plan.vcek_disabled = VcekDisabled::get(buffer.flags);
  if (!id_block_en) return plan;

  // Linux hands over the ID block from a small heap allocation, so only the structure must lie in memory.
  const Spa block_at = SWTEE_TRY(memory_range(world, buffer.id_block_paddr, sizeof(IdBlock), 1));
  const Spa auth_at = SWTEE_TRY(memory_range(world, buffer.id_auth_paddr, sizeof(IdAuthInfo), 1));
  const auto block = SWTEE_TRY(read_struct<IdBlock>(world, block_at));
  const auto auth = SWTEE_TRY(read_struct<IdAuthInfo>(world, auth_at));
  SWTEE_REQUIRE(block.version <= 1, Status::invalid_param);
  SWTEE_REQUIRE(block.ld == guest.launch_digest, Status::bad_measurement);
  SWTEE_REQUIRE(block.policy == guest.policy, Status::policy_failure);
  SWTEE_TRY(check_id_auth(auth, block, auth_key_en));
  plan.id_block = block;
  plan.id_key_digest = crypto::sha384(bytes_of(auth.id_key));
  plan.author_key_enabled = auth_key_en;
  if (auth_key_en) plan.author_key_digest = crypto::sha384(bytes_of(auth.author_key));
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  GuestContext& guest = *world.guest(plan.gctx);
  guest.host_data = plan.host_data;
  guest.vcek_disabled = plan.vcek_disabled;
  guest.id_block = plan.id_block;
  guest.id_key_digest = plan.id_key_digest;
  guest.author_key_digest = plan.author_key_digest;
  guest.author_key_enabled = plan.author_key_enabled;
  guest.transition(GuestState::launch, GuestState::running);
  return Status::success;
}

}  // namespace

/// SNP_LAUNCH_FINISH: seals the launch, binds the owner's identity and lets the guest run.
/// [SNP-ABI r1.58 §SNP_LAUNCH_FINISH]
///
/// States    platform INIT; guest LAUNCH -> RUNNING.
/// Failures  INVALID_PARAM reserved flags, or an author key without an ID block; INVALID_ADDRESS, INVALID_GUEST,
///           INVALID_GUEST_STATE. With an ID block, in this order: INVALID_PARAM its version is above 1; BAD_MEASUREMENT its
///           digest is not the guest's; POLICY_FAILURE its policy is not the guest's; INVALID_PARAM reserved bytes or another
///           algorithm in the ID authentication information; BAD_SIGNATURE a key or signature does not verify.
/// Effects   host data, identity and VCEK_DIS are part of every report from now on; no more pages are measured.
Status snp_launch_finish(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpLaunchFinishBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
