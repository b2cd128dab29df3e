// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::Status;

/// With ciphertext hiding, an ASID limit and a range list of three elements.
struct InitEx {
  SnpMachine machine{small_platform("snp:turin")};
  snp::SnpInitExBuffer buffer{};
  Spa list = machine.take_page();
  Spa fixed = machine.take_page();
  Spa firmware = machine.firmware_page();

  InitEx() {
    buffer.flags = 0xfu;
    buffer.list_paddr = list.value;
    buffer.max_snp_asid = std::uint16_t{99};
    element(0, fixed.value, 1);
    element(1, firmware.value, 1);
    element(2, 0xfd00000000, 0x1000);  // flash, which the RMP does not cover
    count(3);
  }
  void count(std::uint32_t n) {
    snp::RangeListHeader header{};
    header.num_elements = n;
    machine.write(list, bytes_of(header));
  }
  void element(std::uint64_t index, std::uint64_t base, std::uint32_t pages, std::uint32_t reserved = 0) {
    snp::RangeListElement e{};
    e.base = base;
    e.page_count = pages;
    e.reserved_ch = reserved;
    machine.write(list + 8 + 16 * index, bytes_of(e));
  }
  Status call() { return machine.command(id::kInitEx, buffer); }
};

const FaultList<InitEx> kFaults{
    {"platform initialised", "platform", Status::invalid_platform_state, [](InitEx& a) { a.machine.init(); }},
    {"flag 5", "flags", Status::invalid_param, [](InitEx& a) { a.buffer.flags = 0x2fu; }},
    {"reserved field 4h", "reserved", Status::invalid_param, [](InitEx& a) { a.buffer.reserved_4h = 1u; }},
    {"reserved byte 3fh", "reserved", Status::invalid_param, [](InitEx& a) { a.buffer.reserved_12h[45] = 1; }},
    {"TIO", "flags", Status::unsupported, [](InitEx& a) { a.buffer.flags = 0x1fu; }},
    {"ASID limit without ciphertext hiding", "flags", Status::invalid_param, [](InitEx& a) { a.buffer.flags = 7u; }},
    {"ASID limit above the platform's", "asid", Status::invalid_param, [](InitEx& a) { a.buffer.max_snp_asid = std::uint16_t{1007}; }},
    {"a core does not report", "platform", Status::invalid_config, [](InitEx& a) { a.machine.machine().silence_a_core(true); }},
    {"cores are not set up", "platform", Status::invalid_config, [](InitEx& a) { a.machine.machine().prepare_cores_for_snp(false); }},
    {"no RMP", "platform", Status::rmp_initialization_failed, [](InitEx& a) { a.machine.machine().configure_rmp(false); }},
    {"RMP never initialised", "flags", Status::rmp_init_required, [](InitEx& a) { a.buffer.flags = 0xeu; }},
    {"list unaligned", "list", Status::invalid_address, [](InitEx& a) { a.buffer.list_paddr = a.list.value + 8; }},
    {"list outside memory", "list", Status::invalid_address, [](InitEx& a) { a.buffer.list_paddr = kNoMemory; }},
    {"list longer than its page", "list", Status::invalid_param, [](InitEx& a) { a.count(256); }},
    {"list with 2^32 - 1 elements", "list", Status::invalid_param, [](InitEx& a) { a.count(0xffffffff); }},
    {"range reserved field", "element", Status::invalid_param, [](InitEx& a) { a.element(0, a.fixed.value, 1, 1); }},
    {"range unaligned", "element", Status::invalid_address, [](InitEx& a) { a.element(0, a.fixed.value + 0x10, 1); }},
    {"range has a guest page", "element", Status::invalid_page_state,
     [](InitEx& a) { a.element(0, a.machine.pre_guest_page({1}, 0x1000).value, 1); }},
    {"range has a 2 MiB Firmware page", "element", Status::invalid_page_size,
     [](InitEx& a) { a.element(0, a.machine.firmware_page(true).value, 1); }},
    {"range has a page inside a 2 MiB Firmware page", "element", Status::invalid_page_size,
     [](InitEx& a) { a.element(0, a.machine.firmware_page(true).value + 0x3000, 2); }},
};
SWTEE_COMMAND_TESTS(SnpInitEx, InitEx, kFaults)

TEST(SnpInitEx, MakesTheListedPagesHvFixedUntilReset) {
  InitEx a;
  ASSERT_EQ(a.call(), Status::success);
  for (const Spa page : {a.fixed, a.firmware}) {
    EXPECT_EQ(a.machine.state_of(page), SWTEE_RMP_HV_FIXED);
    EXPECT_EQ(a.machine.rmpupdate(page, true, {1}, 0x1000), SWTEE_RMP_FAIL_PERMISSION);
    EXPECT_EQ(a.machine.rmpupdate(page, false), SWTEE_RMP_FAIL_PERMISSION);
    EXPECT_EQ(a.machine.reclaim(page), Status::invalid_page_state);
  }
  ASSERT_EQ(a.machine.shutdown(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.fixed), SWTEE_RMP_HV_FIXED);
}

TEST(SnpInitEx, AcceptsAFullList) {
  InitEx a;
  for (std::uint64_t i = 0; i < 255; ++i) a.element(i, a.fixed.value, 1);
  a.count(255);
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpInitEx, BoundsTheWorkThatAListCanAskFor) {
  InitEx a;
  for (std::uint64_t i = 0; i < 255; ++i) a.element(i, 0, 0xffffffff);
  a.count(255);
  EXPECT_EQ(a.call(), Status::resource_limit);
  EXPECT_EQ(a.machine.state_of(a.fixed), SWTEE_RMP_HYPERVISOR);
}

TEST(SnpInitEx, RefusesCiphertextHidingOnAProductWithoutIt) {
  SnpMachine machine(small_platform("snp:milan"));
  snp::SnpInitExBuffer buffer{};
  buffer.flags = 9u;
  EXPECT_EQ(machine.command(id::kInitEx, buffer), Status::unsupported);
}

TEST(SnpInitEx, TakesTheRmpAsItIsOnceItWasInitialised) {
  SnpMachine machine;
  snp::SnpInitExBuffer buffer{};
  EXPECT_EQ(machine.command(id::kInitEx, buffer), Status::rmp_init_required);
  machine.init();
  ASSERT_EQ(machine.shutdown(), Status::success);
  EXPECT_EQ(machine.command(id::kInitEx, buffer), Status::success);
}

TEST(SnpInitEx, SaysInvalidPlatformStateWhateverElseIsWrongWhenInitialised) {
  SnpMachine machine;
  machine.init();
  const snp::SnpInitExBuffer buffer{};
  machine.machine().silence_a_core(true);
  EXPECT_EQ(machine.command(id::kInitEx, buffer), Status::invalid_platform_state);
  machine.machine().configure_rmp(false);
  EXPECT_EQ(machine.command(id::kInit), Status::invalid_platform_state);
}

/// `core` before `RMP`.
TEST(SnpInitEx, ChecksTheCoresBeforeTheRmp) {
  SnpMachine machine;
  const snp::SnpInitExBuffer buffer{};
  machine.machine().configure_rmp(false);
  EXPECT_EQ(machine.command(id::kInitEx, buffer), Status::rmp_initialization_failed);
  machine.machine().prepare_cores_for_snp(false);
  EXPECT_EQ(machine.command(id::kInitEx, buffer), Status::invalid_config);
}

struct Init {
  SnpMachine machine;
  Status call() { return machine.command(id::kInit); }
};
const FaultList<Init> kInitFaults{
    {"platform initialised", "platform", Status::invalid_platform_state, [](Init& a) { a.machine.init(); }},
    {"a core does not report", "platform", Status::invalid_config, [](Init& a) { a.machine.machine().silence_a_core(true); }},
    {"cores are not set up", "platform", Status::invalid_config, [](Init& a) { a.machine.machine().prepare_cores_for_snp(false); }},
    {"no RMP", "platform", Status::rmp_initialization_failed, [](Init& a) { a.machine.machine().configure_rmp(false); }},
};
SWTEE_COMMAND_TESTS(SnpInit, Init, kInitFaults)

TEST(SnpInit, InitialisesTheRmp) {
  SnpMachine machine;
  ASSERT_EQ(machine.command(id::kInit), Status::success);
  EXPECT_EQ(machine.world().state(), snp::PlatformState::init);
  EXPECT_TRUE(machine.world().rmp_initialized);
}

}  // namespace
}  // namespace swtee::test
