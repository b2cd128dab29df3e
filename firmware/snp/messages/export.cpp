// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/snp/messages/messages.h"
#include "firmware/snp/migration.h"

namespace swtee::snp::messages {
namespace {

constexpr std::uint8_t kVersion = 1;

Result<Spa, Status> check(const World& world, const MessageRequest& request, const ExportReq& body) {
  SWTEE_REQUIRE((body.flags & export_req_bits::kMustBeZero) == 0 && body.reserved_ch == 0, Status::invalid_param);
  const Spa gctx = SWTEE_TRY(bound_guest(world, request.gctx, body.gctx_paddr));
  const GuestContext& target = *world.guest(gctx);
  SWTEE_REQUIRE(target.state() == GuestState::running, Status::invalid_guest_state);
  SWTEE_REQUIRE(!export_req_bits::ImiEn::get(body.flags) || target.imi_enabled, Status::invalid_param);
  return gctx;
}

}  // namespace

/// MSG_EXPORT_REQ: hands a migration agent the context of a guest that is bound to it.  [SNP-ABI r1.58 §MSG_EXPORT_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1 or another size.
/// Statuses  INVALID_PARAM reserved bytes, an address that is no guest's context, a guest bound to another agent or to
///           none, IMI_EN for a guest that was launched without an IMI; INVALID_GUEST_STATE it is not RUNNING. All else of
///           the answer is zero then.
/// Effects   none: the agent gets a copy, keys included.
/// DEVIATION: what becomes of the source is not published. It stays; its agent must not let both copies live.
Result<MessageResponse, Status> export_context(World& world, const MessageRequest& request) {
  SWTEE_REQUIRE(request.version == kVersion && request.payload.size() == sizeof(ExportReq), Status::invalid_param);
  const auto body = from_bytes<ExportReq>(request.payload);
  const auto target = check(world, request, body);
  const Status status = target.ok() ? Status::success : target.error();
  ExportRsp response{};
  response.status = static_cast<std::uint32_t>(status);
  if (target.ok()) {
    response.gctx_size = sizeof(ExportedContext);
    response.gctx_version = kExportedContextVersion;
    response.gctx = export_of(*world.guest(target.value()), export_req_bits::ImiEn::get(body.flags));
  }
  auto answer = MessageResponse::of(response, status);
  crypto::cleanse(mutable_bytes_of(response));
  return answer;
}

}  // namespace swtee::snp::messages
