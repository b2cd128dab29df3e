// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/snp/attestation.h"
#include "firmware/snp/messages/messages.h"

namespace swtee::snp::messages {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint32_t kReservedFlags = ~std::uint32_t{3};

Result<EndorsementKey, Status> check(const World& world, const MessageRequest& request, const ReportReq& body) {
  SWTEE_REQUIRE((body.flags & kReservedFlags) == 0 && all_zero(body.reserved_48h), Status::invalid_param);
  SWTEE_REQUIRE(body.vmpl >= request.vmpck && body.vmpl <= 3, Status::invalid_param);
  return select_key(world, *world.guest(request.gctx), static_cast<KeySelect>(ReportKeySelect::get(body.flags)));
}

}  // namespace

/// MSG_REPORT_REQ: an attestation report with the guest's data in it.  [SNP-ABI r1.58 §MSG_REPORT_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1 or another size.
/// Statuses  INVALID_PARAM reserved bytes, KEY_SEL 3, a VMPL above 3 or more privileged than the key that sealed the
///           request; INVALID_KEY the chosen key cannot be used. The report is then all zero.
Result<MessageResponse, Status> report(World& world, const MessageRequest& request) {
  SWTEE_REQUIRE(request.version == kVersion && request.payload.size() == sizeof(ReportReq), Status::invalid_param);
  const auto body = from_bytes<ReportReq>(request.payload);
  ReportRsp response{};
  const auto key = check(world, request, body);
  if (!key.ok()) {
    response.status = static_cast<std::uint32_t>(key.error());
    return MessageResponse::of(response, key.error());
  }
  response.report_size = sizeof(AttestationReport);
  response.report = attest(world, *world.guest(request.gctx), key.value(), body.vmpl, body.report_data);
  return MessageResponse::of(response, Status::success);
}

}  // namespace swtee::snp::messages
