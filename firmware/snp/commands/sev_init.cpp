// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/sev_storage.h"

#include <swtee/abi/sev/commands.h>

#include <algorithm>

namespace swtee::snp::commands {
namespace {

struct Plan {
  bool es = false;
  std::optional<Spa> tmr;
  std::optional<Spa> nv_area;
  std::optional<SevOwner> owner;  ///< the stored one
  bool damaged = false;           ///< what is stored is no owner of this chip
};

Result<Plan, Status> check_options(const World& world, std::uint32_t flags, std::uint64_t tmr_paddr, std::uint32_t tmr_length) {
  SWTEE_REQUIRE((flags & sev::init_bits::kMustBeZero) == 0, Status::invalid_param);
  Plan plan;
  plan.es = sev::init_bits::Es::get(flags);
  if (!plan.es) return plan;
  const std::uint32_t size = world.state() == PlatformState::init ? sev::kTmrSizeSnp : sev::kTmrSize;
  SWTEE_REQUIRE(tmr_length >= size, Status::invalid_len);
  plan.tmr = SWTEE_TRY(output_range(world, tmr_paddr, size, size));
  return plan;
}

void load(const World& world, ByteView stored, Plan& plan) {
  auto owner = open_sealed_owner(world.chip, stored);
  plan.damaged = !owner.ok();
  if (owner.ok()) plan.owner = std::move(owner).value();
}

Result<Plan, Status> check(const World& world, const sev::InitBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  Plan plan = SWTEE_TRY(check_options(world, buffer.flags, buffer.tmr_paddr, buffer.tmr_length));
  if (!world.permanent.sev_owner.empty()) load(world, world.permanent.sev_owner, plan);
  return plan;
}

Result<Plan, Status> check_ex(const World& world, const sev::InitExBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(sev::InitExBuffer), Status::invalid_len);
  SWTEE_REQUIRE(buffer.reserved_14h == 0, Status::invalid_param);
  Plan plan = SWTEE_TRY(check_options(world, buffer.flags, buffer.tmr_paddr, buffer.tmr_length));
  SWTEE_REQUIRE(buffer.nv_length == sev::kNvAreaSize, Status::invalid_len);
  plan.nv_area = SWTEE_TRY(output_range(world, buffer.nv_paddr, sev::kNvAreaSize, kPageSize));
  std::vector<std::uint8_t> stored(sealed_owner_size());
  SWTEE_TRY(read_memory(world, *plan.nv_area, stored));
  const bool blank = std::all_of(stored.begin(), stored.end(), [](std::uint8_t byte) { return byte == 0xff; });
  if (!blank) load(world, stored, plan);
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  const std::optional<Spa> former_area = world.sev.nv_area;
  world.sev.nv_area = plan.nv_area;
  Status status = Status::success;
  if (plan.damaged) {
    status = erase_sev_owner(world);
    if (status == Status::success) return Status::secure_data_invalid;
  } else if (plan.owner.has_value()) {
    world.sev.owner = std::move(plan.owner);
  } else {
    status = store_sev_owner(world, new_self_owned(world.chip, world.current().version, world.ports.entropy));
  }
  if (status != Status::success) {
    world.sev.nv_area = former_area;
    return status;
  }
  world.sev.es_enabled = plan.es;
  world.sev.tmr = plan.tmr;
  return Status::success;
}

}  // namespace

/// INIT: makes the legacy platform ready, with the owner that it had.  [SEV-API r0.24 §INIT]
///
/// States    legacy platform UNINIT -> INIT; SNP platform any.
/// Failures  INVALID_PARAM reserved bits; of SEV-ES: INVALID_LEN less than 1 MiB (2 MiB once SNP is INIT), INVALID_ADDRESS the
///           memory, or not aligned to that size, INVALID_PAGE_STATE not all of it is Firmware once SNP is INIT;
///           SECURE_DATA_INVALID the stored owner is damaged; HWERROR_PLATFORM the storage failed (nothing has changed).
/// Effects   a platform without an owner makes itself one: OCA, PEK, PDH. Stored before it is answered.
///           Of SECURE_DATA_INVALID: the damaged owner is erased, so that the next INIT succeeds.
Status sev_init(World& world, std::uint32_t id, ByteView buffer) { return run<sev::InitBuffer>(world, id, buffer, check, commit); }

/// INIT_EX: the same with the owner in memory that the host keeps over power cycles.  [SEV-API r0.24 §INIT_EX]
///
/// Failures  INVALID_LEN the buffer's LENGTH is not 24h; INVALID_PARAM reserved; then as INIT, and of the area: INVALID_LEN it is not
///           32 KiB, INVALID_ADDRESS, INVALID_PAGE_STATE as INIT's memory.
/// Effects   as INIT. An area of FFh is blank. It is written by this command, PEK_GEN, PDH_GEN, PEK_CERT_IMPORT and FACTORY_RESET.
/// DEVIATION: content and alignment of the area are not published.
Status sev_init_ex(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::InitExBuffer>(world, id, buffer, check_ex, commit);
}

}  // namespace swtee::snp::commands
