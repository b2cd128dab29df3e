// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/sev_guest_checks.h"

namespace swtee::snp {
namespace {

constexpr std::uint32_t kBlock = 16;
/// The model's bound on one command's memory; KVM sends runs of contiguous pages.
constexpr std::uint32_t kMost = 16 << 20;

}  // namespace

Result<const SevGuest*, Status> sev_guest_in(const World& world, std::uint32_t handle, SevGuestStates states) {
  const auto found = world.sev.guests.find(handle);
  SWTEE_REQUIRE(found != world.sev.guests.end(), Status::invalid_guest);
  SWTEE_REQUIRE(states.contains(found->second.state), Status::invalid_guest_state);
  return &found->second;
}

Result<Spa, Status> sev_guest_memory(const World& world, std::uint64_t raw, std::uint32_t length) {
  SWTEE_REQUIRE(length != 0 && length % kBlock == 0, Status::invalid_len);
  SWTEE_REQUIRE(length <= kMost, Status::resource_limit);
  return output_range(world, raw, length, kBlock);
}

}  // namespace swtee::snp
