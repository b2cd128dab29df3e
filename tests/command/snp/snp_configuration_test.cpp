// SPDX-License-Identifier: Apache-2.0
/// SNP_CONFIG, SNP_COMMIT, SNP_VLEK_LOAD, and what becomes of TCBs at live update and power cycle.
#include "firmware/keys/vlek.h"
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

namespace swtee::test {
namespace {

using snp::Status;
using snp::Tcb;

struct Config {
  SnpMachine machine;  // genoa: bl 10, tee 0, snp 23, ucode 84
  snp::SnpConfigBuffer buffer{};
  Config() {
    machine.init();
    buffer.reported_tcb = tcb({.boot_loader = 9, .tee = 0, .snp = 23, .microcode = 80});
    buffer.flags = 3u;
  }
  static std::uint64_t tcb(const Tcb& t) { return encode(t, snp::TcbLayout::milan_genoa); }
  Status call() { return machine.command(id::kConfig, buffer); }
};
const FaultList<Config> kConfigFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Config& a) { a.machine.shutdown(); }},
    {"flag 2", "flags", Status::invalid_param, [](Config& a) { a.buffer.flags = 4u; }},
    {"flag 31", "flags", Status::invalid_param, [](Config& a) { a.buffer.flags = 0x80000000u; }},
    {"first reserved byte", "reserved", Status::invalid_param, [](Config& a) { a.buffer.reserved_ch[0] = 1; }},
    {"last reserved byte", "reserved", Status::invalid_param, [](Config& a) { a.buffer.reserved_ch[51] = 1; }},
    {"TCB byte without a component", "tcb", Status::invalid_param, [](Config& a) { a.buffer.reported_tcb = std::uint64_t{1} << 16; }},
    {"boot loader above committed", "tcb", Status::invalid_param, [](Config& a) { a.buffer.reported_tcb = Config::tcb({.boot_loader = 11}); }},
    {"TEE above committed", "tcb", Status::invalid_param, [](Config& a) { a.buffer.reported_tcb = Config::tcb({.tee = 1}); }},
    {"SNP above committed", "tcb", Status::invalid_param, [](Config& a) { a.buffer.reported_tcb = Config::tcb({.snp = 24}); }},
    {"microcode above committed", "tcb", Status::invalid_param, [](Config& a) { a.buffer.reported_tcb = Config::tcb({.microcode = 85}); }},
};
SWTEE_COMMAND_TESTS(SnpConfig, Config, kConfigFaults)

TEST(SnpConfig, SetsReportedTcbAndMasks) {
  Config a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().reported_tcb, (Tcb{.boot_loader = 9, .tee = 0, .snp = 23, .microcode = 80}));
  EXPECT_TRUE(a.machine.world().config.mask_chip_id && a.machine.world().config.mask_chip_key);
  a.buffer.flags = 0u;
  a.buffer.reported_tcb = Config::tcb(a.machine.world().permanent.committed_tcb);
  ASSERT_EQ(a.call(), Status::success) << "the committed TCB itself";
  EXPECT_FALSE(a.machine.world().config.mask_chip_id || a.machine.world().config.mask_chip_key);
}

TEST(SnpConfig, GoesBackToTheCommittedTcbWithZero) {
  Config a;
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_EQ(a.machine.configure(0), Status::success);
  EXPECT_EQ(a.machine.world().reported_tcb, a.machine.world().permanent.committed_tcb);
}

struct Commit {
  SnpMachine machine;
  snp::SnpCommitBuffer buffer{};
  Commit() {
    machine.init();
    buffer.length = sizeof(buffer);
  }
  Status call() { return machine.command(id::kCommit, buffer); }
};
const FaultList<Commit> kCommitFaults{
    {"length 3", "length", Status::invalid_len, [](Commit& a) { a.buffer.length = 3u; }},
    {"length 8", "length", Status::invalid_len, [](Commit& a) { a.buffer.length = 8u; }},
};
SWTEE_COMMAND_TESTS(SnpCommit, Commit, kCommitFaults)

/// Runs 1.55.40 at `launch`; a live update brings `current`.
config::PlatformConfig updatable() {
  auto config = small_platform("snp:milan");
  config.tcb.current = {.boot_loader = 4, .tee = 1, .snp = 24, .microcode = 115};
  config.tcb.launch = Tcb{.boot_loader = 4, .tee = 0, .snp = 23, .microcode = 115};
  config.tcb.committed = Tcb{.boot_loader = 3, .tee = 0, .snp = 22, .microcode = 115};
  return config;
}

struct Updated : Commit {
  config::PlatformConfig config = updatable();
  Updated() {
    machine.nv.record.reset();
    EXPECT_TRUE(machine.power_cycle(config).ok());
    machine.init();
    EXPECT_EQ(machine.machine().update_firmware(), Status::success);
  }
};

TEST(SnpCommit, LiftsCommittedAndReportedToCurrentAndStoresThem) {
  Updated a;
  EXPECT_EQ(a.machine.world().permanent.committed_tcb, *a.config.tcb.committed);
  EXPECT_EQ(a.machine.world().reported_tcb, *a.config.tcb.committed);
  const int stores = a.machine.nv.stores;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().permanent.committed_tcb, a.config.tcb.current);
  EXPECT_EQ(a.machine.world().reported_tcb, a.config.tcb.current);
  EXPECT_EQ(a.machine.nv.stores, stores + 1);
}

TEST(SnpCommit, ChangesNothingWhenTheStorageFails) {
  Updated a;
  a.machine.nv.store_fails = true;
  const std::uint64_t before = state_hash(a.machine);
  EXPECT_EQ(a.call(), Status::hwerror_platform);
  EXPECT_EQ(state_hash(a.machine), before);
  a.machine.nv.store_fails = false;
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpCommit, WorksBeforeSnpInit) {
  SnpMachine machine;
  EXPECT_EQ(machine.commit(), Status::success);
}

TEST(SnpCommit, KeepsOlderImagesOutFromThenOn) {
  Updated a;
  ASSERT_EQ(a.call(), Status::success);
  auto old = a.config;
  old.tcb.current = *old.tcb.launch;
  const auto older = a.machine.power_cycle(old);
  ASSERT_FALSE(older.ok());
  EXPECT_NE(older.error().what().find("rolled back"), std::string::npos) << older.error().what();

  auto newer = a.config;
  newer.tcb.launch.reset();
  newer.tcb.committed.reset();
  ASSERT_TRUE(a.machine.power_cycle(newer).ok());
  EXPECT_EQ(a.machine.world().permanent.committed_tcb, newer.tcb.current);
}

TEST(SnpCommit, LetsAPlatformThatLaunchesUnderAnOlderTcbStartWithTheCurrentOneFromThenOn) {
  Updated a;
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_TRUE(a.machine.power_cycle(a.config).ok());
  EXPECT_EQ(a.machine.world().current().tcb, a.config.tcb.current);
  EXPECT_EQ(a.machine.machine().update_firmware(), Status::success);
}

TEST(SnpCommit, KeepsOlderVersionsOutFromThenOn) {
  auto config = small_platform();
  SnpMachine machine(config);
  ASSERT_EQ(machine.commit(), Status::success);
  config.firmware.build -= 1;
  config.committed_firmware.reset();
  EXPECT_FALSE(machine.power_cycle(config).ok());
  config.firmware.build += 2;
  EXPECT_TRUE(machine.power_cycle(config).ok());
}

TEST(TcbRules, LetAProvisionalImageGoAwayAtAPowerCycle) {
  Updated a;
  EXPECT_EQ(a.machine.world().current().tcb, a.config.tcb.current);
  ASSERT_TRUE(a.machine.power_cycle(a.config).ok());
  EXPECT_EQ(a.machine.world().current().tcb, *a.config.tcb.launch);
  EXPECT_EQ(a.machine.world().permanent.committed_tcb, *a.config.tcb.committed);
}

TEST(TcbRules, RefuseALiveUpdateBelowTheCommittedTcb) {
  auto config = small_platform("snp:milan");
  SnpMachine machine(config);
  machine.init();
  ASSERT_EQ(machine.commit(), Status::success);
  // Another machine's configuration on the same storage: current is above in one component and below in another.
  config.tcb.current.microcode += 1;
  config.tcb.current.snp -= 1;
  EXPECT_FALSE(machine.power_cycle(config).ok());
}

TEST(TcbRules, KeepReportedThroughALiveUpdate) {
  Updated a;
  EXPECT_EQ(a.machine.world().reported_tcb, *a.config.tcb.committed);
  EXPECT_EQ(a.machine.configure(encode(a.config.tcb.current, snp::TcbLayout::milan_genoa)), Status::invalid_param)
      << "reported may follow current only after a commit";
}

TEST(TcbRules, ForgetReportedTcbAndMasksAtAPowerCycle) {
  Config a;
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  EXPECT_EQ(a.machine.world().reported_tcb, a.machine.world().permanent.committed_tcb);
  EXPECT_FALSE(a.machine.world().config.mask_chip_id || a.machine.world().config.mask_chip_key);
}

TEST(PowerOn, FailsWithTheReasonWhenTheStorageDoes) {
  SnpMachine machine;
  machine.nv.load_fails = true;
  const auto on = machine.power_cycle(small_platform());
  ASSERT_FALSE(on.ok());
  EXPECT_NE(on.error().what().find("storage does not answer"), std::string::npos);
  machine.nv.load_fails = false;
  machine.nv.record.reset();
  machine.nv.store_fails = true;
  EXPECT_FALSE(machine.power_cycle(small_platform()).ok());
}

TEST(PowerOn, FailsForEveryDamagedRecord) {
  SnpMachine machine;
  const auto good = *machine.nv.record;
  for (std::size_t i = 0; i < good.size(); ++i) {
    machine.nv.record = good;
    (*machine.nv.record)[i] ^= 0x10;
    EXPECT_FALSE(machine.power_cycle(small_platform()).ok()) << "byte " << i;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() - 1, good.size() + 1}) {
    machine.nv.record = good;
    machine.nv.record->resize(size);
    EXPECT_FALSE(machine.power_cycle(small_platform()).ok()) << size << " bytes";
  }
  machine.nv.record = good;
  EXPECT_TRUE(machine.power_cycle(small_platform()).ok());
}

struct VlekLoad {
  SnpMachine machine;
  Spa page = machine.take_page();
  snp::SnpVlekLoadBuffer buffer{};
  snp::WrappedVlekHashstick wrapped{};
  VlekLoad() {
    machine.init();
    wrap(machine.world().reported_tcb);
    buffer.length = sizeof(buffer);
    buffer.vlek_wrapped_paddr = page.value + 0x10;
  }
  void wrap(const Tcb& tcb, std::uint64_t chip = 0) {
    const auto universe = keys::Universe::test_default();
    const ProductRow& product = *machine.machine().config().product;
    wrapped = keys::wrap_vlek(keys::make_chip(universe, product, chip), keys::vlek_stick(universe, product, "swtee-csp", tcb));
    place();
  }
  void place() { machine.write(page + 0x10, bytes_of(wrapped)); }
  Status call() { return machine.command(id::kVlekLoad, buffer); }
};
const FaultList<VlekLoad> kVlekFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](VlekLoad& a) { a.machine.shutdown(); }},
    {"length 15", "length", Status::invalid_len, [](VlekLoad& a) { a.buffer.length = 15u; }},
    {"version 1", "version", Status::invalid_param, [](VlekLoad& a) { a.buffer.vlek_wrapped_version = 1; }},
    {"reserved byte of the buffer", "reserved", Status::invalid_param, [](VlekLoad& a) { a.buffer.reserved_5h[2] = 1; }},
    {"unaligned", "page", Status::invalid_address, [](VlekLoad& a) { a.buffer.vlek_wrapped_paddr = a.page.value + 8; }},
    {"outside memory", "page", Status::invalid_address, [](VlekLoad& a) { a.buffer.vlek_wrapped_paddr = kNoMemory; }},
    {"reserved byte of the stick", "stick", Status::invalid_param, [](VlekLoad& a) { a.wrapped.reserved_ch[0] = 1, a.place(); }},
    {"TCB byte without a component", "stick", Status::invalid_param,
     [](VlekLoad& a) { a.wrapped.tcb_version = a.wrapped.tcb_version | 0x10000u, a.place(); }},
    {"for another chip", "stick", Status::bad_measurement, [](VlekLoad& a) { a.wrap(a.machine.world().reported_tcb, 1); }},
    {"damaged", "stick", Status::bad_measurement, [](VlekLoad& a) { a.wrapped.wrapped[383] ^= 1, a.place(); }},
    {"another tag", "stick", Status::bad_measurement, [](VlekLoad& a) { a.wrapped.authtag[0] ^= 1, a.place(); }},
    {"TCB changed on the way", "stick", Status::bad_measurement,
     [](VlekLoad& a) { a.wrapped.tcb_version = a.wrapped.tcb_version - 1u, a.place(); }},
    {"for a lower TCB", "stick", Status::bad_version, [](VlekLoad& a) { a.wrap({.boot_loader = 10, .tee = 0, .snp = 22, .microcode = 84}); }},
    {"for a higher TCB", "stick", Status::bad_version, [](VlekLoad& a) { a.wrap({.boot_loader = 10, .tee = 0, .snp = 24, .microcode = 84}); }},
};
SWTEE_COMMAND_TESTS(SnpVlekLoad, VlekLoad, kVlekFaults)

TEST(SnpVlekLoad, IsSeenInThePlatformStatusUntilReportedTcbChanges) {
  VlekLoad a;
  EXPECT_EQ(a.machine.platform_status().flags & 4u, 0u);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.platform_status().flags & 4u, 4u);
  ASSERT_EQ(a.machine.configure(0), Status::success);
  EXPECT_EQ(a.machine.platform_status().flags & 4u, 4u) << "REPORTED_TCB did not change";
  ASSERT_EQ(a.machine.configure(Config::tcb({.boot_loader = 1})), Status::success);
  EXPECT_EQ(a.machine.platform_status().flags & 4u, 0u);
  EXPECT_EQ(a.call(), Status::bad_version);
}

TEST(SnpVlekLoad, IsDroppedByACommitThatLiftsReportedTcb) {
  SnpMachine machine(updatable());
  machine.init();
  const auto universe = keys::Universe::test_default();
  const ProductRow& product = *machine.machine().config().product;
  const Spa page = machine.take_page();
  machine.write(page, bytes_of(keys::wrap_vlek(machine.machine().chip(),
                                               keys::vlek_stick(universe, product, "csp", machine.world().reported_tcb))));
  snp::SnpVlekLoadBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.vlek_wrapped_paddr = page.value;
  ASSERT_EQ(machine.command(id::kVlekLoad, buffer), Status::success);
  ASSERT_EQ(machine.machine().update_firmware(), Status::success);
  EXPECT_TRUE(machine.world().vlek.has_value()) << "a provisional update leaves REPORTED_TCB";
  ASSERT_EQ(machine.commit(), Status::success);
  EXPECT_FALSE(machine.world().vlek.has_value());
}

}  // namespace
}  // namespace swtee::test
