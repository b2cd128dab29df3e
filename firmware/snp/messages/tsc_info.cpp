// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/snp/messages/messages.h"

namespace swtee::snp::messages {
namespace {

constexpr std::uint8_t kVersion = 1;
/// The TSC ratio is a fixed-point number with 32 fractional bits.
constexpr unsigned kRatioFraction = 32;

/// Ratio by which the guest's TSC runs against the platform's: 1 unless the host asked for another frequency.
std::uint64_t tsc_scale(const World& world, const GuestContext& guest) {
  const std::uint64_t platform_khz = std::uint64_t{world.settings.tsc_mhz} * 1000;
  const std::uint64_t wanted_khz = guest.desired_tsc_khz != 0 ? guest.desired_tsc_khz : platform_khz;
  return (wanted_khz << kRatioFraction) / platform_khz;
}

}  // namespace

/// MSG_TSC_INFO_REQ: scale and offset of the guest's TSC, for Secure TSC.  [SNP-ABI r1.58 §MSG_TSC_INFO_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1 or another size.
/// Statuses  INVALID_PARAM a request that is not all zero; UNSUPPORTED a product without Secure TSC.
Result<MessageResponse, Status> tsc_info(World& world, const MessageRequest& request) {
  SWTEE_REQUIRE(request.version == kVersion && request.payload.size() == kTscInfoReqSize, Status::invalid_param);
  TscInfoRsp response{};
  Status status = Status::success;
  if (!all_zero(request.payload)) {
    status = Status::invalid_param;
  } else if (!world.product().secure_tsc) {
    status = Status::unsupported;
  } else {
    response.guest_tsc_scale = tsc_scale(world, *world.guest(request.gctx));
    response.tsc_factor = world.settings.tsc_factor;
  }
  response.status = static_cast<std::uint32_t>(status);
  return MessageResponse::of(response, status);
}

}  // namespace swtee::snp::messages
