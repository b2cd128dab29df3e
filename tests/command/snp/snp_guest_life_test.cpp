// SPDX-License-Identifier: Apache-2.0
/// SNP_GCTX_CREATE, SNP_DECOMMISSION, SNP_GUEST_STATUS, SNP_PAGE_RECLAIM, and the sequences that hosts run.
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::PageType;
using snp::Status;

struct Create {
  SnpMachine machine;
  Spa page;
  snp::GctxBuffer buffer{};
  Create() {
    machine.init();
    page = machine.firmware_page();
    buffer.gctx_paddr = page.value;
  }
  Status call() { return machine.command(id::kGctxCreate, buffer); }
};
const FaultList<Create> kCreateFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Create& a) { a.machine.shutdown(); }},
    {"unaligned", "page", Status::invalid_address, [](Create& a) { a.buffer.gctx_paddr = a.page.value + 0x20; }},
    {"outside memory", "page", Status::invalid_address, [](Create& a) { a.buffer.gctx_paddr = kNoMemory; }},
    {"highest address", "page", Status::invalid_address, [](Create& a) { a.buffer.gctx_paddr = ~std::uint64_t{0xfff}; }},
    {"Hypervisor page", "page", Status::invalid_page_state, [](Create& a) { a.buffer.gctx_paddr = a.machine.take_page().value; }},
    {"Context page", "page", Status::invalid_page_state, [](Create& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"2 MiB page", "page", Status::invalid_page_size, [](Create& a) { a.buffer.gctx_paddr = a.machine.firmware_page(true).value; }},
    {"inside a 2 MiB page", "page", Status::invalid_page_size, [](Create& a) { a.buffer.gctx_paddr = a.machine.firmware_page(true).value + 0x2000; }},
};
SWTEE_COMMAND_TESTS(SnpGctxCreate, Create, kCreateFaults)

TEST(SnpGctxCreate, MakesTheFirmwarePageAContext) {
  Create a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_CONTEXT);
  EXPECT_EQ(a.machine.context(a.page).state(), GuestState::init);
  EXPECT_EQ(a.machine.platform_status().guest_count, 1u);
}

/// The host's C-bit, which Linux leaves in every address.
TEST(SnpGctxCreate, StripsTheCBit) {
  Create a;
  a.buffer.gctx_paddr = a.page.value | std::uint64_t{1} << 51;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_CONTEXT);
}

struct Decommission {
  SnpMachine machine;
  Spa gctx;
  snp::GctxBuffer buffer{};
  Decommission() {
    machine.init();
    gctx = machine.guest(GuestState::running, {8});
    buffer.gctx_paddr = gctx.value;
  }
  Status call() { return machine.command(id::kDecommission, buffer); }
};
const FaultList<Decommission> kDecommissionFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Decommission& a) { a.machine.shutdown(); }},
    {"unaligned", "page", Status::invalid_address, [](Decommission& a) { a.buffer.gctx_paddr = a.gctx.value + 0x20; }},
    {"outside memory", "page", Status::invalid_address, [](Decommission& a) { a.buffer.gctx_paddr = kNoMemory; }},
    {"Hypervisor page", "page", Status::invalid_guest, [](Decommission& a) { a.buffer.gctx_paddr = a.machine.take_page().value; }},
    {"Firmware page", "page", Status::invalid_guest, [](Decommission& a) { a.buffer.gctx_paddr = a.machine.firmware_page().value; }},
};
SWTEE_COMMAND_TESTS(SnpDecommission, Decommission, kDecommissionFaults)

TEST(SnpDecommission, DirtiesTheAsidAndFreesTheContext) {
  Decommission a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().asids.use({8}), snp::AsidTable::Use::dirty);
  EXPECT_EQ(a.machine.state_of(a.gctx), SWTEE_RMP_FIRMWARE);
  EXPECT_EQ(a.machine.world().guest(a.gctx), nullptr);
  EXPECT_EQ(a.call(), Status::invalid_guest);
}

TEST(SnpDecommission, WorksInEveryGuestState) {
  for (const GuestState state : {GuestState::init, GuestState::launch, GuestState::running}) {
    SnpMachine machine;
    machine.init();
    EXPECT_EQ(machine.gctx_command(id::kDecommission, machine.guest(state)), Status::success);
  }
}

struct GuestStatus {
  SnpMachine machine;
  Spa gctx;
  Spa page;
  snp::SnpGuestStatusBuffer buffer{};
  GuestStatus() {
    machine.init();
    gctx = machine.guest(GuestState::launch, {8}, 0xb0000);
    page = machine.firmware_page();
    buffer.gctx_paddr = gctx.value;
    buffer.status_paddr = page.value + 0xfe0;
  }
  Status call() { return machine.command(id::kGuestStatus, buffer); }
};
const FaultList<GuestStatus> kStatusFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](GuestStatus& a) { a.machine.shutdown(); }},
    {"context unaligned", "gctx", Status::invalid_address, [](GuestStatus& a) { a.buffer.gctx_paddr = a.gctx.value + 0x20; }},
    {"no context", "gctx", Status::invalid_guest, [](GuestStatus& a) { a.buffer.gctx_paddr = a.page.value; }},
    {"crosses the page", "page", Status::invalid_address, [](GuestStatus& a) { a.buffer.status_paddr = a.page.value + 0xfe8; }},
    {"outside memory", "page", Status::invalid_address, [](GuestStatus& a) { a.buffer.status_paddr = kNoMemory; }},
    {"Hypervisor page", "page", Status::invalid_page_state, [](GuestStatus& a) { a.buffer.status_paddr = a.machine.take_page().value; }},
    {"Context page", "page", Status::invalid_page_state, [](GuestStatus& a) { a.buffer.status_paddr = a.gctx.value; }},
};
SWTEE_COMMAND_TESTS(SnpGuestStatus, GuestStatus, kStatusFaults)

TEST(SnpGuestStatus, TellsPolicyAsidAndState) {
  GuestStatus a;
  ASSERT_EQ(a.call(), Status::success);
  const auto status = a.machine.read_as<snp::GuestStatus>(a.page + 0xfe0);
  EXPECT_EQ(status.policy, 0xb0000u);
  EXPECT_EQ(status.asid, 8u);
  EXPECT_EQ(status.state, 1);
  EXPECT_TRUE(all_zero(status.reserved_dh));
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_FIRMWARE);
  EXPECT_EQ(a.machine.reclaim(a.page), Status::success);
}

struct Reclaim {
  SnpMachine machine;
  Spa page;
  snp::SnpPageReclaimBuffer buffer{};
  Reclaim() {
    machine.init();
    page = machine.firmware_page();
    buffer.page_paddr = page.value;
  }
  Status call() { return machine.command(id::kPageReclaim, buffer); }
};
const FaultList<Reclaim> kReclaimFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Reclaim& a) { a.machine.shutdown(); }},
    {"bit 1 of the address", "page", Status::invalid_address, [](Reclaim& a) { a.buffer.page_paddr = a.page.value | 2; }},
    {"outside memory", "page", Status::invalid_address, [](Reclaim& a) { a.buffer.page_paddr = kNoMemory; }},
    {"2 MiB unaligned", "page", Status::invalid_address, [](Reclaim& a) { a.buffer.page_paddr = a.page.value | 1; }},
    {"4 KiB of a 2 MiB page", "page", Status::invalid_page_size, [](Reclaim& a) { a.buffer.page_paddr = a.machine.firmware_page(true).value; }},
    {"inside a 2 MiB page", "page", Status::invalid_page_size,
     [](Reclaim& a) { a.buffer.page_paddr = a.machine.firmware_page(true).value + 0x1000; }},
    {"2 MiB of a 4 KiB page", "page", Status::invalid_page_size, [](Reclaim& a) { a.buffer.page_paddr = a.machine.take_large_page().value | 1; }},
    {"Hypervisor page", "page", Status::invalid_page_state, [](Reclaim& a) { a.buffer.page_paddr = a.machine.take_page().value; }},
    {"Context page", "page", Status::invalid_page_state, [](Reclaim& a) { a.buffer.page_paddr = a.machine.gctx_create().value; }},
    {"Guest-Invalid page", "page", Status::invalid_page_state,
     [](Reclaim& a) {
       const Spa page = a.machine.take_page();
       ASSERT_EQ(a.machine.rmpupdate(page, true, {1}, 0x1000), SWTEE_RMP_OK);
       a.buffer.page_paddr = page.value;
     }},
    {"Guest-Valid page", "page", Status::invalid_page_state,
     [](Reclaim& a) {
       const Spa page = a.machine.pre_guest_page({1}, 0x1000);
       ASSERT_EQ(a.machine.launch_update(a.machine.guest(GuestState::launch), page), Status::success);
       a.buffer.page_paddr = page.value;
     }},
};
SWTEE_COMMAND_TESTS(SnpPageReclaim, Reclaim, kReclaimFaults)

TEST(SnpPageReclaim, TakesTheImmutableMarkFromEachState) {
  Reclaim a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_RECLAIM);
  EXPECT_EQ(a.call(), Status::success) << "a Reclaim page stays one";

  const Spa large = a.machine.firmware_page(true);
  ASSERT_EQ(a.machine.reclaim(large, true), Status::success);
  EXPECT_EQ(a.machine.state_of(large + 0x7000), SWTEE_RMP_RECLAIM);
  EXPECT_EQ(a.machine.rmpupdate(large, false, {}, 0, false, true), SWTEE_RMP_OK);

  const Spa pre_guest = a.machine.pre_guest_page({1}, 0x1000);
  ASSERT_EQ(a.machine.reclaim(pre_guest), Status::success);
  EXPECT_EQ(a.machine.state_of(pre_guest), SWTEE_RMP_GUEST_INVALID);

  const Spa pre_swap = a.machine.pre_guest_page({1}, 0x2000);
  ASSERT_EQ(a.machine.launch_update(a.machine.guest(GuestState::launch), pre_swap), Status::success);
  ASSERT_EQ(a.machine.rmpupdate(pre_swap, true, {1}, 0x2000, true), SWTEE_RMP_OK);
  ASSERT_EQ(a.machine.state_of(pre_swap), SWTEE_RMP_PRE_SWAP);
  ASSERT_EQ(a.machine.reclaim(pre_swap), Status::success);
  EXPECT_EQ(a.machine.state_of(pre_swap), SWTEE_RMP_GUEST_VALID);
}

TEST(GuestLife, EndsWhereItBegan) {
  SnpMachine machine;
  machine.init();
  for (int round = 0; round < 3; ++round) {
    SnpGuest guest(machine);
    EXPECT_EQ(machine.platform_status().guest_count, 1u);
    guest.destroy();
    EXPECT_EQ(machine.state_of(guest.gctx), SWTEE_RMP_HYPERVISOR);
    EXPECT_EQ(machine.platform_status().guest_count, 0u);
  }
}

TEST(GuestLife, SeparatesAFailedLaunchPageFromThoseBeforeIt) {
  SnpMachine machine;
  machine.init();
  const Spa gctx = machine.guest(GuestState::launch);
  const Spa accepted = machine.pre_guest_page({1}, 0x1000);
  ASSERT_EQ(machine.launch_update(gctx, accepted), Status::success);
  snp::CpuidTable table{};
  table.count = 65u;
  std::vector<std::uint8_t> content(kPageSize);
  std::memcpy(content.data(), &table, sizeof(table));
  const Spa refused = machine.pre_guest_page({1}, 0x2000, content);
  ASSERT_EQ(machine.launch_update(gctx, refused, PageType::cpuid), Status::invalid_param);
  EXPECT_EQ(machine.rmpupdate(refused, false), SWTEE_RMP_FAIL_PERMISSION);
  EXPECT_EQ(machine.reclaim(refused), Status::success);
  EXPECT_EQ(machine.rmpupdate(refused, false), SWTEE_RMP_OK);
  EXPECT_EQ(machine.rmpupdate(accepted, false), SWTEE_RMP_OK);
}

TEST(GuestLife, FreesVmsaPagesWithRmpupdateAlone) {
  SnpMachine machine;
  machine.init();
  const Spa gctx = machine.guest(GuestState::launch);
  const Spa vmsa = machine.pre_guest_page({1}, 0xfffffffff000);
  ASSERT_EQ(machine.launch_update(gctx, vmsa, PageType::vmsa), Status::success);
  EXPECT_EQ(machine.rmpupdate(vmsa, false), SWTEE_RMP_OK);
}

}  // namespace
}  // namespace swtee::test
