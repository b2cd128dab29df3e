// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

#include <algorithm>
#include <vector>

namespace swtee::snp::commands {
namespace {

struct PageRange {
  Spa base;
  std::uint32_t pages = 0;
};

/// The model's bound on a range list, in pages: 8 GiB. A longer one would keep a hostile host's firmware busy for hours.
constexpr std::uint64_t kHvFixedPagesMax = std::uint64_t{1} << 21;

struct Plan {
  InitOptions options;
  bool init_rmp = false;
  std::vector<PageRange> hv_fixed;
};

/// The caller's range list. Pages that the RMP covers must be Hypervisor, Firmware or HV-Fixed, with 4 KiB entries.
Result<std::vector<PageRange>, Status> range_list(const World& world, std::uint64_t list_paddr) {
  const Spa list = SWTEE_TRY(memory_range(world, list_paddr, kPageSize, kPageSize));
  std::array<std::uint8_t, kPageSize> page{};
  SWTEE_TRY(read_memory(world, list, page));
  const auto header = from_bytes<RangeListHeader>(page);
  SWTEE_REQUIRE(header.num_elements <= (kPageSize - sizeof(RangeListHeader)) / sizeof(RangeListElement), Status::invalid_param);
  SWTEE_REQUIRE(header.reserved_4h == 0, Status::invalid_param);
  std::vector<PageRange> ranges;
  std::uint64_t pages = 0;
  for (std::uint32_t i = 0; i < header.num_elements; ++i) {
    const auto element = from_bytes<RangeListElement>(
        ByteView(page).subspan(sizeof(RangeListHeader) + i * sizeof(RangeListElement), sizeof(RangeListElement)));
    SWTEE_REQUIRE(element.reserved_ch == 0, Status::invalid_param);
    const Spa base = without_c_bit(world, element.base);
    SWTEE_REQUIRE(base.aligned(kPageSize), Status::invalid_address);
    PageRange range{base, 0};
    for (; range.pages < element.page_count; ++range.pages) {
      // Ranges outside the table (firmware flash, MMIO) have no entry to fix; hosts do list them.
      const auto entry = world.ports.rmp.entry(base + std::uint64_t{range.pages} * kPageSize);
      if (!entry.has_value()) break;
      SWTEE_REQUIRE(++pages <= kHvFixedPagesMax, Status::resource_limit);
      const RmpState state = swtee_rmp_state_of(&*entry);
      SWTEE_REQUIRE(state == SWTEE_RMP_HYPERVISOR || state == SWTEE_RMP_FIRMWARE || state == SWTEE_RMP_HV_FIXED,
                    Status::invalid_page_state);
      SWTEE_REQUIRE(!entry->large, Status::invalid_page_size);
    }
    ranges.push_back(range);
  }
  return ranges;
}

/// What SNP_INIT and SNP_INIT_EX verify of the machine.
Checked check_machine(const World& world, bool init_rmp) {
  SWTEE_REQUIRE(world.ports.cpus.all_cores_report(), Status::invalid_config);
  SWTEE_REQUIRE(world.ports.cpus.ready_for_snp(), Status::invalid_config);
  SWTEE_REQUIRE(world.ports.rmp.configured(), Status::rmp_initialization_failed);
  SWTEE_REQUIRE(init_rmp || world.rmp_initialized, Status::rmp_init_required);
  return {};
}

Result<Plan, Status> check(const World& world, const SnpInitExBuffer& buffer) {
  using namespace init_ex_bits;
  const std::uint32_t flags = buffer.flags;
  SWTEE_REQUIRE((flags & kMustBeZero) == 0, Status::invalid_param);
  SWTEE_REQUIRE(buffer.reserved_4h == 0 && all_zero(buffer.reserved_12h), Status::invalid_param);
  SWTEE_REQUIRE(!TioEn::get(flags), Status::unsupported);
  SWTEE_REQUIRE(!CiphertextHidingEn::get(flags) || world.product().ciphertext_hiding, Status::unsupported);
  SWTEE_REQUIRE(buffer.max_snp_asid == 0 || CiphertextHidingEn::get(flags), Status::invalid_param);
  SWTEE_REQUIRE(buffer.max_snp_asid <= world.product().asids, Status::invalid_param);
  SWTEE_REQUIRE(world.sev.guests.empty(), Status::invalid_platform_state);
  SWTEE_TRY(check_machine(world, InitRmp::get(flags)));
  Plan plan;
  plan.init_rmp = InitRmp::get(flags);
  plan.options.rapl_disabled = RaplDis::get(flags);
  plan.options.ciphertext_hiding = CiphertextHidingEn::get(flags);
  plan.options.max_snp_asid = buffer.max_snp_asid != 0 ? std::uint32_t{buffer.max_snp_asid} : world.product().asids;
  if (ListPaddrEn::get(flags)) plan.hv_fixed = SWTEE_TRY(range_list(world, buffer.list_paddr));
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  RmpEntry fixed{};
  fixed.immutable = true;
  for (const PageRange& range : plan.hv_fixed)
    for (std::uint32_t n = 0; n < range.pages; ++n)
      world.ports.rmp.set_entry(range.base + std::uint64_t{n} * kPageSize, fixed);
  world.init_options = plan.options;
  world.ports.memory.hide_ciphertext(plan.options.ciphertext_hiding);
  world.rmp_initialized = true;
  world.alias_check_complete = world.product().alias_check;
  world.asids = world.asids.without_snp_guests(plan.options.max_snp_asid);
  if (!world.asids.any_dirty()) world.wbinvd_needed_after.reset();
  world.transition(PlatformState::uninit, PlatformState::init);
  return Status::success;
}

}  // namespace

/// SNP_INIT_EX: checks the machine and lets SNP guests exist.  [SNP-ABI r1.58 §SNP_INIT_EX]
///
/// States    platform UNINIT -> INIT.
/// Failures  INVALID_PARAM reserved bits, a range list too long, MAX_SNP_ASID without ciphertext hiding or above the
///           product's ASIDs; UNSUPPORTED TIO, or ciphertext hiding on a product without it; INVALID_PLATFORM_STATE there are legacy guests;
///           INVALID_CONFIG a core does not report or is not set up for SNP; RMP_INITIALIZATION_FAILED no RMP, or it does not cover memory;
///           RMP_INIT_REQUIRED INIT_RMP is 0 and no SNP_INIT came before;
///           RESOURCE_LIMIT the list names more than 2^21 pages of memory; INVALID_ADDRESS the list; of a listed page:
///           INVALID_PAGE_STATE it is not the host's or firmware's, INVALID_PAGE_SIZE it lies in a 2 MiB entry.
/// Effects   listed pages become HV-Fixed; all ASIDs are free.
Status snp_init_ex(World& world, std::uint32_t id, ByteView buffer) { return run<SnpInitExBuffer>(world, id, buffer, check, commit); }

/// SNP_INIT: as SNP_INIT_EX with INIT_RMP and nothing else set.  [SNP-ABI r1.58 §SNP_INIT]
Status snp_init(World& world, std::uint32_t id, ByteView) {
  SnpInitExBuffer buffer{};
  buffer.flags = static_cast<std::uint32_t>(init_ex_bits::InitRmp::mask);
  return run<SnpInitExBuffer>(world, id, bytes_of(buffer), check, commit);
}

}  // namespace swtee::snp::commands
