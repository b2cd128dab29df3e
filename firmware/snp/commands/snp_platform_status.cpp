// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa at;
};

Spa page_of(Spa at) { return {at.value & ~(kPageSize - 1)}; }

Result<Plan, Status> check(const World& world, const SnpPlatformStatusBuffer& buffer) {
  const Spa at = SWTEE_TRY(output_buffer(world, buffer.status_paddr, sizeof(PlatformStatus), 8));
  // The page changes its state, and a 2 MiB entry cannot do so for one of its pages.
  if (world.state() == PlatformState::init)
    SWTEE_REQUIRE(!world.ports.rmp.entry(page_of(at))->large, Status::invalid_page_size);
  return Plan{at};
}

PlatformStatus status_of(const World& world) {
  using namespace platform_status_bits;
  PlatformStatus status{};
  status.api_major = world.current().version.major;
  status.api_minor = world.current().version.minor;
  status.state = static_cast<std::uint8_t>(world.state());
  status.rmp = static_cast<std::uint8_t>(IsRmpInit::set(world.rmp_initialized) | AliasCheckComplete::set(world.alias_check_complete));
  status.build_id = world.current().version.build;
  status.flags = static_cast<std::uint32_t>(
      MaskChipId::set(world.config.mask_chip_id) | MaskChipKey::set(world.config.mask_chip_key) |
      VlekEn::set(world.vlek.has_value()) | platform_status_bits::FeatureInfo::set(true) | RaplDis::set(world.init_options.rapl_disabled) |
      CiphertextHidingCap::set(world.product().ciphertext_hiding) | CiphertextHidingEn::set(world.init_options.ciphertext_hiding));
  status.guest_count = static_cast<std::uint32_t>(world.guests.size());
  status.current_tcb = world.encoded(world.current().tcb);
  status.reported_tcb = world.encoded(world.reported_tcb);
  return status;
}

Status commit(World& world, Plan plan) noexcept {
  const PlatformStatus status = status_of(world);
  write_memory(world, plan.at, bytes_of(status));
  if (world.state() == PlatformState::init)
    world.ports.rmp.set_entry(page_of(plan.at), reclaim_entry());
  return Status::success;
}

}  // namespace

/// SNP_PLATFORM_STATUS: what the platform is and which state it is in.  [SNP-ABI r1.58 §SNP_PLATFORM_STATUS]
///
/// States    any.
/// Failures  INVALID_ADDRESS; of a page while SNP is INIT: INVALID_PAGE_STATE it is not Firmware, INVALID_PAGE_SIZE it is a
///           2 MiB page (it then stays as it is).
/// Effects   writes 32 bytes. If SNP is INIT the page becomes Reclaim.
Status snp_platform_status(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPlatformStatusBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
