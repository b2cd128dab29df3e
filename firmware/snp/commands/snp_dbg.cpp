// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/page_commands.h>
#include <swtee/abi/snp/policy.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Asid asid;
  Spa dst;
  MutableBytes content;  ///< in the world's scratch space
};

struct Request {
  const GuestContext& guest;
  Spa src;
  Spa dst;
};

Result<Request, Status> check_addresses(const World& world, const SnpDbgBuffer& buffer) {
  const Spa gctx = SWTEE_TRY(active_guest(world, buffer.gctx_paddr));
  const Spa src = SWTEE_TRY(memory_range(world, buffer.src_paddr, kPageSize, kPageSize));
  const Spa dst = SWTEE_TRY(memory_range(world, buffer.dst_paddr, kPageSize, kPageSize));
  return Request{*world.guest(gctx), src, dst};
}

/// A page that holds content of the guest, validated or not.
Checked guests_page(const World& world, Spa page, Asid owner) {
  SWTEE_TRY(entry_in_state(world, page, {SWTEE_RMP_GUEST_VALID, SWTEE_RMP_GUEST_INVALID, SWTEE_RMP_PRE_SWAP}, false, owner));
  return {};
}

Result<Plan, Status> check_decrypt(const World& world, const SnpDbgBuffer& buffer) {
  const Request request = SWTEE_TRY(check_addresses(world, buffer));
  const Asid asid = *request.guest.asid;
  SWTEE_TRY(guests_page(world, request.src, asid));
  SWTEE_TRY(entry_in_state(world, request.dst, {SWTEE_RMP_FIRMWARE}, false, Asid{}));
  SWTEE_REQUIRE(policy::Debug::get(request.guest.policy), Status::policy_failure);
  const Plan plan{asid, request.dst, world.page_scratch(kPageSize)};
  SWTEE_TRY(read_guest_memory(world, asid, request.src, plan.content));
  return plan;
}

Status commit_decrypt(World& world, Plan plan) noexcept {
  write_memory(world, plan.dst, plan.content);
  return Status::success;
}

Result<Plan, Status> check_encrypt(const World& world, const SnpDbgBuffer& buffer) {
  const Request request = SWTEE_TRY(check_addresses(world, buffer));
  const Asid asid = *request.guest.asid;
  SWTEE_TRY(host_pages(world, request.src, kPageSize));
  SWTEE_TRY(guests_page(world, request.dst, asid));
  SWTEE_REQUIRE(policy::Debug::get(request.guest.policy), Status::policy_failure);
  const Plan plan{asid, request.dst, world.page_scratch(kPageSize)};
  SWTEE_TRY(read_memory(world, request.src, plan.content));
  return plan;
}

Status commit_encrypt(World& world, Plan plan) noexcept {
  write_guest_memory(world, plan.asid, plan.dst, plan.content);
  return Status::success;
}

}  // namespace

/// SNP_DBG_DECRYPT: shows the host one 4 KiB page of a guest whose owner allows that.  [SNP-ABI r1.58 §SNP_DBG_DECRYPT]
///
/// States    platform INIT; guest LAUNCH or RUNNING.
/// Failures  INVALID_ADDRESS; INVALID_GUEST, INVALID_GUEST_STATE; INACTIVE no ASID; INVALID_PAGE_STATE, INVALID_PAGE_SIZE,
///           INVALID_PAGE_OWNER the source is not a Guest-Valid, Guest-Invalid or Pre-Swap page (a VMSA too) of 4 KiB of the
///           guest, or the target not a Firmware page of 4 KiB; POLICY_FAILURE no DEBUG in the policy.
/// Effects   the target holds the plaintext and stays Firmware. The source stays as it is.
/// DEVIATION: guest states, page states and what becomes of the target are not published.
Status snp_dbg_decrypt(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpDbgBuffer>(world, id, buffer, check_decrypt, commit_decrypt);
}

/// SNP_DBG_ENCRYPT: writes one 4 KiB page of a guest whose owner allows that.  [SNP-ABI r1.58 §SNP_DBG_ENCRYPT]
///
/// States    platform INIT; guest LAUNCH or RUNNING.
/// Failures  as SNP_DBG_DECRYPT, in the same order; the source is a page that the host can fill, or Firmware
///           (INVALID_PAGE_STATE), the target is the guest's.
/// Effects   the target holds the content under the guest's key. Its RMP entry stays as it is.
Status snp_dbg_encrypt(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpDbgBuffer>(world, id, buffer, check_encrypt, commit_encrypt);
}

}  // namespace swtee::snp::commands
