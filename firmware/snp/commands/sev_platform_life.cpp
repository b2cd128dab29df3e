// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/sev_storage.h"

#include <swtee/abi/sev/commands.h>

namespace swtee::snp::commands {
namespace {

struct NoBuffer {
  u8 none;
};

template <class Check, class Commit>
Status run_without_buffer(World& world, std::uint32_t id, Check check, Commit commit) {
  const NoBuffer none{};
  return run<NoBuffer>(world, id, bytes_of(none), check, commit);
}

Result<Unit, Status> nothing_to_check(const World&, const NoBuffer&) { return Unit{}; }

Result<Unit, Status> check_storage(const World& world, const NoBuffer&) {
  SWTEE_TRY(check_sev_storage(world));
  return Unit{};
}

Status commit_shutdown(World& world, Unit) noexcept {
  for (const auto& [handle, guest] : world.sev.guests) {
    if (!guest.asid.has_value()) continue;
    world.ports.memory.unload_key(*guest.asid);
    world.asids.release(*guest.asid);
    world.wbinvd_needed_after = world.ports.cpus.wbinvd_moment();
  }
  world.sev.guests.clear();
  world.sev.owner.reset();
  world.sev.es_enabled = false;
  world.sev.tmr.reset();
  return Status::success;
}

Status commit_reset(World& world, Unit) noexcept { return erase_sev_owner(world); }

Status commit_nop(World&, Unit) noexcept { return Status::success; }

Result<Unit, Status> check_status(const World&, const sev::PlatformStatusBuffer&) { return Unit{}; }

Status commit_status(World& world, Unit, sev::PlatformStatusBuffer& buffer) noexcept {
  buffer = {};
  buffer.api_major = world.current().version.major;
  buffer.api_minor = world.current().version.minor;
  buffer.state = static_cast<std::uint8_t>(world.sev.state());
  buffer.owner = world.sev.owner.has_value() && world.sev.owner->external ? 1 : 0;
  buffer.config = static_cast<std::uint16_t>(world.sev.es_enabled ? 1 : 0);
  buffer.build_id = world.current().version.build;
  buffer.guest_count = static_cast<std::uint32_t>(world.sev.guests.size());
  return Status::success;
}

}  // namespace

/// SHUTDOWN: takes the legacy platform back to UNINIT.  [SEV-API r0.24 §SHUTDOWN]
///
/// States    legacy platform INIT or WORKING -> UNINIT.
/// Effects   guests are destroyed and their ASIDs dirty until WBINVD and a flush; the owner stays stored.
Status sev_shutdown(World& world, std::uint32_t id, ByteView) {
  return run_without_buffer(world, id, nothing_to_check, commit_shutdown);
}

/// FACTORY_RESET: erases the owner.  [SEV-API r0.24 §PLATFORM_RESET]
///
/// States    legacy platform UNINIT.
/// Failures  INVALID_PAGE_STATE INIT_EX's area is no longer all Firmware while SNP is INIT; HWERROR_PLATFORM the storage failed.
/// Effects   the stored owner is gone; INIT_EX's area, if there was one since power-on, is blank. The next INIT makes a new owner.
Status sev_factory_reset(World& world, std::uint32_t id, ByteView) {
  return run_without_buffer(world, id, check_storage, commit_reset);
}

/// NOP: does nothing.  [SEV-API r0.24 §NOP]
///
/// States    any.
Status sev_nop(World& world, std::uint32_t id, ByteView) { return run_without_buffer(world, id, nothing_to_check, commit_nop); }

/// PLATFORM_STATUS: version, state, owner and guests of the legacy platform.  [SEV-API r0.24 §PLATFORM_STATUS]
///
/// States    any. The owner is told from INIT on.
/// Effects   writes the buffer.
Status sev_platform_status(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::PlatformStatusBuffer>(world, id, buffer, check_status, commit_status);
}

}  // namespace swtee::snp::commands
