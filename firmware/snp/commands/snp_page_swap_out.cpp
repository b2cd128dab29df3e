// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/page_swap.h"

#include <swtee/abi/snp/page_commands.h>
#include <swtee/abi/snp/policy.h>

#include <algorithm>
#include <limits>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa src;
  Spa dst;
  RmpEntry left;  ///< the source's entry afterwards
  MetadataSlot slot;
  MetadataEntry entry{};
  MutableBytes content;  ///< encrypted, in the world's scratch space
};

/// The source's entry, if the page is what the command says it is.
Result<RmpEntry, Status> source_entry(const World& world, Spa gctx, Spa src, SwapPageType type, bool large) {
  if (type == SwapPageType::metadata) {
    const RmpEntry entry = SWTEE_TRY(entry_in_state(world, src, {SWTEE_RMP_METADATA}, false, Asid{}));
    SWTEE_REQUIRE(entry.gpa == gctx.value, Status::invalid_page_owner);
    return entry;
  }
  const RmpEntry entry = SWTEE_TRY(entry_in_state(world, src, {SWTEE_RMP_PRE_SWAP}, large, *world.guest(gctx)->asid));
  SWTEE_REQUIRE(entry.vmsa == (type == SwapPageType::vmsa), Status::invalid_page_state);
  return entry;
}

MetadataEntry describe(const GuestContext& guest, const RmpEntry& page, SwapPageType type, std::uint64_t software_data) {
  using namespace metadata_bits;
  MetadataEntry entry{};
  entry.software_data = software_data;
  entry.iv = guest.oek_iv_count;
  if (type == SwapPageType::metadata) {
    entry.attributes = Valid::mask | Metadata::mask;
    return entry;
  }
  entry.attributes = Valid::mask | PageValidated::mask | Vmsa::set(page.vmsa) | PageSize::set(page.large) | (page.gpa & kGpaMask);
  std::copy_n(page.vmpl_permissions, entry.vmpl_permissions.size(), entry.vmpl_permissions.begin());
  return entry;
}

Result<Plan, Status> check(const World& world, const SnpPageSwapOutBuffer& buffer) {
  using namespace page_swap_bits;
  const auto type = static_cast<SwapPageType>(PageTypeField::get(buffer.flags));
  SWTEE_REQUIRE((buffer.flags & kMustBeZeroOut) == 0 && type != SwapPageType::reserved, Status::invalid_param);
  const Spa gctx = SWTEE_TRY(active_guest(world, buffer.gctx_paddr));
  const GuestContext& guest = *world.guest(gctx);
  const bool large = PageSize::get(buffer.flags);
  SWTEE_REQUIRE(!large || type == SwapPageType::data, Status::invalid_page_size);
  const std::uint64_t size = large ? kLargePageSize : kPageSize;
  Plan plan;
  plan.src = SWTEE_TRY(memory_range(world, buffer.src_paddr, size, size));
  plan.dst = SWTEE_TRY(memory_range(world, buffer.dst_paddr, size, size));
  const RmpEntry source = SWTEE_TRY(source_entry(world, gctx, plan.src, type, large));
  SWTEE_TRY(entry_in_state(world, plan.dst, {SWTEE_RMP_FIRMWARE}, large, Asid{}));
  plan.slot = SWTEE_TRY(metadata_slot(world, gctx, buffer.mdata_paddr, RootMdataEn::get(buffer.flags)));
  // A metadata page that left with its own entry inside could never come back.
  SWTEE_REQUIRE(!plan.slot.at.has_value() || plan.slot.at->value / size != plan.src.value / size, Status::invalid_param);
  SWTEE_REQUIRE(!metadata_bits::Valid::get(plan.slot.entry.attributes), Status::invalid_mdata_entry);
  SWTEE_REQUIRE(!policy::PageSwapDisable::get(guest.policy), Status::policy_failure);
  SWTEE_REQUIRE(guest.oek_iv_count != std::numeric_limits<std::uint64_t>::max(), Status::aead_oflow);

  plan.content = world.page_scratch(size);
  const bool metadata = type == SwapPageType::metadata;
  SWTEE_TRY(metadata ? read_memory(world, plan.src, plan.content) : read_guest_memory(world, *guest.asid, plan.src, plan.content));
  plan.entry = describe(guest, source, type, buffer.software_data);
  plan.entry.auth_tag = seal_page(guest, plan.entry, plan.content);
  plan.left = metadata ? reclaim_entry() : pre_guest_entry(source);
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  ++world.guest(plan.slot.gctx)->oek_iv_count;
  write_memory(world, plan.dst, plan.content);
  store(world, plan.slot, plan.entry);
  std::fill(plan.content.begin(), plan.content.end(), std::uint8_t{0});
  write_memory(world, plan.src, plan.content);
  world.ports.rmp.set_entry(plan.src, plan.left);
  return Status::success;
}

}  // namespace

/// SNP_PAGE_SWAP_OUT: encrypts a page of a guest for storage outside memory.  [SNP-ABI r1.58 §SNP_PAGE_SWAP_OUT]
///
/// States    platform INIT; guest LAUNCH or RUNNING.
/// Failures  INVALID_PARAM reserved bits or page type; INVALID_GUEST, INVALID_GUEST_STATE; INACTIVE no ASID; INVALID_PAGE_SIZE
///           2 MiB for other than data; INVALID_ADDRESS; INVALID_PAGE_STATE, INVALID_PAGE_SIZE, INVALID_PAGE_OWNER the source
///           is not a page of the guest in the size and of the type named (data and VMSA: Pre-Swap; metadata: Metadata), the
///           target not a Firmware page of that size, or the entry not in a metadata page of the guest; INVALID_PARAM an
///           address beside the root entry, or the entry lies in the page that leaves; INVALID_MDATA_ENTRY the entry is in
///           use; POLICY_FAILURE the policy forbids swapping; AEAD_OFLOW the OEK has no IV left.
/// Effects   the target holds the page under the OEK (AES-256-GCM, IV OEK_IV_COUNT, which advances) and stays Firmware; the entry
///           describes it; the source holds zeros and becomes Pre-Guest, a metadata page Reclaim.
/// DEVIATION: authenticated data, states afterwards and most statuses are not published.
Status snp_page_swap_out(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPageSwapOutBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
