// SPDX-License-Identifier: Apache-2.0
/// SNP_PLATFORM_STATUS, SNP_FEATURE_INFO, SNP_DF_FLUSH, SNP_SHUTDOWN and SNP_SHUTDOWN_EX.
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

struct PlatformStatus {
  SnpMachine machine;
  Spa page;
  snp::SnpPlatformStatusBuffer buffer{};
  PlatformStatus() {
    machine.init();
    page = machine.firmware_page();
    buffer.status_paddr = page.value;
  }
  Status call() { return machine.command(id::kPlatformStatus, buffer); }
};

const FaultList<PlatformStatus> kStatusFaults{
    {"unaligned", "page", Status::invalid_address, [](PlatformStatus& a) { a.buffer.status_paddr = a.page.value + 4; }},
    {"crosses the page", "page", Status::invalid_address, [](PlatformStatus& a) { a.buffer.status_paddr = a.page.value + 0xfe8; }},
    {"outside memory", "page", Status::invalid_address, [](PlatformStatus& a) { a.buffer.status_paddr = kNoMemory; }},
    {"Hypervisor page", "page", Status::invalid_page_state, [](PlatformStatus& a) { a.buffer.status_paddr = a.machine.take_page().value; }},
    {"Context page", "page", Status::invalid_page_state, [](PlatformStatus& a) { a.buffer.status_paddr = a.machine.gctx_create().value; }},
    {"guest page", "page", Status::invalid_page_state,
     [](PlatformStatus& a) { a.buffer.status_paddr = a.machine.pre_guest_page({3}, 0x1000).value; }},
    {"2 MiB Firmware page", "page", Status::invalid_page_size,
     [](PlatformStatus& a) { a.buffer.status_paddr = a.machine.firmware_page(true).value; }},
    {"inside a 2 MiB Firmware page", "page", Status::invalid_page_size,
     [](PlatformStatus& a) { a.buffer.status_paddr = a.machine.firmware_page(true).value + 0x5000; }},
};
SWTEE_COMMAND_TESTS(SnpPlatformStatus, PlatformStatus, kStatusFaults)

TEST(SnpPlatformStatus, HandsThePageBackAsReclaim) {
  PlatformStatus a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_RECLAIM);
  EXPECT_EQ(a.machine.reclaim(a.page), Status::success);
  EXPECT_EQ(a.machine.rmpupdate(a.page, false), SWTEE_RMP_OK);
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_HYPERVISOR);
}

TEST(SnpPlatformStatus, TellsTheStateAndTheVersions) {
  auto config = small_platform("snp:turin");
  config.firmware = {1, 58, 7};
  SnpMachine machine(config);
  auto status = machine.platform_status();
  EXPECT_EQ(status.state, 0);
  EXPECT_EQ(status.rmp, 0);
  machine.init();
  machine.guest(GuestState::init);
  machine.guest(GuestState::running);
  ASSERT_EQ(machine.configure(0x5100000003010101, true, true), Status::success);
  status = machine.platform_status();
  EXPECT_EQ(status.api_major, 1);
  EXPECT_EQ(status.api_minor, 58);
  EXPECT_EQ(status.build_id, 7u);
  EXPECT_EQ(status.state, 1);
  EXPECT_EQ(status.rmp, 3);  // IS_RMP_INIT, ALIAS_CHECK_COMPLETE
  EXPECT_EQ(status.flags, 0x2bu);  // masks, FEATURE_INFO, CIPHERTEXT_HIDING_CAP
  EXPECT_EQ(status.guest_count, 2u);
  EXPECT_EQ(status.current_tcb, 0x5100000004010101u);
  EXPECT_EQ(status.reported_tcb, 0x5100000003010101u);
}

TEST(SnpPlatformStatus, TellsWhatInitExSwitchedOn) {
  SnpMachine machine(small_platform("snp:turin"));
  snp::SnpInitExBuffer init{};
  init.flags = 0xdu;
  ASSERT_EQ(machine.command(id::kInitEx, init), Status::success);
  EXPECT_EQ(machine.platform_status().flags, 0x78u);
}

struct FeatureInfo {
  SnpMachine machine{small_platform("snp:turin")};
  Spa page;
  snp::SnpFeatureInfoBuffer buffer{};
  FeatureInfo() {
    machine.init();
    page = machine.firmware_page();
    buffer.length = sizeof(buffer);
    buffer.feature_info_paddr = page.value + 0xff0;
  }
  Status call() { return machine.command(id::kFeatureInfo, buffer); }
};

const FaultList<FeatureInfo> kFeatureFaults{
    {"length 15", "length", Status::invalid_len, [](FeatureInfo& a) { a.buffer.length = 15u; }},
    {"crosses the page", "page", Status::invalid_address, [](FeatureInfo& a) { a.buffer.feature_info_paddr = a.page.value + 0xff8; }},
    {"unaligned", "page", Status::invalid_address, [](FeatureInfo& a) { a.buffer.feature_info_paddr = a.page.value + 1; }},
    {"outside memory", "page", Status::invalid_address, [](FeatureInfo& a) { a.buffer.feature_info_paddr = kNoMemory; }},
    {"Hypervisor page", "page", Status::invalid_page_state, [](FeatureInfo& a) { a.buffer.feature_info_paddr = a.machine.take_page().value; }},
};
SWTEE_COMMAND_TESTS(SnpFeatureInfo, FeatureInfo, kFeatureFaults)

TEST(SnpFeatureInfo, TellsTheFeaturesOfTheProduct) {
  FeatureInfo turin;
  ASSERT_EQ(turin.call(), Status::success);
  EXPECT_EQ(turin.machine.read_as<snp::FeatureInfo>(turin.page + 0xff0).ecx, 0x1eu);
  EXPECT_EQ(turin.machine.state_of(turin.page), SWTEE_RMP_FIRMWARE);

  SnpMachine milan(small_platform("snp:milan"));
  const Spa page = milan.take_page();  // before SNP_INIT the host's own page will do
  snp::SnpFeatureInfoBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.feature_info_paddr = page.value;
  ASSERT_EQ(milan.command(id::kFeatureInfo, buffer), Status::success);
  EXPECT_EQ(milan.read_as<snp::FeatureInfo>(page).ecx, 0x6u);
  buffer.ecx_in = 1u;
  ASSERT_EQ(milan.command(id::kFeatureInfo, buffer), Status::success);
  EXPECT_TRUE(all_zero(milan.read(page, 16)));
}

struct DfFlush {
  SnpMachine machine;
  DfFlush() {
    machine.init();
    machine.gctx_command(id::kDecommission, machine.guest(GuestState::running, {4}));
    machine.machine().wbinvd_all();
  }
  Status call() { return machine.command(id::kDfFlush); }
};
const FaultList<DfFlush> kFlushFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](DfFlush& a) { a.machine.wbinvd_and_flush(), a.machine.shutdown(); }},
    {"another guest ended since", "wbinvd", Status::wbinvd_required,
     [](DfFlush& a) { a.machine.gctx_command(id::kDecommission, a.machine.guest(GuestState::launch, {5})); }},
};
SWTEE_COMMAND_TESTS(SnpDfFlush, DfFlush, kFlushFaults)

TEST(SnpDfFlush, FreesReleasedAsids) {
  DfFlush a;
  EXPECT_EQ(a.machine.world().asids.use({4}), snp::AsidTable::Use::dirty);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().asids.use({4}), snp::AsidTable::Use::free);
  EXPECT_EQ(a.call(), Status::success) << "a second flush has nothing to wait for";
}

TEST(SnpDfFlush, WantsWbinvdFromEveryCoreSinceTheGuestEnded) {
  SnpMachine machine;  // four cores
  machine.init();
  machine.machine().wbinvd(0);
  machine.machine().wbinvd(1);
  machine.gctx_command(id::kDecommission, machine.guest(GuestState::running, {4}));
  machine.machine().wbinvd(2);
  machine.machine().wbinvd(3);
  EXPECT_EQ(machine.command(id::kDfFlush), Status::wbinvd_required) << "cores 0 and 1 have not done it since";
  machine.machine().wbinvd(0);
  EXPECT_EQ(machine.command(id::kDfFlush), Status::wbinvd_required) << "core 1 has not done it since";
  machine.machine().wbinvd(1);
  EXPECT_EQ(machine.command(id::kDfFlush), Status::success);
}

TEST(SnpDfFlush, NeedsNoWbinvdWhenTheGuestHadNoAsid) {
  SnpMachine machine;
  machine.init();
  machine.gctx_command(id::kDecommission, machine.gctx_create());
  EXPECT_EQ(machine.command(id::kDfFlush), Status::success);
}

struct Shutdown {
  SnpMachine machine;
  Spa gctx;
  snp::SnpShutdownExBuffer buffer{};
  Shutdown() {
    machine.init();
    gctx = machine.guest(GuestState::running, {4});
    buffer.length = sizeof(buffer);
    buffer.flags = 3u;
  }
  Status call() { return machine.command(id::kShutdownEx, buffer); }
};
const FaultList<Shutdown> kShutdownFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Shutdown& a) { a.machine.wbinvd_and_flush(), a.machine.shutdown(); }},
    {"length 0", "length", Status::invalid_len, [](Shutdown& a) { a.buffer.length = 0u; }},
    {"reserved flag", "flags", Status::invalid_param, [](Shutdown& a) { a.buffer.flags = 4u; }},
    {"ASID not flushed", "asid", Status::dfflush_required,
     [](Shutdown& a) { a.machine.gctx_command(id::kDecommission, a.machine.guest(GuestState::launch, {5})); }},
};
SWTEE_COMMAND_TESTS(SnpShutdownEx, Shutdown, kShutdownFaults)

TEST(SnpShutdownEx, EndsGuestsAndHandsTheirContextsBack) {
  Shutdown a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().state(), snp::PlatformState::uninit);
  EXPECT_TRUE(a.machine.world().guests.empty());
  EXPECT_EQ(a.machine.state_of(a.gctx), SWTEE_RMP_RECLAIM);
  EXPECT_EQ(a.machine.rmpupdate(a.gctx, false), SWTEE_RMP_OK);
  a.machine.init();
  EXPECT_EQ(a.machine.platform_status().guest_count, 0u);
  a.machine.guest(GuestState::running, {4});
}

TEST(SnpShutdownEx, GoesOnAfterTheFlushItAskedFor) {
  Shutdown a;
  ASSERT_EQ(a.machine.gctx_command(id::kDecommission, a.gctx), Status::success);
  ASSERT_EQ(a.call(), Status::dfflush_required);
  ASSERT_EQ(a.machine.command(id::kDfFlush), Status::wbinvd_required);
  a.machine.wbinvd_and_flush();
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpShutdown, IsSnpShutdownExWithoutABuffer) {
  SnpMachine machine;
  EXPECT_EQ(machine.command(id::kShutdown), Status::invalid_platform_state);
  machine.init();
  machine.gctx_command(id::kDecommission, machine.guest(GuestState::launch, {5}));
  EXPECT_EQ(machine.command(id::kShutdown), Status::dfflush_required);
  machine.wbinvd_and_flush();
  EXPECT_EQ(machine.command(id::kShutdown), Status::success);
  EXPECT_EQ(machine.world().state(), snp::PlatformState::uninit);
}

}  // namespace
}  // namespace swtee::test
