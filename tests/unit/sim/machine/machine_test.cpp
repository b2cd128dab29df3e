// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_guest.h"
#include "tests/support/snp_machine.h"

#include <gtest/gtest.h>

#include <map>

namespace swtee::test {
namespace {

using snp::Status;

TEST(Machine, RefusesAConfigurationThatIsNotValid) {
  auto config = small_platform();
  config.cores = 0;
  MemoryNvStore nv;
  CountingEntropy entropy;
  ScriptedFaults faults;
  const auto machine = machine::Machine::power_on(config, {entropy, nv, faults});
  ASSERT_FALSE(machine.ok());
  EXPECT_EQ(machine.error().what(), "cores must be from 1 to 4096");
  EXPECT_FALSE(nv.record.has_value()) << "a refused machine stored something";
}

TEST(Machine, StoresTheConfiguredCommittedValuesOnANewPlatformOnly) {
  auto config = small_platform("snp:milan");
  config.tcb.committed = snp::Tcb{.boot_loader = 2, .tee = 0, .snp = 5, .microcode = 100};
  config.committed_firmware = FirmwareVersion{1, 50, 1};
  SnpMachine machine(config);
  EXPECT_EQ(machine.nv.stores, 1);
  EXPECT_EQ(machine.world().permanent.committed_tcb, *config.tcb.committed);
  EXPECT_EQ(machine.world().permanent.committed_version, *config.committed_firmware);
  ASSERT_EQ(machine.commit(), Status::success);
  ASSERT_TRUE(machine.power_cycle(config).ok());
  EXPECT_EQ(machine.world().permanent.committed_tcb, config.tcb.current) << "what was committed counts, not the configuration";
  EXPECT_EQ(machine.nv.stores, 2);
}

TEST(Machine, LosesGuestsMemoryAndRmpWithThePower) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  ASSERT_TRUE(machine.power_cycle(small_platform()).ok());
  EXPECT_EQ(machine.world().state(), snp::PlatformState::uninit);
  EXPECT_TRUE(machine.world().guests.empty());
  EXPECT_EQ(machine.state_of(guest.secrets_page), SWTEE_RMP_HYPERVISOR);
  EXPECT_TRUE(all_zero(machine.read(guest.secrets_page, kPageSize)));
}

/// A secrets page is zeros for the most part; through a wrong key, or none, no block of it is.
bool no_block_of_zeros(const std::vector<std::uint8_t>& page) {
  for (std::size_t at = 0; at + 16 <= page.size(); at += 16)
    if (all_zero(ByteView(page).subspan(at, 16))) return false;
  return true;
}

/// A host that takes its pages back sees nothing of the guest's keys.
TEST(Machine, ShowsTheHostNothingOfAGuestsPagesAfterItTookThemBack) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  const auto secrets = machine.read_as_guest(guest.asid, guest.secrets_page, kPageSize);
  guest.destroy();
  const auto taken = machine.read(guest.secrets_page, kPageSize);
  EXPECT_NE(taken, secrets);
  EXPECT_TRUE(no_block_of_zeros(taken));
}

/// The pages of an ended guest still name its ASID, which the host may give to a guest of its own.
TEST(Machine, ShowsTheNextGuestOfAnAsidNothingOfTheLast) {
  SnpMachine machine;
  machine.init();
  SnpGuest victim(machine);
  ASSERT_EQ(machine.gctx_command(id::kDecommission, victim.gctx), Status::success);
  machine.wbinvd_and_flush();
  SnpGuest thief(machine);
  ASSERT_EQ(thief.asid, victim.asid);
  EXPECT_TRUE(no_block_of_zeros(machine.read_as_guest(thief.asid, victim.secrets_page, kPageSize))) << "noise";
  EXPECT_FALSE(all_zero(machine.read_as_guest(thief.asid, thief.secrets_page, kPageSize)));
}

struct Trace final : TraceSink {
  std::vector<CommandEvent> commands;
  std::vector<std::vector<std::uint8_t>> buffers;
  std::vector<MessageEvent> messages;
  void command(const CommandEvent& event) override {
    commands.push_back(event);
    buffers.emplace_back(event.buffer.begin(), event.buffer.end());
  }
  void message(const MessageEvent& event) override { messages.push_back(event); }
};

TEST(Machine, TracesEveryCommandOnceWithItsBufferAndStatus) {
  MemoryNvStore nv;
  CountingEntropy entropy;
  ScriptedFaults faults;
  Trace trace;
  auto machine = std::move(machine::Machine::power_on(small_platform(), {entropy, nv, faults, &trace})).value();
  machine->snp_command(0x84, 0);
  machine->snp_command(0x1234, 0x1000);
  const std::array<std::uint8_t, 4> length{4, 0, 0, 0};
  ASSERT_TRUE(machine->write(Access::host(), {0x2000}, length).ok());
  machine->snp_command(0xcb, 0x2000);
  ASSERT_EQ(trace.commands.size(), 3u);
  EXPECT_EQ(trace.commands[0].name, "SNP_DF_FLUSH");
  EXPECT_EQ(trace.commands[0].status, 1u);
  EXPECT_EQ(trace.commands[1].name, "");
  EXPECT_EQ(trace.commands[1].id, 0x1234u);
  EXPECT_EQ(trace.commands[1].status, 0x11u);
  EXPECT_EQ(trace.commands[2].status, 0u);
  EXPECT_EQ(trace.commands[2].buffer_paddr, 0x2000u);
  EXPECT_EQ(trace.buffers[2], (std::vector<std::uint8_t>{4, 0, 0, 0}));
}

}  // namespace
}  // namespace swtee::test
