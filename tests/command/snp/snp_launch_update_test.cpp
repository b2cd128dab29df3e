// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

#include <swtee/abi/snp/guest_message.h>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::PageType;
using snp::Status;

constexpr std::uint64_t kGpa = 0x7000;

/// One 4 KiB page.
struct Update {
  SnpMachine machine;
  Spa gctx;
  Spa page;
  snp::SnpLaunchUpdateBuffer buffer{};

  Update() {
    machine.init();
    gctx = machine.guest(GuestState::launch);
    page = machine.pre_guest_page({1}, kGpa, std::vector<std::uint8_t>(kPageSize, 0x77));
    buffer.gctx_paddr = gctx.value;
    buffer.page_paddr = page.value;
    type(PageType::normal);
  }
  void type(PageType t) { buffer.flags = (buffer.flags & ~0xeu) | static_cast<std::uint32_t>(t) << 1; }
  Status call() { return machine.command(id::kLaunchUpdate, buffer); }
};

const FaultList<Update> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Update& a) { a.machine.shutdown(); }},
    {"flag 5", "flags", Status::invalid_param, [](Update& a) { a.buffer.flags = a.buffer.flags | 0x20u; }},
    {"reserved field ch", "reserved", Status::invalid_param, [](Update& a) { a.buffer.reserved_ch = 1u; }},
    {"reserved field 18h", "reserved", Status::invalid_param, [](Update& a) { a.buffer.reserved_18h = 1; }},
    {"reserved field 1ch", "reserved", Status::invalid_param, [](Update& a) { a.buffer.reserved_1ch = 0x80000000u; }},
    {"page type 0", "type", Status::invalid_param, [](Update& a) { a.type(PageType::reserved); }},
    {"page type 7", "type", Status::invalid_param, [](Update& a) { a.type(static_cast<PageType>(7)); }},
    {"VMPL1 permission bit 4", "vmpl1", Status::invalid_param, [](Update& a) { a.buffer.vmpl1_perms = 0x10; }},
    {"VMPL2 permission bit 5", "vmpl2", Status::invalid_param, [](Update& a) { a.buffer.vmpl2_perms = 0x20; }},
    {"VMPL3 permission bit 7", "vmpl3", Status::invalid_param, [](Update& a) { a.buffer.vmpl3_perms = 0x80; }},
    {"context page unaligned", "gctx", Status::invalid_address, [](Update& a) { a.buffer.gctx_paddr = a.gctx.value + 1; }},
    {"no context page", "gctx", Status::invalid_guest, [](Update& a) { a.buffer.gctx_paddr = a.page.value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](Update& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"guest RUNNING", "gctx", Status::invalid_guest_state,
     [](Update& a) { a.buffer.gctx_paddr = a.machine.guest(GuestState::running, {2}).value; }},
    {"IMI page without IMI_EN", "imi", Status::invalid_param, [](Update& a) { a.buffer.flags = a.buffer.flags | 0x10u; }},
    {"guest without ASID", "gctx", Status::inactive,
     [](Update& a) {
       const Spa gctx = a.machine.gctx_create();
       ASSERT_EQ(a.machine.launch_start(gctx), Status::success);
       a.buffer.gctx_paddr = gctx.value;
     }},
    {"2 MiB VMSA", "type", Status::invalid_page_size, [](Update& a) { a.type(PageType::vmsa), a.buffer.flags = a.buffer.flags | 1u; }},
    {"2 MiB secrets page", "type", Status::invalid_page_size, [](Update& a) { a.type(PageType::secrets), a.buffer.flags = a.buffer.flags | 1u; }},
    {"2 MiB CPUID page", "type", Status::invalid_page_size, [](Update& a) { a.type(PageType::cpuid), a.buffer.flags = a.buffer.flags | 1u; }},
    {"page unaligned", "page", Status::invalid_address, [](Update& a) { a.buffer.page_paddr = a.page.value + 0x800; }},
    {"page outside memory", "page", Status::invalid_address, [](Update& a) { a.buffer.page_paddr = kNoMemory; }},
    {"page is Hypervisor", "page", Status::invalid_page_state, [](Update& a) { a.buffer.page_paddr = a.machine.take_page().value; }},
    {"page is Firmware", "page", Status::invalid_page_state, [](Update& a) { a.buffer.page_paddr = a.machine.firmware_page().value; }},
    {"page is Context", "page", Status::invalid_page_state, [](Update& a) { a.buffer.page_paddr = a.gctx.value; }},
    {"page is Guest-Invalid", "page", Status::invalid_page_state,
     [](Update& a) {
       const Spa page = a.machine.take_page();
       ASSERT_EQ(a.machine.rmpupdate(page, true, {1}, 0x9000), SWTEE_RMP_OK);
       a.buffer.page_paddr = page.value;
     }},
    {"page is Guest-Valid", "page", Status::invalid_page_state,
     [](Update& a) {
       const Spa page = a.machine.pre_guest_page({1}, 0x9000);
       ASSERT_EQ(a.machine.launch_update(a.gctx, page), Status::success);
       a.buffer.page_paddr = page.value;
     }},
    {"RMP says 2 MiB", "page", Status::invalid_page_size,
     [](Update& a) { a.buffer.page_paddr = a.machine.pre_guest_page({1}, 0x200000, {}, true).value; }},
    {"page inside a 2 MiB entry", "page", Status::invalid_page_size,
     [](Update& a) { a.buffer.page_paddr = a.machine.pre_guest_page({1}, 0x200000, {}, true).value + kPageSize; }},
    {"page of another ASID", "page", Status::invalid_page_owner,
     [](Update& a) { a.buffer.page_paddr = a.machine.pre_guest_page({2}, kGpa).value; }},
};
SWTEE_COMMAND_TESTS(SnpLaunchUpdate, Update, kFaults)

TEST(SnpLaunchUpdate, RefusesA4KiBRmpEntryForA2MiBPage) {
  Update a;
  const Spa page = a.machine.take_large_page();
  ASSERT_EQ(a.machine.rmpupdate(page, true, {1}, 0x200000, true), SWTEE_RMP_OK);
  a.buffer.page_paddr = page.value;
  a.buffer.flags = a.buffer.flags | 1u;
  expect_refused(a, Status::invalid_page_size, "4 KiB entry");
}

TEST(SnpLaunchUpdate, RefusesA2MiBPageThatIsNotAligned) {
  Update a;
  a.buffer.flags = a.buffer.flags | 1u;
  a.buffer.page_paddr = a.machine.pre_guest_page({1}, 0x200000, {}, true).value + kPageSize;
  expect_refused(a, Status::invalid_address, "unaligned");
}

TEST(SnpLaunchUpdate, GivesThePageToTheGuestWithItsPermissions) {
  Update a;
  a.buffer.vmpl1_perms = 0xf;
  a.buffer.vmpl2_perms = 3;
  a.buffer.vmpl3_perms = 1;
  ASSERT_EQ(a.call(), Status::success);
  const auto entry = a.machine.machine().rmp().entry(a.page);
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_GUEST_VALID);
  EXPECT_FALSE(entry->vmsa);
  EXPECT_EQ(entry->gpa, kGpa);
  EXPECT_EQ(entry->vmpl_permissions[0], SWTEE_VMPL_ALL);
  EXPECT_EQ(entry->vmpl_permissions[1], 0xf);
  EXPECT_EQ(entry->vmpl_permissions[2], 3);
  EXPECT_EQ(entry->vmpl_permissions[3], 1);
  EXPECT_EQ(a.machine.read_as_guest({1}, a.page, 16), std::vector<std::uint8_t>(16, 0x77));
  std::vector<std::uint8_t> stolen(16);
  ASSERT_TRUE(a.machine.machine().memory().read(Access::host(), a.page, stolen).ok());
  EXPECT_NE(stolen, std::vector<std::uint8_t>(16, 0x77)) << "ciphertext";
}

TEST(SnpLaunchUpdate, MarksAVmsaPage) {
  Update a;
  a.type(PageType::vmsa);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(a.machine.machine().rmp().entry(a.page)->vmsa);
}

TEST(SnpLaunchUpdate, ClearsAZeroPage) {
  Update a;
  a.type(PageType::zero);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(all_zero(a.machine.read_as_guest({1}, a.page, kPageSize)));
}

TEST(SnpLaunchUpdate, WritesTheSecretsPage) {
  auto config = small_platform("snp:turin");
  SnpMachine machine(config);
  machine.init();
  LaunchOptions options;
  options.gosvw.fill(0x99);
  options.start_flags = 2;
  SnpGuest guest(machine, options);
  const auto page = from_bytes<snp::SecretsPage>(machine.read_as_guest({1}, guest.secrets_page, kPageSize));
  EXPECT_EQ(page.version, 3u);
  EXPECT_EQ(page.flags, 1u);
  EXPECT_EQ(page.fms, 0x00b00f21u);
  EXPECT_EQ(page.gosvw, options.gosvw);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(crypto::equal(page.vmpck[i], guest.context().vmpck[i].expose())) << i;
  EXPECT_TRUE(all_zero(page.guest_area) && all_zero(page.guest_area_2) && all_zero(page.reserved_164h) && page.reserved_ch == 0);
}

TEST(SnpLaunchUpdate, PutsImiPagesIntoBothDigests) {
  SnpMachine machine;
  machine.init();
  const Spa gctx = machine.gctx_create();
  ASSERT_EQ(machine.launch_start(gctx, snp::policy::kDefault, 2), Status::success);
  ASSERT_EQ(machine.activate(gctx, {1}), Status::success);
  ASSERT_EQ(machine.launch_update(gctx, machine.pre_guest_page({1}, 0x1000)), Status::success);
  EXPECT_TRUE(all_zero(machine.context(gctx).imi_digest));
  const auto before = machine.context(gctx).launch_digest;
  ASSERT_EQ(machine.launch_update(gctx, machine.pre_guest_page({1}, 0x2000), PageType::normal, false, {}, true), Status::success);
  EXPECT_FALSE(all_zero(machine.context(gctx).imi_digest));
  EXPECT_NE(machine.context(gctx).launch_digest, before);
}

/// CPUID tables.
struct CpuidUpdate : Update {
  snp::CpuidTable table{};
  CpuidUpdate() {
    type(PageType::cpuid);
    table.count = 1u;
    table.functions[0].eax_in = 0x8000001du;
    table.functions[0].ecx_in = 3u;
    table.functions[0].edx = 2u;
  }
  /// A new Pre-Guest page with the table.
  void place() {
    std::vector<std::uint8_t> content(kPageSize, 0);
    std::memcpy(content.data(), &table, sizeof(table));
    page = machine.pre_guest_page({1}, 0xa000, content);
    buffer.page_paddr = page.value;
  }
};

TEST(SnpLaunchUpdate, AcceptsACpuidPageTheCpuCanHave) {
  CpuidUpdate a;
  a.place();
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_GUEST_VALID);
}

/// The value that hosts are known to get wrong.
TEST(SnpLaunchUpdate, CorrectsARefusedCpuidPageForTheHost) {
  CpuidUpdate a;
  a.table.functions[0].edx = 6u;
  a.place();
  const auto digest = a.machine.context(a.gctx).launch_digest;
  ASSERT_EQ(a.call(), Status::invalid_param);
  EXPECT_EQ(a.machine.context(a.gctx).launch_digest, digest);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_PRE_GUEST);
  ASSERT_EQ(a.machine.reclaim(a.page), Status::success);
  ASSERT_EQ(a.machine.rmpupdate(a.page, false), SWTEE_RMP_OK);
  const auto corrected = a.machine.read_as<snp::CpuidTable>(a.page);
  EXPECT_EQ(corrected.count, 1u);
  EXPECT_EQ(corrected.functions[0].edx, 2u);
  a.table = corrected;
  a.place();
  EXPECT_EQ(a.call(), Status::success) << "the corrected table is refused";
}

TEST(SnpLaunchUpdate, CorrectsTheXsaveSizeOfACpuidPage) {
  CpuidUpdate a;
  a.table.functions[0] = {};
  a.table.functions[0].eax_in = 0xdu;
  a.table.functions[0].xcr0_in = std::uint64_t{1};
  a.table.functions[0].ebx = 0x340u;
  a.place();
  ASSERT_EQ(a.call(), Status::invalid_param);
  ASSERT_EQ(a.machine.reclaim(a.page), Status::success);
  ASSERT_EQ(a.machine.rmpupdate(a.page, false), SWTEE_RMP_OK);
  EXPECT_EQ(a.machine.read_as<snp::CpuidTable>(a.page).functions[0].ebx, 0x240u);
}

TEST(SnpLaunchUpdate, RefusesACpuidPageWithMoreFunctionsThanFit) {
  CpuidUpdate a;
  a.table.count = 65u;
  a.place();
  expect_refused(a, Status::invalid_param, "65 functions");
  a.table.count = 0xffffffffu;
  a.place();
  expect_refused(a, Status::invalid_param, "2^32 - 1 functions");
}

TEST(SnpLaunchUpdate, AcceptsACpuidPageWith64Functions) {
  CpuidUpdate a;
  a.table.count = 64u;
  for (auto& function : a.table.functions) function = a.table.functions[0];
  a.place();
  EXPECT_EQ(a.call(), Status::success);
}

}  // namespace
}  // namespace swtee::test
