// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/snp/messages/messages.h"
#include "firmware/snp/migration.h"

namespace swtee::snp::messages {
namespace {

constexpr std::uint8_t kVersion = 1;

Result<Spa, Status> check(const World& world, const MessageRequest& request, const VmrkReq& body) {
  SWTEE_REQUIRE(all_zero(body.reserved_8h), Status::invalid_param);
  const Spa gctx = SWTEE_TRY(bound_guest(world, request.gctx, body.gctx_paddr));
  SWTEE_REQUIRE(world.guest(gctx)->state() != GuestState::init, Status::invalid_guest_state);
  return gctx;
}

}  // namespace

/// MSG_VMRK_REQ: a migration agent sets the VM root key of a guest that is bound to it.  [SNP-ABI r1.58 §MSG_VMRK_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1 or another size.
/// Statuses  INVALID_PARAM reserved bytes, an address that is no guest's context, a guest bound to another agent or to
///           none; INVALID_GUEST_STATE its launch has not begun.
/// Effects   keys that the guest derives from its VMRK follow the new one.
Result<MessageResponse, Status> vmrk(World& world, const MessageRequest& request) {
  SWTEE_REQUIRE(request.version == kVersion && request.payload.size() == sizeof(VmrkReq), Status::invalid_param);
  const auto body = from_bytes<VmrkReq>(request.payload);
  const auto target = check(world, request, body);
  const Status status = target.ok() ? Status::success : target.error();
  if (target.ok()) world.guest(target.value())->vmrk = crypto::Secret<32>(std::span<const std::uint8_t, 32>(body.vmrk));
  StatusRsp response{};
  response.status = static_cast<std::uint32_t>(status);
  return MessageResponse::of(response, status);
}

}  // namespace swtee::snp::messages
