// SPDX-License-Identifier: Apache-2.0
/// A whole machine, saved and loaded at every step of random calls, answers what one answers that was left alone.
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_walk.h"

#include "firmware/crypto/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

namespace swtee::test {
namespace {

using State = std::vector<std::uint8_t>;

config::PlatformConfig platform_of(std::uint64_t seed) {
  auto config = small_platform(seed % 2 == 0 ? "snp:milan" : "snp:genoa");
  config.tcb.launch = config.tcb.committed = config.tcb.current;
  config.tcb.current.snp = static_cast<std::uint8_t>(config.tcb.current.snp + 1);
  return config;
}

class MachineState : public testing::TestWithParam<std::uint64_t> {};

TEST_P(MachineState, IsTheSameAfterSaveAndLoadAtEveryStep) {
  const std::uint64_t seed = property_seed(GetParam());
  SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed));
  SnpMachine left_alone(platform_of(seed));
  SnpMachine interrupted(platform_of(seed));
  SnpWalk one(left_alone, seed);
  SnpWalk other(interrupted, seed);
  for (int step = 0; step < 400; ++step) {
    const State saved = interrupted.machine().save();
    const auto loaded = interrupted.save_and_load();
    ASSERT_TRUE(loaded.ok()) << "step " << step << ": " << loaded.error().what();
    ASSERT_EQ(interrupted.machine().save(), saved) << "step " << step;
    one.choose();
    other.choose();
    const Step expected = one.make();
    const Step got = other.make();
    ASSERT_EQ(got.what, expected.what) << "step " << step;
    ASSERT_EQ(got.result, expected.result) << "step " << step << ": " << expected.what;
    ASSERT_EQ(state_hash(interrupted), state_hash(left_alone)) << "step " << step << ": " << expected.what;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MachineState, testing::Values(41, 42, 43, 44));

/// The checksum is no secret: whoever changes a state makes a new one.
State sealed(State state) {
  state.resize(state.size() - 32);
  const auto checksum = crypto::sha256(state);
  state.insert(state.end(), checksum.begin(), checksum.end());
  return state;
}

class SavedMachine : public testing::Test {
 protected:
  SavedMachine() {
    machine.init();
    machine.guest(snp::GuestState::running);
    machine.guest(snp::GuestState::launch, {2});
    saved = machine.machine().save();
  }
  std::string error_of(const State& state) {
    nv.record = machine.nv.record;
    const auto loaded = machine::Machine::load(machine.machine().config(), {entropy, nv, faults}, state);
    return loaded.ok() ? "" : loaded.error().what();
  }
  SnpMachine machine;
  MemoryNvStore nv;
  CountingEntropy entropy;
  ScriptedFaults faults;
  State saved;
};

TEST_F(SavedMachine, IsRefusedInPart) {
  EXPECT_EQ(error_of(saved), "");
  for (std::size_t size = 0; size < saved.size(); size += size < 300 ? 1 : 997) {
    State part(saved.begin(), saved.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_NE(error_of(part), "") << size;
    if (size >= 40) {
      ASSERT_TRUE(error_of(sealed(part)).starts_with("the saved machine: ")) << size;
    }
  }
}

TEST_F(SavedMachine, SaysWhatIsWrong) {
  const auto with = [this](std::size_t at, std::uint8_t value) {
    State other = saved;
    other[at] = value;
    return other;
  };
  EXPECT_EQ(error_of({}), "the saved machine: it is too short");
  EXPECT_EQ(error_of(with(0, 'x')), "the saved machine: it does not begin with the magic \"swteemc\"");
  EXPECT_EQ(error_of(with(100, 0)), "the saved machine: it is damaged: its checksum does not fit");
  EXPECT_EQ(error_of(sealed(with(12, 9))), "the saved machine: it needs a reader of version 9; this is version 1");
  EXPECT_EQ(error_of(sealed(with(16, 'X'))), "the saved machine: byte 20: a section is missing or unknown");
  EXPECT_EQ(error_of(sealed(with(27, 0x7f))), "the saved machine: byte 20: the data ends within a value");
  EXPECT_EQ(error_of(sealed(with(30, 'x'))), "the saved machine: it was saved under another configuration");
}

TEST_F(SavedMachine, DoesNotRollBackWhatWasCommittedAfterIt) {
  nv.record = machine.nv.record;
  nv.record->at(0x12) = static_cast<std::uint8_t>(nv.record->at(0x12) + 1);
  const auto newer = nv.record;
  const auto loaded = machine::Machine::load(machine.machine().config(), {entropy, nv, faults}, saved);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().what(), "the saved machine: firmware: the permanent state in the storage is not the one of the saved machine");
  EXPECT_EQ(nv.record, newer);
}

TEST_F(SavedMachine, BringsItsPermanentStateToANewStorage) {
  ASSERT_TRUE(machine::Machine::load(machine.machine().config(), {entropy, nv, faults}, saved).ok());
  EXPECT_EQ(nv.record, machine.nv.record);
}

TEST_F(SavedMachine, LoadsWithOtherRandomNumbersAndAnotherClockOnly) {
  auto config = machine.machine().config();
  config.entropy = "another";
  config.clock = 5;
  EXPECT_TRUE(machine::Machine::load(config, {entropy, nv, faults}, saved).ok());
  config.cores += 1;
  EXPECT_FALSE(machine::Machine::load(config, {entropy, nv, faults}, saved).ok());
}

/// What the walk above does not do: a guest at work, a core on a VMSA, a physical attacker.
TEST_F(SavedMachine, KeepsPageTablesRunningVmsasAliasesAndSilence) {
  machine::Machine& old = machine.machine();
  const Spa page = machine.take_page();
  ASSERT_EQ(machine.rmpupdate(page, true, {1}, 0x5000), SWTEE_RMP_OK);
  old.map_guest_page({1}, {0x5000}, page);
  ASSERT_EQ(old.pvalidate({1}, 0, {0x5000}, 0, true).event, SWTEE_GUEST_DONE);
  std::array<std::uint8_t, 64> secret{1, 2, 3};
  ASSERT_EQ(old.guest_write({1}, 0, {0x5000}, secret).event, SWTEE_GUEST_DONE);
  ASSERT_EQ(old.rmpadjust({1}, 0, {0x5000}, 0, 0x10001).eax, SWTEE_RMP_OK) << "now a VMSA";
  old.run_vmsa(page, true);
  const Spa ghost = machine.take_page();
  ASSERT_TRUE(old.alias_addresses(ghost, page, kPageSize));
  old.silence_a_core(true);
  nv.record = machine.nv.record;
  const auto loaded = machine::Machine::load(old.config(), {entropy, nv, faults}, old.save());
  ASSERT_TRUE(loaded.ok()) << loaded.error().what();
  machine::Machine& next = *loaded.value();
  std::array<std::uint8_t, 64> read{};
  EXPECT_EQ(next.guest_read({1}, 0, {0x5000}, read).event, SWTEE_GUEST_DONE);
  EXPECT_EQ(read, secret);
  const auto adjusted = old.rmpadjust({1}, 0, {0x5000}, 0, 0x00001);
  EXPECT_NE(adjusted.eax, SWTEE_RMP_OK) << "a running VMSA";
  EXPECT_EQ(next.rmpadjust({1}, 0, {0x5000}, 0, 0x00001).eax, adjusted.eax);
  std::array<std::uint8_t, 64> at_ghost{}, at_page{};
  const Access bus{Access::Agent::bus, {}, 0, false};
  ASSERT_TRUE(next.read(bus, ghost, at_ghost).ok() && next.read(bus, page, at_page).ok());
  EXPECT_EQ(at_ghost, at_page);
  EXPECT_NE(at_page, secret) << "DRAM holds ciphertext";
  EXPECT_FALSE(next.cores().all_cores_report());
}

TEST_F(SavedMachine, KeepsCiphertextHidingAndTheRmpsSetting) {
  machine.machine().memory().hide_ciphertext(true);
  machine.machine().configure_rmp(false);
  nv.record = machine.nv.record;
  const auto loaded = machine::Machine::load(machine.machine().config(), {entropy, nv, faults}, machine.machine().save());
  ASSERT_TRUE(loaded.ok()) << loaded.error().what();
  EXPECT_TRUE(loaded.value()->memory().ciphertext_hidden());
  EXPECT_FALSE(loaded.value()->rmp().configured());
}

/// tests/state/README.md: files of each version load for ever.
TEST_F(SavedMachine, LoadsFromAFileThatVersion1Wrote) {
  std::ifstream file(SWTEE_SOURCE_DIR "/tests/state/machine-1.bin", std::ios::binary);
  const State old{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto loaded = machine::Machine::load(small_platform("snp:genoa"), {entropy, nv, faults}, old);
  ASSERT_TRUE(loaded.ok()) << loaded.error().what();
  const snp::World& world = loaded.value()->snp();
  ASSERT_EQ(world.guests.size(), 2u);
  EXPECT_EQ(world.guest(world.asids.owner({1}))->state(), snp::GuestState::running);
  EXPECT_EQ(world.guest(world.asids.owner({2}))->state(), snp::GuestState::launch);
  EXPECT_EQ(loaded.value()->snp_command(id::kDfFlush, 0), snp::Status::success);
}

/// Each byte of the parts that are not memory's content, changed: a machine of its own, saved as it was read, or refused.
TEST_F(SavedMachine, IsTakenAsItIsOrRefused) {
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (std::size_t at = 16; at < saved.size() - 32; at += at < 2000 ? 7 : 1009) {
    State other = saved;
    other[at] = static_cast<std::uint8_t>(other[at] ^ (at % 2 == 0 ? 1 : 0x80));
    other = sealed(other);
    nv.record.reset();
    const auto loaded = machine::Machine::load(machine.machine().config(), {entropy, nv, faults}, other);
    ++(loaded.ok() ? taken : refused);
    if (loaded.ok()) {
      ASSERT_EQ(loaded.value()->save(), other) << "byte " << at;
    }
  }
  EXPECT_GT(refused, 10u);
  EXPECT_GT(taken, 10u);
}

}  // namespace
}  // namespace swtee::test
