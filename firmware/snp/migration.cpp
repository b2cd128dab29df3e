// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/migration.h"

#include "firmware/contract/require.h"
#include "firmware/snp/guest_policy.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/policy.h>

#include <algorithm>

namespace swtee::snp {
namespace {

template <std::size_t N>
void expose_into(Bytes<N>& out, const crypto::Secret<N>& secret) {
  std::copy(secret.expose().begin(), secret.expose().end(), out.begin());
}

template <std::size_t N>
crypto::Secret<N> secret_of(const Bytes<N>& bytes) {
  return crypto::Secret<N>(std::span<const std::uint8_t, N>(bytes));
}

}  // namespace

Result<Spa, Status> bound_guest(const World& world, Spa agent, std::uint64_t raw_gctx) {
  const Spa gctx = without_c_bit(world, raw_gctx);
  const GuestContext* target = world.guest(gctx);
  SWTEE_REQUIRE(target != nullptr, Status::invalid_param);
  const bool bound = target->migration_agent == agent && target->report_id_ma == world.guest(agent)->report_id;
  SWTEE_REQUIRE(bound, Status::invalid_param);
  return gctx;
}

ExportedContext export_of(const GuestContext& guest, bool with_imi) {
  ExportedContext context{};
  context.ld = guest.launch_digest;
  expose_into(context.oek, guest.oek);
  for (std::size_t i = 0; i < guest.vmpck.size(); ++i) {
    expose_into(context.vmpck[i], guest.vmpck[i]);
    context.msg_count[i] = guest.message_count[i];
  }
  expose_into(context.vmrk, guest.vmrk);
  context.host_data = guest.host_data;
  context.id_key_digest = guest.id_key_digest;
  context.author_key_digest = guest.author_key_digest;
  context.report_id = guest.report_id;
  if (with_imi) context.imd = guest.imi_digest;
  context.root_md_entry = guest.root_md_entry;
  context.flags = exported_context_bits::AuthorKeyEn::set(guest.author_key_enabled) |
                  exported_context_bits::IdBlockEn::set(guest.id_block.has_value());
  context.policy = guest.policy;
  context.state = static_cast<std::uint8_t>(guest.state());
  context.oek_iv_count = guest.oek_iv_count;
  if (guest.id_block.has_value()) context.id_block = *guest.id_block;
  context.gosvw = guest.gosvw;
  return context;
}

Checked check_exported(const World& world, const ExportedContext& context) {
  using namespace exported_context_bits;
  SWTEE_REQUIRE((context.flags & kMustBeZero) == 0 && all_zero(context.reserved_231h) && all_zero(context.reserved_2b0h),
                Status::invalid_param);
  SWTEE_REQUIRE(context.state == static_cast<std::uint8_t>(GuestState::running), Status::invalid_param);
  if (IdBlockEn::get(context.flags)) {
    SWTEE_REQUIRE(context.id_block.policy == context.policy && context.id_block.ld == context.ld, Status::invalid_param);
  } else {
    SWTEE_REQUIRE(!AuthorKeyEn::get(context.flags) && all_zero(bytes_of(context.id_block)) && all_zero(context.id_key_digest),
                  Status::invalid_param);
  }
  SWTEE_REQUIRE(AuthorKeyEn::get(context.flags) || all_zero(context.author_key_digest), Status::invalid_param);
  SWTEE_REQUIRE(policy::MigrateMa::get(context.policy), Status::policy_failure);
  return check_policy(world, context.policy);
}

void restore(const World& world, GuestContext& guest, const ExportedContext& context) {
  guest.launch_digest = context.ld;
  guest.imi_digest = context.imd;
  guest.oek = secret_of(context.oek);
  for (std::size_t i = 0; i < guest.vmpck.size(); ++i) {
    guest.vmpck[i] = secret_of(context.vmpck[i]);
    guest.message_count[i] = context.msg_count[i];
  }
  guest.vmrk = secret_of(context.vmrk);
  guest.host_data = context.host_data;
  guest.id_key_digest = context.id_key_digest;
  guest.author_key_digest = context.author_key_digest;
  guest.report_id = context.report_id;
  guest.root_md_entry = context.root_md_entry;
  guest.author_key_enabled = exported_context_bits::AuthorKeyEn::get(context.flags);
  guest.id_block.reset();
  if (exported_context_bits::IdBlockEn::get(context.flags)) guest.id_block = context.id_block;
  guest.policy = context.policy;
  guest.oek_iv_count = context.oek_iv_count;
  guest.gosvw = context.gosvw;
  guest.launch_tcb = world.current().tcb;
  guest.launch_mit_vector = world.current().mit_vector;
  guest.imi_enabled = false;
  guest.desired_tsc_khz = 0;
  guest.vcek_disabled = false;
  if (guest.state() == GuestState::init) guest.transition(GuestState::init, GuestState::launch);
  if (guest.state() == GuestState::launch) guest.transition(GuestState::launch, GuestState::running);
}

}  // namespace swtee::snp
