// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/page_swap.h"

#include <swtee/abi/snp/page_commands.h>
#include <swtee/abi/snp/policy.h>

#include <algorithm>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa dst;
  std::optional<Asid> asid;  ///< nothing: a metadata page, which is the firmware's
  RmpEntry entry;            ///< the target's, as it will be
  MetadataSlot slot;
  MutableBytes content;  ///< decrypted, in the world's scratch space
};

/// The entry describes a page of this type and size, which belongs where the target is.
bool describes(const MetadataEntry& entry, SwapPageType type, const RmpEntry& target) {
  using namespace metadata_bits;
  const std::uint64_t attributes = entry.attributes;
  const bool metadata = type == SwapPageType::metadata;
  return Valid::get(attributes) && Metadata::get(attributes) == metadata && Vmsa::get(attributes) == (type == SwapPageType::vmsa) &&
         PageSize::get(attributes) == target.large && (metadata || (attributes & kGpaMask) == target.gpa);
}

RmpEntry restored(const MetadataEntry& entry, RmpEntry target) {
  target.immutable = false;
  target.validated = metadata_bits::PageValidated::get(entry.attributes);
  target.vmsa = metadata_bits::Vmsa::get(entry.attributes);
  std::copy(entry.vmpl_permissions.begin(), entry.vmpl_permissions.end(), target.vmpl_permissions);
  return target;
}

Result<Plan, Status> check(const World& world, const SnpPageSwapInBuffer& buffer) {
  using namespace page_swap_bits;
  const auto type = static_cast<SwapPageType>(PageTypeField::get(buffer.flags));
  SWTEE_REQUIRE((buffer.flags & kMustBeZeroIn) == 0 && buffer.reserved_20h == 0 && type != SwapPageType::reserved, Status::invalid_param);
  const Spa gctx = SWTEE_TRY(active_guest(world, buffer.gctx_paddr));
  const GuestContext& guest = *world.guest(gctx);
  const bool metadata = type == SwapPageType::metadata;
  const bool large = PageSize::get(buffer.flags);
  SWTEE_REQUIRE(!large || type == SwapPageType::data, Status::invalid_page_size);
  const std::uint64_t size = large ? kLargePageSize : kPageSize;
  Plan plan;
  const Spa src = SWTEE_TRY(memory_range(world, buffer.src_paddr, size, size));
  plan.dst = SWTEE_TRY(memory_range(world, buffer.dst_paddr, size, size));
  const bool in_place = SwapInPlace::get(buffer.flags);
  SWTEE_REQUIRE(in_place == (src == plan.dst), Status::invalid_param);
  if (!in_place) SWTEE_TRY(host_pages(world, src, size));
  const RmpEntry target = SWTEE_TRY(metadata ? entry_in_state(world, plan.dst, {SWTEE_RMP_FIRMWARE}, false, Asid{})
                                             : entry_in_state(world, plan.dst, {SWTEE_RMP_PRE_GUEST}, large, *guest.asid));
  plan.slot = SWTEE_TRY(metadata_slot(world, gctx, buffer.mdata_paddr, RootMdataEn::get(buffer.flags)));
  SWTEE_REQUIRE(describes(plan.slot.entry, type, target), Status::invalid_mdata_entry);
  SWTEE_REQUIRE(!policy::PageSwapDisable::get(guest.policy), Status::policy_failure);

  plan.content = world.page_scratch(size);
  SWTEE_TRY(read_memory(world, src, plan.content));
  SWTEE_REQUIRE(open_page(guest, plan.slot.entry, plan.content), Status::bad_measurement);
  if (!metadata) plan.asid = guest.asid;
  plan.entry = metadata ? metadata_entry(gctx) : restored(plan.slot.entry, target);
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  if (plan.asid.has_value())
    write_guest_memory(world, *plan.asid, plan.dst, plan.content);
  else
    write_memory(world, plan.dst, plan.content);
  world.ports.rmp.set_entry(plan.dst, plan.entry);
  store(world, plan.slot, MetadataEntry{});
  return Status::success;
}

}  // namespace

/// SNP_PAGE_SWAP_IN: brings a page back that SNP_PAGE_SWAP_OUT encrypted, once.  [SNP-ABI r1.58 §SNP_PAGE_SWAP_IN]
///
/// States    platform INIT; guest LAUNCH or RUNNING.
/// Failures  INVALID_PARAM reserved bits or page type; INVALID_GUEST, INVALID_GUEST_STATE; INACTIVE no ASID; INVALID_PAGE_SIZE
///           2 MiB for other than data; INVALID_ADDRESS; INVALID_PARAM source and target are one page without SWAP_IN_PLACE, or
///           two with it; INVALID_PAGE_STATE the source is not a page that the host can fill, or Firmware; INVALID_PAGE_STATE,
///           INVALID_PAGE_SIZE, INVALID_PAGE_OWNER the target is not a Pre-Guest page of the guest in this size (for metadata: a
///           Firmware page), or the entry not in a metadata page of the guest; INVALID_PARAM an address beside the root entry;
///           INVALID_MDATA_ENTRY the entry is free, or of another type, size or GPA than the target; POLICY_FAILURE the policy
///           forbids swapping; BAD_MEASUREMENT the content is not what left.
/// Effects   the target holds the content: under the guest's key, Guest-Valid with VMSA mark and permissions as before, or as a
///           metadata page of the guest. The entry is free: what left comes back once.
/// DEVIATION: as SNP_PAGE_SWAP_OUT; the model makes the target Guest-Valid and not Pre-Swap.
Status snp_page_swap_in(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpPageSwapInBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
