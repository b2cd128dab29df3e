// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/policy.h>
#include "firmware/crypto/digest.h"
#include "firmware/snp/cpuid_policy.h"
#include "firmware/snp/launch_digest.h"

#include <algorithm>

namespace swtee::snp::commands {
namespace {

constexpr std::uint32_t kSecretsPageVersion = 3;
/// Bytes of a VMSA page that enter the digest as zero: the guest's TSC scale and offset.
constexpr std::size_t kVmsaUnmeasuredOffset = 0x2f0;
constexpr std::size_t kVmsaUnmeasuredSize = 0x10;

using PageContent = std::array<std::uint8_t, kPageSize>;

struct Plan {
  Spa gctx;
  Spa page;
  Asid asid;
  RmpEntry entry;                    ///< as it will be
  std::uint64_t size = kPageSize;
  MutableBytes content;              ///< what the guest will see, in the world's scratch space
  Bytes<48> launch_digest{};
  Bytes<48> imi_digest{};
  bool cpuid_corrected = false;      ///< refused: the host's page gets the table that would have been accepted
};

bool small_pages_only(PageType type) {
  return type == PageType::vmsa || type == PageType::secrets || type == PageType::cpuid;
}

Bytes<48> contents_digest(PageType type, ByteView page) {
  switch (type) {
    case PageType::normal: return crypto::sha384(page);
    case PageType::vmsa: {
      PageContent measured;
      std::copy(page.begin(), page.end(), measured.begin());
      std::fill_n(measured.begin() + kVmsaUnmeasuredOffset, kVmsaUnmeasuredSize, std::uint8_t{0});
      return crypto::sha384(measured);
    }
    default: return {};
  }
}

PageContent secrets_page(const World& world, const GuestContext& guest) {
  SecretsPage page{};
  page.version = kSecretsPageVersion;
  page.flags = guest.imi_enabled ? 1 : 0;
  page.fms = world.product().cpuid_signature;
  page.gosvw = guest.gosvw;
  for (std::size_t i = 0; i < guest.vmpck.size(); ++i) {
    const auto key = guest.vmpck[i].expose();
    std::copy(key.begin(), key.end(), page.vmpck[i].begin());
  }
  page.tsc_factor = world.settings.tsc_factor;
  PageContent content;
  std::memcpy(content.data(), &page, sizeof(page));
  return content;
}

struct CpuidPage {
  PageContent content;
  bool acceptable = false;
};

Result<CpuidPage, Status> cpuid_page(const World& world, ByteView proposed) {
  auto table = from_bytes<CpuidTable>(proposed);
  SWTEE_REQUIRE(table.count <= kCpuidFunctionsMax, Status::invalid_param);
  CpuidPage page{{}, true};
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const CpuidFunction answer = allowed(world.product(), table.functions[i]);
    if (std::memcmp(&answer, &table.functions[i], sizeof(answer)) != 0) page.acceptable = false;
    table.functions[i] = answer;
  }
  std::copy(proposed.begin(), proposed.end(), page.content.begin());
  std::memcpy(page.content.data(), &table, sizeof(table));
  return page;
}

/// Fills in the content the guest will see. True when the page is accepted.
Result<bool, Status> prepare_content(const World& world, const GuestContext& guest, PageType type, Plan& plan) {
  plan.content = world.page_scratch(plan.size);
  if (type == PageType::zero) {
    std::fill(plan.content.begin(), plan.content.end(), std::uint8_t{0});
    return true;
  }
  if (type == PageType::secrets) {
    const PageContent page = secrets_page(world, guest);
    std::copy(page.begin(), page.end(), plan.content.begin());
    return true;
  }
  SWTEE_TRY(read_memory(world, plan.page, plan.content));
  if (type != PageType::cpuid) return true;
  const CpuidPage page = SWTEE_TRY(cpuid_page(world, plan.content));
  std::copy(page.content.begin(), page.content.end(), plan.content.begin());
  return page.acceptable;
}

void measure(const GuestContext& guest, MeasuredPage measured, Plan& plan) {
  plan.launch_digest = guest.launch_digest;
  plan.imi_digest = guest.imi_digest;
  for (std::uint64_t offset = 0; offset < plan.size; offset += kPageSize) {
    const Bytes<48> contents = contents_digest(measured.type, ByteView(plan.content).subspan(offset, kPageSize));
    plan.launch_digest = extend(plan.launch_digest, measured, contents);
    if (measured.imi_page) plan.imi_digest = extend(plan.imi_digest, measured, contents);
    measured.gpa.value += kPageSize;
  }
}

Checked check_page(const World& world, const GuestContext& guest, bool large, Plan& plan) {
  const auto entry = world.ports.rmp.entry(plan.page);
  SWTEE_REQUIRE(entry.has_value() && swtee_rmp_state_of(&*entry) == SWTEE_RMP_PRE_GUEST, Status::invalid_page_state);
  SWTEE_REQUIRE(entry->large == large, Status::invalid_page_size);
  SWTEE_REQUIRE(entry->asid == guest.asid->value, Status::invalid_page_owner);
  plan.entry = *entry;
  return {};
}

Result<Plan, Status> check(const World& world, const SnpLaunchUpdateBuffer& buffer) {
  using namespace launch_update_bits;
  SWTEE_REQUIRE((buffer.flags & kMustBeZero) == 0 && buffer.reserved_ch == 0 && buffer.reserved_18h == 0 && buffer.reserved_1ch == 0,
                Status::invalid_param);
  const auto type = static_cast<PageType>(PageTypeField::get(buffer.flags));
  SWTEE_REQUIRE(type >= PageType::normal && type <= PageType::cpuid, Status::invalid_param);
  const std::uint8_t permissions = buffer.vmpl1_perms | buffer.vmpl2_perms | buffer.vmpl3_perms;
  SWTEE_REQUIRE((permissions & ~SWTEE_VMPL_ALL) == 0, Status::invalid_param);

  Plan plan;
  plan.gctx = SWTEE_TRY(guest_in_state(world, buffer.gctx_paddr, kLaunchState));
  const GuestContext& guest = *world.guest(plan.gctx);
  SWTEE_REQUIRE(!ImiPage::get(buffer.flags) || guest.imi_enabled, Status::invalid_param);
  SWTEE_REQUIRE(guest.asid.has_value(), Status::inactive);
  plan.asid = *guest.asid;
  const bool large = PageSize::get(buffer.flags);
  SWTEE_REQUIRE(!large || !small_pages_only(type), Status::invalid_page_size);
  plan.size = large ? kLargePageSize : kPageSize;
  plan.page = SWTEE_TRY(memory_range(world, buffer.page_paddr, plan.size, plan.size));
  SWTEE_TRY(check_page(world, guest, large, plan));

  plan.cpuid_corrected = !SWTEE_TRY(prepare_content(world, guest, type, plan));
  if (plan.cpuid_corrected) return plan;
  measure(guest, {type, ImiPage::get(buffer.flags), buffer.vmpl1_perms, buffer.vmpl2_perms, buffer.vmpl3_perms, Gpa{plan.entry.gpa}},
          plan);
  plan.entry.immutable = false;
  plan.entry.validated = true;
  plan.entry.vmsa = type == PageType::vmsa;
  plan.entry.vmpl_permissions[0] = SWTEE_VMPL_ALL;
  plan.entry.vmpl_permissions[1] = buffer.vmpl1_perms;
  plan.entry.vmpl_permissions[2] = buffer.vmpl2_perms;
  plan.entry.vmpl_permissions[3] = buffer.vmpl3_perms;
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  if (plan.cpuid_corrected) {
    write_memory(world, plan.page, plan.content);
    return Status::invalid_param;
  }
  GuestContext& guest = *world.guest(plan.gctx);
  write_guest_memory(world, plan.asid, plan.page, plan.content);
  guest.launch_digest = plan.launch_digest;
  guest.imi_digest = plan.imi_digest;
  world.ports.rmp.set_entry(plan.page, plan.entry);
  return Status::success;
}

}  // namespace

/// SNP_LAUNCH_UPDATE: puts one page into the guest and measures it.  [SNP-ABI r1.58 §SNP_LAUNCH_UPDATE]
///
/// States    platform INIT; guest LAUNCH.
/// Failures  INVALID_PARAM reserved bits, page type 0 or 7, permission bits above 3, an IMI page without IMI_EN; INVALID_GUEST,
///           INVALID_GUEST_STATE; INACTIVE no ASID; INVALID_PAGE_SIZE 2 MiB for a VMSA, secrets or CPUID page, or another
///           size than the RMP's; INVALID_ADDRESS; INVALID_PAGE_STATE the page is not Pre-Guest; INVALID_PAGE_OWNER it is
///           another guest's; INVALID_PARAM a CPUID table with more than 64 functions or with values the CPU cannot have.
/// Effects   the page becomes Guest-Valid (a VMSA with the VMSA mark) and holds its content under the guest's key; the
///           digest, and for an IMI page also the IMI's, goes on. A 2 MiB page counts as 512 pages of 4 KiB.
///           Of a failure: a refused CPUID page holds the values that would be accepted, readable by the host after reclaim.
Status snp_launch_update(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpLaunchUpdateBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
