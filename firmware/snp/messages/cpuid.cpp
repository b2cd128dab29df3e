// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/snp/cpuid_policy.h"
#include "firmware/snp/messages/messages.h"

namespace swtee::snp::messages {
namespace {
constexpr std::uint8_t kVersion = 1;
}

/// MSG_CPUID_REQ: checks CPUID values that the host gave the guest.  [SNP-ABI r1.58 §MSG_CPUID_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1, or a size that is not the whole table.
/// Statuses  INVALID_PARAM COUNT above 64 (no functions are answered), reserved bytes, or a value the CPU cannot have: the
///           response then holds the values that it can.
Result<MessageResponse, Status> cpuid(World& world, const MessageRequest& request) {
  SWTEE_REQUIRE(request.version == kVersion && request.payload.size() == sizeof(CpuidTable), Status::invalid_param);
  const auto body = from_bytes<CpuidTable>(request.payload);
  CpuidRsp response{};
  Status status = Status::success;
  if (body.count > kCpuidFunctionsMax || body.reserved_4h != 0 || body.reserved_8h != 0) {
    status = Status::invalid_param;
  } else {
    response.count = body.count;
    for (std::uint32_t i = 0; i < body.count; ++i) {
      response.functions[i] = allowed(world.product(), body.functions[i]);
      if (std::memcmp(&response.functions[i], &body.functions[i], sizeof(CpuidFunction)) != 0) status = Status::invalid_param;
    }
  }
  response.status = static_cast<std::uint32_t>(status);
  return MessageResponse::of(response, status);
}

}  // namespace swtee::snp::messages
