// SPDX-License-Identifier: Apache-2.0
/// Every page state against everything that the host and the firmware do with pages: page_matrix.h, walked.
#include "guest/snp/guest_message.h"
#include "tests/command/snp/page_matrix.h"
#include "tests/support/sev_host.h"
#include "tests/support/snp_machine.h"
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_swap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

constexpr Asid kOwner{2};
constexpr std::uint64_t kGpa = 0x7000;

std::uint32_t code(Status status) { return static_cast<std::uint32_t>(status); }
std::uint32_t code(swtee_rmp_result result) { return static_cast<std::uint32_t>(result); }

/// A machine with a guest in LAUNCH and one in RUNNING, and the page that everything is about.
class PageScene {
 public:
  explicit PageScene(RmpState state) {
    page = machine.take_page();
    if (state == SWTEE_RMP_HV_FIXED) {
      init_with_fixed_page();
    } else {
      machine.init();
    }
    firmware = machine.firmware_page();
    request = machine.take_page();
    launching = machine.guest(GuestState::launch, kOwner, snp::policy::kDefault | snp::policy::Debug::mask);
    running = machine.guest(GuestState::running, {3});
    const std::vector<std::uint8_t> content(kPageSize, 0x5a);
    metadata = machine.metadata_page(launching);
    stored = machine.take_page();
    machine.write(stored, swapped_out(machine, launching, machine.guest_page(kOwner, kGpa, content), metadata));
    pre_swap = machine.guest_page(kOwner, kGpa, content);
    pre_guest = machine.pre_guest_page(kOwner, kGpa);
    bring_to(state);
    EXPECT_EQ(machine.state_of(page), state);
  }

  SnpMachine machine;
  Spa page;
  Spa firmware;
  Spa request;
  Spa launching;
  Spa running;
  // Of the guest in LAUNCH, at the page's GPA.
  Spa metadata;   ///< its first entry describes what is in `stored`, the second is free
  Spa stored;
  Spa pre_swap;
  Spa pre_guest;
  Spa free_entry() const { return metadata + sizeof(snp::MetadataEntry); }

  template <WireStruct Buffer, class Fill>
  std::uint32_t send(std::uint32_t command, Fill fill) {
    Buffer buffer{};
    fill(buffer);
    return static_cast<std::uint32_t>(machine.command(command, buffer));
  }

 private:
  void init_with_fixed_page() {
    machine.machine().wbinvd_all();
    const Spa list = machine.take_page();
    snp::RangeListHeader header{};
    header.num_elements = 1u;
    snp::RangeListElement element{};
    element.base = page.value;
    element.page_count = 1u;
    machine.write(list, bytes_of(header));
    machine.write(list + sizeof(header), bytes_of(element));
    snp::SnpInitExBuffer buffer{};
    buffer.flags = 3u;
    buffer.list_paddr = list.value;
    ASSERT_EQ(machine.command(id::kInitEx, buffer), Status::success);
    machine.wbinvd_and_flush();
  }

  void rmpupdate(Asid asid, std::uint64_t gpa, bool immutable) { EXPECT_EQ(machine.rmpupdate(page, true, asid, gpa, immutable), SWTEE_RMP_OK); }
  void launched() {
    rmpupdate(kOwner, kGpa, true);
    EXPECT_EQ(machine.launch_update(launching, page), Status::success);
  }
  void bring_to(RmpState state) {
    switch (state) {
      case SWTEE_RMP_RECLAIM:
        rmpupdate({}, 0, true);
        EXPECT_EQ(machine.reclaim(page), Status::success);
        return;
      case SWTEE_RMP_FIRMWARE: return rmpupdate({}, 0, true);
      case SWTEE_RMP_CONTEXT:
        rmpupdate({}, 0, true);
        EXPECT_EQ(machine.gctx_command(id::kGctxCreate, page), Status::success);
        return;
      case SWTEE_RMP_METADATA: {
        rmpupdate({}, 0, true);
        snp::SnpPageMdInitBuffer buffer{};
        buffer.gctx_paddr = launching.value;
        buffer.page_paddr = page.value;
        EXPECT_EQ(machine.command(id::kPageMdInit, buffer), Status::success);
        return;
      }
      case SWTEE_RMP_PRE_GUEST: return rmpupdate(kOwner, kGpa, true);
      case SWTEE_RMP_PRE_SWAP: return launched(), rmpupdate(kOwner, kGpa, true);
      case SWTEE_RMP_GUEST_INVALID: return rmpupdate(kOwner, kGpa, false);
      case SWTEE_RMP_GUEST_VALID: return launched();
      default: return;
    }
  }
};

std::uint32_t guest_request(PageScene& scene) {
  SnpMachine& machine = scene.machine;
  const auto& vmpck = machine.context(scene.running).vmpck[0].expose();
  Bytes<32> key{};
  std::copy(vmpck.begin(), vmpck.end(), key.begin());
  std::vector<std::uint8_t> sealed(kPageSize);
  guest::snp::seal_message(crypto::GcmKey(key), {1, snp::MessageType::report_req, 1, 0}, bytes_of(snp::ReportReq{}),
                           guest::snp::MutablePage(sealed.data(), kPageSize));
  machine.write(scene.request, sealed);
  return scene.send<snp::SnpGuestRequestBuffer>(id::kGuestRequest, [&](auto& b) {
    b.gctx_paddr = scene.running.value;
    b.request_paddr = scene.request.value;
    b.response_paddr = scene.page.value;
  });
}

std::uint32_t guest_status(PageScene& scene, Spa gctx, Spa at) {
  return scene.send<snp::SnpGuestStatusBuffer>(id::kGuestStatus, [&](auto& b) { b.gctx_paddr = gctx.value, b.status_paddr = at.value; });
}

std::uint32_t hv_report(PageScene& scene) {
  return scene.send<snp::SnpHvReportReqBuffer>(id::kHvReportReq, [&](auto& b) {
    b.length = 24u;
    b.gctx_paddr = scene.running.value;
    b.report_paddr = scene.page.value;
  });
}

std::uint32_t get_id(PageScene& scene) {
  sev::GetIdBuffer buffer{};
  buffer.id_paddr = scene.page.value;
  buffer.id_length = sev::kSocketIdSize;
  if (scene.machine.state_of(scene.request) != SWTEE_RMP_FIRMWARE) {
    scene.machine.write(scene.request, bytes_of(buffer));
    EXPECT_EQ(scene.machine.rmpupdate(scene.request, true, {}, 0, true), SWTEE_RMP_OK);
  }
  return static_cast<std::uint32_t>(scene.machine.machine().snp_command(sev_id::kGetId, scene.request.value));
}

std::uint32_t md_init(PageScene& scene) {
  return scene.send<snp::SnpPageMdInitBuffer>(id::kPageMdInit, [&](auto& b) {
    b.gctx_paddr = scene.launching.value;
    b.page_paddr = scene.page.value;
  });
}
std::uint32_t move(PageScene& scene, Spa src, Spa dst) {
  return scene.send<snp::SnpPageMoveBuffer>(id::kPageMove, [&](auto& b) {
    b.gctx_paddr = scene.launching.value;
    b.src_paddr = src.value;
    b.dst_paddr = dst.value;
  });
}
std::uint32_t swap_out(PageScene& scene, Spa src, Spa dst, snp::SwapPageType type = snp::SwapPageType::data) {
  const Spa entry = type == snp::SwapPageType::metadata ? kRootEntry : scene.free_entry();
  return code(scene.machine.command(id::kPageSwapOut, swap_out_buffer(scene.launching, src, dst, entry, type)));
}
std::uint32_t swap_in(PageScene& scene, Spa src, Spa dst) {
  return code(scene.machine.command(id::kPageSwapIn, swap_in_buffer(scene.launching, src, dst, scene.metadata)));
}
std::uint32_t debug(PageScene& scene, std::uint32_t id, Spa src, Spa dst) {
  return scene.send<snp::SnpDbgBuffer>(id, [&](auto& b) {
    b.gctx_paddr = scene.launching.value;
    b.src_paddr = src.value;
    b.dst_paddr = dst.value;
  });
}

struct Action {
  const char* what;
  std::function<std::uint32_t(PageScene&)> perform;
};

const std::vector<Action> kActions{
    {"RMPUPDATE to Hypervisor", [](PageScene& s) { return code(s.machine.rmpupdate(s.page, false)); }},
    {"RMPUPDATE to Firmware", [](PageScene& s) { return code(s.machine.rmpupdate(s.page, true, {}, 0, true)); }},
    {"RMPUPDATE to an immutable page", [](PageScene& s) { return code(s.machine.rmpupdate(s.page, true, kOwner, kGpa, true)); }},
    {"RMPUPDATE to a guest's page", [](PageScene& s) { return code(s.machine.rmpupdate(s.page, true, kOwner, kGpa)); }},
    {"SNP_GCTX_CREATE", [](PageScene& s) { return code(s.machine.gctx_command(id::kGctxCreate, s.page)); }},
    {"SNP_PAGE_RECLAIM", [](PageScene& s) { return code(s.machine.reclaim(s.page)); }},
    {"SNP_LAUNCH_UPDATE", [](PageScene& s) { return code(s.machine.launch_update(s.launching, s.page)); }},
    {"SNP_PLATFORM_STATUS to it",
     [](PageScene& s) {
       return s.send<snp::SnpPlatformStatusBuffer>(id::kPlatformStatus, [&](auto& b) { b.status_paddr = s.page.value; });
     }},
    {"SNP_FEATURE_INFO to it",
     [](PageScene& s) {
       return s.send<snp::SnpFeatureInfoBuffer>(id::kFeatureInfo, [&](auto& b) { b.length = 16u, b.feature_info_paddr = s.page.value; });
     }},
    {"SNP_GUEST_STATUS to it", [](PageScene& s) { return guest_status(s, s.running, s.page); }},
    {"SNP_GUEST_REQUEST answered in it", guest_request},
    {"SNP_HV_REPORT_REQ to it", hv_report},
    {"SNP_GUEST_STATUS of it", [](PageScene& s) { return guest_status(s, s.page, s.firmware); }},
    {"SNP_DECOMMISSION of it", [](PageScene& s) { return code(s.machine.gctx_command(id::kDecommission, s.page)); }},
    {"SNP_PAGE_MD_INIT", md_init},
    {"SNP_PAGE_MOVE from it", [](PageScene& s) { return move(s, s.page, s.pre_guest); }},
    {"SNP_PAGE_MOVE to it", [](PageScene& s) { return move(s, s.pre_swap, s.page); }},
    {"SNP_PAGE_SWAP_OUT of it", [](PageScene& s) { return swap_out(s, s.page, s.firmware); }},
    {"SNP_PAGE_SWAP_OUT of it as metadata", [](PageScene& s) { return swap_out(s, s.page, s.firmware, snp::SwapPageType::metadata); }},
    {"SNP_PAGE_SWAP_OUT to it", [](PageScene& s) { return swap_out(s, s.pre_swap, s.page); }},
    {"SNP_PAGE_SWAP_OUT described in it",
     [](PageScene& s) { return code(s.machine.command(id::kPageSwapOut, swap_out_buffer(s.launching, s.pre_swap, s.firmware, s.page))); }},
    {"SNP_PAGE_SWAP_IN from it", [](PageScene& s) { return swap_in(s, s.page, s.pre_guest); }},
    {"SNP_PAGE_SWAP_IN to it", [](PageScene& s) { return swap_in(s, s.stored, s.page); }},
    {"SNP_DBG_DECRYPT from it", [](PageScene& s) { return debug(s, id::kDbgDecrypt, s.page, s.firmware); }},
    {"SNP_DBG_DECRYPT to it", [](PageScene& s) { return debug(s, id::kDbgDecrypt, s.pre_swap, s.page); }},
    {"SNP_DBG_ENCRYPT from it", [](PageScene& s) { return debug(s, id::kDbgEncrypt, s.page, s.pre_swap); }},
    {"SNP_DBG_ENCRYPT to it", [](PageScene& s) { return debug(s, id::kDbgEncrypt, s.stored, s.page); }},
    {"PLATFORM_STATUS in it", [](PageScene& s) { return code(s.machine.machine().snp_command(sev_id::kPlatformStatus, s.page.value)); }},
    {"GET_ID to it", get_id},
};

std::vector<PageRow> all_rows() {
  std::vector<PageRow> rows(std::begin(page_matrix::kRmpupdate), std::end(page_matrix::kRmpupdate));
  rows.insert(rows.end(), std::begin(page_matrix::kCommands), std::end(page_matrix::kCommands));
  return rows;
}

TEST(PageMatrix, HasOneActionForEachRow) {
  const std::vector<PageRow> rows = all_rows();
  ASSERT_EQ(rows.size(), kActions.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_STREQ(rows[i].what, kActions[i].what);
}

TEST(PageMatrix, IsWhatBecomesOfThePage) {
  const std::vector<PageRow> rows = all_rows();
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t column = 0; column < kPageStates.size(); ++column) {
      const PageOutcome& wanted = rows[row].outcomes[column];
      const std::string cell = std::string(rows[row].what) + ", " + kPageStateNames[column];
      PageScene scene(kPageStates[column]);
      EXPECT_EQ(kActions[row].perform(scene), wanted.code) << cell;
      EXPECT_EQ(scene.machine.state_of(scene.page), wanted.code == 0 ? wanted.becomes : kPageStates[column]) << cell;
    }
}

TEST(PageMatrix, LeavesEverythingAloneWhenRefused) {
  const std::vector<PageRow> rows = all_rows();
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t column = 0; column < kPageStates.size(); ++column) {
      if (rows[row].outcomes[column].code == 0) continue;
      PageScene scene(kPageStates[column]);
      kActions[row].perform(scene);  // puts its arguments where they go
      const std::uint64_t before = state_hash(scene.machine);
      EXPECT_NE(kActions[row].perform(scene), 0u);
      EXPECT_EQ(state_hash(scene.machine), before) << rows[row].what << ", " << kPageStateNames[column];
    }
}

struct Writer {
  const char* who;
  Access access;
};
const std::vector<Writer> kWriters{
    {"the host", Access::host()},
    {"a device", {Access::Agent::device, {}, 0, false}},
    {"the owner, C-bit set", {Access::Agent::cpu, kOwner, 0, true}},
    {"the owner's VMPL1, C-bit set", {Access::Agent::cpu, kOwner, 1, true}},
    {"the owner, C-bit clear", {Access::Agent::cpu, kOwner, 0, false}},
    {"another guest, C-bit set", {Access::Agent::cpu, {3}, 0, true}},
    {"another guest, C-bit clear", {Access::Agent::cpu, {3}, 0, false}},
};

TEST(PageMatrix, HasOneWriterForEachRow) {
  ASSERT_EQ(std::size(page_matrix::kWrites), kWriters.size());
  for (std::size_t i = 0; i < kWriters.size(); ++i) EXPECT_STREQ(page_matrix::kWrites[i].who, kWriters[i].who);
}

TEST(PageMatrix, SaysWhoMayWrite) {
  const std::vector<std::uint8_t> data{1, 2, 3, 4, 5, 6, 7, 8};
  for (std::size_t row = 0; row < kWriters.size(); ++row)
    for (std::size_t column = 0; column < kPageStates.size(); ++column) {
      const std::string cell = std::string(kWriters[row].who) + ", " + kPageStateNames[column];
      PageScene scene(kPageStates[column]);
      PhysicalMemory& memory = scene.machine.machine().memory();
      const std::uint64_t before = state_hash(scene.machine);
      const auto done = memory.write(kWriters[row].access, scene.page + 0x18, data);
      EXPECT_EQ(done.ok(), page_matrix::kWrites[row].may[column]) << cell;
      EXPECT_EQ(scene.machine.state_of(scene.page), kPageStates[column]) << cell;
      if (!done.ok()) {
        const Access& access = kWriters[row].access;
        const bool own_invalid = kPageStates[column] == SWTEE_RMP_GUEST_INVALID && access.encrypted && access.asid == kOwner;
        const bool refused_vmpl = kPageStates[column] == SWTEE_RMP_GUEST_VALID && access.vmpl != 0;
        EXPECT_EQ(done.error(), own_invalid    ? MemoryFault::not_validated
                                : refused_vmpl ? MemoryFault::vmpl_violation
                                               : MemoryFault::rmp_violation)
            << cell;
        EXPECT_EQ(state_hash(scene.machine), before) << cell;
        continue;
      }
      std::vector<std::uint8_t> seen(data.size());
      EXPECT_TRUE(memory.read(kWriters[row].access, scene.page + 0x18, seen).ok()) << cell;
      EXPECT_EQ(seen, data) << cell;
    }
}

}  // namespace
}  // namespace swtee::test
