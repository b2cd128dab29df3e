// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

Result<Unit, Status> check(const World& world, const SnpShutdownExBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(SnpShutdownExBuffer), Status::invalid_len);
  SWTEE_REQUIRE((buffer.flags & shutdown_ex_bits::kMustBeZero) == 0, Status::invalid_param);
  SWTEE_REQUIRE(!world.asids.any_dirty(), Status::dfflush_required);
  return Unit{};
}

Status commit(World& world, Unit) noexcept {
  for (const auto& guest : world.guests) {
    if (guest.second->asid.has_value()) world.ports.memory.unload_key(*guest.second->asid);
    world.ports.rmp.set_entry(Spa{guest.first}, reclaim_entry());
  }
  world.ports.memory.hide_ciphertext(false);
  world.guests.clear();
  world.asids = world.asids.without_snp_guests(world.product().asids);
  world.config = {};
  world.init_options = {};
  world.vlek.reset();
  world.transition(PlatformState::init, PlatformState::uninit);
  return Status::success;
}

}  // namespace

/// SNP_SHUTDOWN_EX: ends all guests and takes the platform back to UNINIT.  [SNP-ABI r1.58 §SNP_SHUTDOWN_EX]
///
/// States    platform INIT -> UNINIT.
/// Failures  INVALID_LEN the buffer's LENGTH is not 8; INVALID_PARAM reserved bits; DFFLUSH_REQUIRED an ASID was given
///           back and not flushed.
/// Effects   context pages become Reclaim, so that the host can free them. The model has no IOMMU of its own, so
///           IOMMU_SNP_SHUTDOWN moves no pages.
/// DEVIATION: what becomes of guests that are alive is not published; they are destroyed.
Status snp_shutdown_ex(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpShutdownExBuffer>(world, id, buffer, check, commit);
}

/// SNP_SHUTDOWN: the older form without a buffer.  [SNP-ABI r1.58 §SNP_SHUTDOWN]
Status snp_shutdown(World& world, std::uint32_t id, ByteView) {
  SnpShutdownExBuffer buffer{};
  buffer.length = sizeof(buffer);
  return run<SnpShutdownExBuffer>(world, id, bytes_of(buffer), check, commit);
}

}  // namespace swtee::snp::commands
