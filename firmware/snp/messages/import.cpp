// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/snp/messages/messages.h"
#include "firmware/snp/migration.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/policy.h>

namespace swtee::snp::messages {
namespace {

constexpr std::uint8_t kVersion = 1;

using Check = Result<Spa, Status> (*)(const World&, const MessageRequest&, const ImportReq&);

Checked check_form(const ImportReq& body) {
  SWTEE_REQUIRE(body.gctx_size == sizeof(ExportedContext) && body.gctx_version == kExportedContextVersion, Status::invalid_param);
  SWTEE_REQUIRE(all_zero(body.reserved_10h), Status::invalid_param);
  return {};
}

/// The guest that waits for the context was launched from the image that the travelling guest names, under its policy.
Checked check_absorber(const World& world, const GuestContext& target, const ExportedContext& context) {
  SWTEE_REQUIRE(target.imi_enabled, Status::invalid_param);
  SWTEE_TRY(check_exported(world, context));
  SWTEE_REQUIRE(context.policy == target.policy, Status::policy_failure);
  SWTEE_REQUIRE(context.imd == target.imi_digest, Status::bad_measurement);
  return {};
}

Result<Spa, Status> check_import(const World& world, const MessageRequest& request, const ImportReq& body) {
  SWTEE_TRY(check_form(body));
  const Spa gctx = without_c_bit(world, body.gctx_paddr);
  SWTEE_REQUIRE(world.guest(gctx) != nullptr, Status::invalid_param);
  SWTEE_REQUIRE(!world.guest(request.gctx)->migration_agent.has_value(), Status::invalid_param);
  SWTEE_REQUIRE(world.guest(gctx)->state() == GuestState::init, Status::invalid_guest_state);
  SWTEE_TRY(check_exported(world, body.gctx));
  return gctx;
}

Result<Spa, Status> check_absorb(const World& world, const MessageRequest& request, const ImportReq& body) {
  SWTEE_TRY(check_form(body));
  const Spa gctx = SWTEE_TRY(bound_guest(world, request.gctx, body.gctx_paddr));
  SWTEE_REQUIRE(world.guest(gctx)->state() == GuestState::launch, Status::invalid_guest_state);
  SWTEE_TRY(check_absorber(world, *world.guest(gctx), body.gctx));
  return gctx;
}

Result<Spa, Status> check_absorb_noma(const World& world, const MessageRequest& request, const ImportReq& body) {
  SWTEE_TRY(check_form(body));
  SWTEE_REQUIRE(body.gctx_paddr == 0, Status::invalid_param);
  const GuestContext& sender = *world.guest(request.gctx);
  SWTEE_REQUIRE(!sender.migration_agent.has_value(), Status::invalid_param);
  SWTEE_TRY(check_absorber(world, sender, body.gctx));
  return request.gctx;
}

Result<MessageResponse, Status> take_in(World& world, const MessageRequest& request, Check check) {
  SWTEE_REQUIRE(request.version == kVersion && request.payload.size() == sizeof(ImportReq), Status::invalid_param);
  auto body = from_bytes<ImportReq>(request.payload);
  const auto target = check(world, request, body);
  const Status status = target.ok() ? Status::success : target.error();
  if (target.ok()) {
    GuestContext& guest = *world.guest(target.value());
    if (guest.state() == GuestState::init) {
      guest.migration_agent = request.gctx;
      guest.report_id_ma = world.guest(request.gctx)->report_id;
    }
    restore(world, guest, body.gctx);
  }
  crypto::cleanse(mutable_bytes_of(body));
  StatusRsp response{};
  response.status = static_cast<std::uint32_t>(status);
  auto answer = MessageResponse::of(response, status);
  answer.counts = !(target.ok() && target.value() == request.gctx);
  return answer;
}

}  // namespace

/// MSG_IMPORT_REQ: a migration agent gives a new context the guest that it brings.  [SNP-ABI r1.58 §MSG_IMPORT_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1 or another size.
/// Statuses  INVALID_PARAM another context size than 300h or version than 2, reserved bytes, an address that is no guest's
///           context, a sender that is itself bound to an agent; INVALID_GUEST_STATE the context is not in INIT; what
///           `check_exported` says of the guest.
/// Effects   the context is the guest's, RUNNING and bound to the sender: its reports name the sender in REPORT_ID_MA. It has
///           no ASID and no pages yet: SNP_ACTIVATE and SNP_PAGE_SWAP_IN follow.
/// Why any guest may send it: nothing binds a context before it has a guest. Whoever trusts a migrated guest's report judges
/// the agent that REPORT_ID_MA names, as it vouches for all that was imported.
/// DEVIATION: statuses and their order, and what of the context is compared with itself, are ours.
Result<MessageResponse, Status> import_context(World& world, const MessageRequest& request) {
  return take_in(world, request, check_import);
}

/// MSG_ABSORB_REQ: a migration agent gives the guest that it brings to one that was launched from its initial migration
/// image (IMI).  [SNP-ABI r1.58 §MSG_ABSORB_REQ]
///
/// Command   as MSG_IMPORT_REQ.
/// Statuses  INVALID_PARAM size, version or reserved bytes as there, a guest that is not bound to the sender;
///           INVALID_GUEST_STATE it is not in LAUNCH; INVALID_PARAM it was launched without an IMI; what `check_exported` says;
///           POLICY_FAILURE the policies differ; BAD_MEASUREMENT the IMDs differ.
/// Effects   as MSG_IMPORT_REQ, and the ASID and the agent of the launch stay.
/// DEVIATION: as MSG_IMPORT_REQ.
Result<MessageResponse, Status> absorb_context(World& world, const MessageRequest& request) {
  return take_in(world, request, check_absorb);
}

/// MSG_ABSORB_NOMA_REQ: a guest without a migration agent, launched from an IMI, becomes the guest that its own software
/// received.  [SNP-ABI r1.58 §MSG_ABSORB_NOMA_REQ]
///
/// Command   as MSG_IMPORT_REQ.
/// Statuses  INVALID_PARAM size, version, reserved bytes, an address, a sender with an agent or without an IMI; what
///           `check_exported` says; POLICY_FAILURE the policies differ; BAD_MEASUREMENT the IMDs differ.
/// Effects   the sender's context is replaced: the answer still comes under the key that asked, then the VMPCKs and counters
///           are those that travelled.
/// DEVIATION: as MSG_IMPORT_REQ.
Result<MessageResponse, Status> absorb_context_noma(World& world, const MessageRequest& request) {
  return take_in(world, request, check_absorb_noma);
}

}  // namespace swtee::snp::messages
