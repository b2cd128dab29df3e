// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa page;
  RmpEntry entry;
};

Result<Plan, Status> check(const World& world, const SnpPageReclaimBuffer& buffer) {
  const bool large = (buffer.page_paddr & 1) != 0;
  const std::uint64_t size = large ? kLargePageSize : kPageSize;
  const Spa page = SWTEE_TRY(memory_range(world, buffer.page_paddr & ~std::uint64_t{1}, size, size));
  const auto current = world.ports.rmp.entry(page);
  SWTEE_REQUIRE(current.has_value(), Status::invalid_page_state);
  SWTEE_REQUIRE(current->large == large, Status::invalid_page_size);
  RmpEntry entry = *current;
  switch (swtee_rmp_state_of(&entry)) {
    case SWTEE_RMP_RECLAIM: break;
    case SWTEE_RMP_FIRMWARE:
    case SWTEE_RMP_METADATA:
      entry = reclaim_entry();
      entry.large = large;
      break;
    case SWTEE_RMP_PRE_GUEST:
    case SWTEE_RMP_PRE_SWAP: entry.immutable = false; break;
    default: return Failure(Status::invalid_page_state);
  }
  return Plan{page, entry};
}

Status commit(World& world, Plan plan) noexcept {
  world.ports.rmp.set_entry(plan.page, plan.entry);
  return Status::success;
}

}  // namespace

/// SNP_PAGE_RECLAIM: takes the immutable mark from a page, so that the host can have it back by RMPUPDATE.
/// [SNP-ABI r1.58 §SNP_PAGE_RECLAIM]
///
/// States    platform INIT.
/// Failures  INVALID_ADDRESS; INVALID_PAGE_SIZE bit 0 of the address differs from the page's size in the RMP;
///           INVALID_PAGE_STATE the page is Context, Hypervisor, HV-Fixed or a guest's.
/// Effects   Firmware, Metadata -> Reclaim; Pre-Guest -> Guest-Invalid; Pre-Swap -> Guest-Valid; Reclaim stays Reclaim.
Status snp_page_reclaim(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPageReclaimBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
