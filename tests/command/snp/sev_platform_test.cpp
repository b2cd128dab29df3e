// SPDX-License-Identifier: Apache-2.0
/// Legacy SEV: INIT, INIT_EX, SHUTDOWN, FACTORY_RESET, PLATFORM_STATUS, GET_ID, NOP, DF_FLUSH.
#include "tests/support/sev_host.h"
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::Status;

bool same(const sev::Certificate& a, const sev::Certificate& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

struct SevInit {
  SnpMachine machine;
  SevHost host{machine};
  sev::InitBuffer buffer{};
  SevInit() {
    buffer.flags = 1u;
    buffer.tmr_paddr = host.take_range().value;
    buffer.tmr_length = 0x100000u;
  }
  Status call() { return machine.command(sev_id::kInit, buffer); }
};
const FaultList<SevInit> kInitFaults{
    {"initialised already", "platform", Status::invalid_platform_state, [](SevInit& a) { a.host.init(); }},
    {"reserved word", "reserved", Status::invalid_param, [](SevInit& a) { a.buffer.reserved_4h = 1u; }},
    {"reserved flag", "flags", Status::invalid_param, [](SevInit& a) { a.buffer.flags = 3u; }},
    {"too little memory", "length", Status::invalid_len, [](SevInit& a) { a.buffer.tmr_length = 0xfffffu; }},
    {"memory not 1 MiB aligned", "tmr", Status::invalid_address, [](SevInit& a) { a.buffer.tmr_paddr = a.buffer.tmr_paddr + 0x1000; }},
    {"memory outside memory", "tmr", Status::invalid_address, [](SevInit& a) { a.buffer.tmr_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevInitCommand, SevInit, kInitFaults)

/// The same once SNP is INIT: twice the memory, and all of it Firmware pages.
struct SevInitWithSnp : SevInit {
  SevInitWithSnp() {
    machine.init();
    const Spa tmr{buffer.tmr_paddr};
    host.to_firmware(tmr, 0x200000);
    buffer.tmr_length = 0x200000u;
  }
};
const FaultList<SevInitWithSnp> kInitWithSnpFaults{
    {"1 MiB", "length", Status::invalid_len, [](SevInitWithSnp& a) { a.buffer.tmr_length = 0x100000u; }},
    {"not 2 MiB aligned", "tmr", Status::invalid_address, [](SevInitWithSnp& a) { a.buffer.tmr_paddr = a.buffer.tmr_paddr + 0x100000; }},
    {"last page is the host's", "page", Status::invalid_page_state,
     [](SevInitWithSnp& a) { a.host.to_host(Spa{a.buffer.tmr_paddr + 0x1ff000}, kPageSize); }},
};
SWTEE_COMMAND_TESTS(SevInitWithSnpCommand, SevInitWithSnp, kInitWithSnpFaults)

TEST(SevInitCommand, IgnoresTheMemoryWithoutSevEs) {
  SevInit a;
  a.buffer.flags = 0u;
  a.buffer.tmr_paddr = 3;
  a.buffer.tmr_length = 1u;
  EXPECT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.host.platform_status().config, 0);
}

TEST(SevInitCommand, TellsWhatItMade) {
  SevInit a;
  ASSERT_EQ(a.call(), Status::success);
  const auto status = a.host.platform_status();
  EXPECT_EQ(status.state, 1);
  EXPECT_EQ(status.owner, 0);
  EXPECT_EQ(status.config, 1);
  EXPECT_EQ(status.guest_count, 0u);
  EXPECT_EQ(status.api_major, a.machine.world().current().version.major);
  EXPECT_EQ(status.api_minor, a.machine.world().current().version.minor);
  EXPECT_EQ(status.build_id, a.machine.world().current().version.build);
  EXPECT_EQ(status.reserved_6h, 0);
}

TEST(SevInitCommand, FindsTheSameOwnerAfterShutdownAndPowerCycle) {
  SevInit a;
  ASSERT_EQ(a.call(), Status::success);
  const auto first = a.host.export_certificates();
  ASSERT_EQ(a.host.shutdown(), Status::success);
  EXPECT_EQ(a.host.platform_status().state, 0);
  EXPECT_EQ(a.host.platform_status().config, 0);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(same(a.host.export_certificates().pdh, first.pdh));
  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  EXPECT_EQ(a.host.platform_status().state, 0);
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_TRUE(same(a.host.export_certificates().pdh, first.pdh));
  EXPECT_TRUE(same(a.host.export_certificates().chain.pek, first.chain.pek));
}

TEST(SevInitCommand, ChangesNothingWhenTheStorageFails) {
  SevInit a;
  a.machine.nv.store_fails = true;
  EXPECT_EQ(a.call(), Status::hwerror_platform);
  EXPECT_EQ(a.host.platform_status().state, 0);
  EXPECT_TRUE(a.machine.world().permanent.sev_owner.empty());
  a.machine.nv.store_fails = false;
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SevInitCommand, SaysOnceThatTheStoredOwnerIsDamagedAndStartsAnew) {
  SevInit a;
  ASSERT_EQ(a.call(), Status::success);
  const auto first = a.host.export_certificates();
  a.machine.nv.record->back() ^= 1;
  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  EXPECT_EQ(a.host.init(), Status::secure_data_invalid);
  EXPECT_EQ(a.host.platform_status().state, 0);
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_FALSE(same(a.host.export_certificates().pdh, first.pdh));
}

TEST(SevInitCommand, FindsDamageInEveryByteOfTheStoredOwner) {
  SevInit a;
  ASSERT_EQ(a.call(), Status::success);
  const auto good = a.machine.world().permanent.sev_owner;
  for (std::size_t at = 0; at < good.size(); at += at < 0x40 ? 1 : 97) {
    auto damaged = good;
    damaged[at] ^= 0x20;
    EXPECT_FALSE(snp::open_sealed_owner(a.machine.world().chip, damaged).ok()) << "byte " << at;
  }
  EXPECT_TRUE(snp::open_sealed_owner(a.machine.world().chip, good).ok());
  EXPECT_FALSE(snp::open_sealed_owner(a.machine.world().chip, ByteView(good).first(good.size() - 1)).ok());
}

TEST(SevInitCommand, DoesNotTakeAnotherChipsOwner) {
  SevInit a;
  ASSERT_EQ(a.call(), Status::success);
  auto other = small_platform();
  other.chip = 1;
  ASSERT_TRUE(a.machine.power_cycle(other).ok());
  EXPECT_EQ(a.host.init(), Status::secure_data_invalid);
}

/// A blank area, as Linux makes one when there is no file.
struct SevInitEx {
  SnpMachine machine;
  SevHost host{machine};
  Spa area = host.take_range();
  sev::InitExBuffer buffer{};
  SevInitEx() {
    machine.write(area, std::vector<std::uint8_t>(0x8000, 0xff));
    buffer.length = 0x24u;
    buffer.flags = 1u;
    buffer.tmr_paddr = host.take_range().value;
    buffer.tmr_length = 0x100000u;
    buffer.nv_paddr = area.value;
    buffer.nv_length = 0x8000u;
  }
  Status call() { return machine.command(sev_id::kInitEx, buffer); }
};
const FaultList<SevInitEx> kInitExFaults{
    {"initialised already", "platform", Status::invalid_platform_state, [](SevInitEx& a) { a.host.init(); }},
    {"length 20h", "length", Status::invalid_len, [](SevInitEx& a) { a.buffer.length = 0x20u; }},
    {"reserved word", "reserved", Status::invalid_param, [](SevInitEx& a) { a.buffer.reserved_14h = 1u; }},
    {"reserved flag", "flags", Status::invalid_param, [](SevInitEx& a) { a.buffer.flags = 0x80000001u; }},
    {"too little memory", "tmr length", Status::invalid_len, [](SevInitEx& a) { a.buffer.tmr_length = 0u; }},
    {"memory outside memory", "tmr", Status::invalid_address, [](SevInitEx& a) { a.buffer.tmr_paddr = kNoMemory; }},
    {"area of 16 KiB", "nv length", Status::invalid_len, [](SevInitEx& a) { a.buffer.nv_length = 0x4000u; }},
    {"area unaligned", "area", Status::invalid_address, [](SevInitEx& a) { a.buffer.nv_paddr = a.area.value + 0x10; }},
    {"area outside memory", "area", Status::invalid_address, [](SevInitEx& a) { a.buffer.nv_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevInitExCommand, SevInitEx, kInitExFaults)

TEST(SevInitExCommand, WantsFirmwarePagesOnceSnpIsOn) {
  SevInitEx a;
  a.buffer.flags = 0u;
  a.machine.init();
  const std::uint64_t before = state_hash(a.machine);
  EXPECT_EQ(a.call(), Status::invalid_page_state);
  EXPECT_EQ(state_hash(a.machine), before);
  a.host.to_firmware(a.area, 0x8000);
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SevInitExCommand, KeepsTheOwnerInTheArea) {
  SevInitEx a;
  const auto record = *a.machine.nv.record;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(*a.machine.nv.record, record) << "nothing of it in the platform's own storage";
  const auto first = a.host.export_certificates();
  const auto content = a.machine.read(a.area, 0x8000);
  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  a.machine.write(a.area, content);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(same(a.host.export_certificates().pdh, first.pdh));

  ASSERT_EQ(a.machine.command(sev_id::kPdhGen), Status::success);
  EXPECT_NE(a.machine.read(a.area, 0x8000), content);
  const auto second = a.host.export_certificates();
  ASSERT_EQ(a.host.shutdown(), Status::success);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(same(a.host.export_certificates().pdh, second.pdh));
}

TEST(SevInitExCommand, SaysOnceThatTheAreaIsDamagedAndStartsAnew) {
  SevInitEx a;
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_EQ(a.host.shutdown(), Status::success);
  a.machine.write(a.area + 0x100, Bytes<1>{0x55});
  EXPECT_EQ(a.call(), Status::secure_data_invalid);
  EXPECT_EQ(a.host.platform_status().state, 0);
  EXPECT_EQ(a.machine.read(a.area, 0x8000), std::vector<std::uint8_t>(0x8000, 0xff));
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SevFactoryReset, ErasesTheOwnerInBothPlaces) {
  SevInitEx a;
  ASSERT_EQ(a.host.init(), Status::success);
  const auto own = a.host.export_certificates();
  ASSERT_EQ(a.host.shutdown(), Status::success);
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_EQ(a.host.shutdown(), Status::success);
  EXPECT_EQ(a.machine.command(sev_id::kFactoryReset), Status::success);
  EXPECT_EQ(a.machine.read(a.area, 0x8000), std::vector<std::uint8_t>(0x8000, 0xff));
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_FALSE(same(a.host.export_certificates().chain.pek, own.chain.pek));
}

TEST(SevFactoryReset, IsDurable) {
  SevInit a;
  ASSERT_EQ(a.call(), Status::success);
  const auto first = a.host.export_certificates();
  ASSERT_EQ(a.host.shutdown(), Status::success);
  a.machine.nv.store_fails = true;
  EXPECT_EQ(a.machine.command(sev_id::kFactoryReset), Status::hwerror_platform);
  a.machine.nv.store_fails = false;
  ASSERT_EQ(a.machine.command(sev_id::kFactoryReset), Status::success);
  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_FALSE(same(a.host.export_certificates().pdh, first.pdh));
}

/// The host may do what it likes with the area after SHUTDOWN; the firmware must not write to what has become somebody else's.
TEST(SevFactoryReset, DoesNotWriteToAnAreaThatIsNoLongerTheFirmwares) {
  SevInitEx a;
  a.buffer.flags = 0u;
  a.machine.init();
  a.host.to_firmware(a.area, 0x8000);
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_EQ(a.host.shutdown(), Status::success);
  a.host.to_host(a.area, 0x8000);
  ASSERT_EQ(a.machine.rmpupdate(a.area, true, {1}, 0x1000, false), SWTEE_RMP_OK);
  const std::uint64_t before = state_hash(a.machine);
  EXPECT_EQ(a.machine.command(sev_id::kFactoryReset), Status::invalid_page_state);
  EXPECT_EQ(state_hash(a.machine), before);
  EXPECT_EQ(a.host.init(), Status::success) << "INIT keeps the owner elsewhere";
}

TEST(SevPlatformStatus, WantsItsBufferInAFirmwarePageOnceSnpIsOn) {
  SnpMachine machine;
  SevHost host(machine);
  machine.init();
  const Spa page = machine.take_page();
  machine.write(page, Bytes<12>{1, 2, 3});
  EXPECT_EQ(machine.machine().snp_command(sev_id::kPlatformStatus, page.value), Status::invalid_page_state);
  EXPECT_EQ(machine.read(page, 3), (std::vector<std::uint8_t>{1, 2, 3}));
  host.to_firmware(page, 12);
  EXPECT_EQ(machine.machine().snp_command(sev_id::kPlatformStatus, page.value), Status::success);
  host.to_host(page, 12);
  EXPECT_EQ(machine.read(page, 1)[0], machine.world().current().version.major);
}

struct SevGetId {
  SnpMachine machine;
  SevHost host{machine};
  Spa page = machine.take_page();
  sev::GetIdBuffer buffer{};
  SevGetId() {
    buffer.id_paddr = page.value + 8;
    buffer.id_length = 64u;
  }
  Status call() { return machine.command(sev_id::kGetId, buffer); }
};
const FaultList<SevGetId> kGetIdFaults{
    {"no room", "length", Status::invalid_len, [](SevGetId& a) { a.buffer.id_length = 63u; }},
    {"unaligned", "address", Status::invalid_address, [](SevGetId& a) { a.buffer.id_paddr = a.page.value + 4; }},
    {"outside memory", "address", Status::invalid_address, [](SevGetId& a) { a.buffer.id_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevGetIdCommand, SevGetId, kGetIdFaults)

TEST(SevGetIdCommand, TellsTheLengthAndTheChipIdOfTheReport) {
  SevGetId a;
  const auto id = a.host.get_id();
  ASSERT_EQ(id.size(), 64u);
  EXPECT_TRUE(std::equal(id.begin(), id.end(), a.machine.machine().chip().id.begin()));
  a.machine.init();
  EXPECT_EQ(a.host.get_id(), id);
}

TEST(SevGetIdCommand, HasAnIdForEachSocket) {
  auto two = small_platform();
  two.sockets = 2;
  SnpMachine machine(two);
  EXPECT_EQ(SevHost(machine).get_id().size(), 128u);
}

TEST(SevGetIdCommand, WantsItsOutputInAFirmwarePageOnceSnpIsOn) {
  SevGetId a;
  a.machine.init();
  sev::GetIdBuffer buffer{};
  buffer.id_paddr = a.page.value;
  buffer.id_length = 64u;
  EXPECT_EQ(a.host.answering(sev_id::kGetId, buffer), Status::invalid_page_state);
  EXPECT_EQ(a.machine.read(a.page, 64), std::vector<std::uint8_t>(64));
}

TEST(SevDfFlush, FreesAsidsAsSnpDfFlushDoes) {
  SnpMachine machine;
  SevHost host(machine);
  machine.init();
  ASSERT_EQ(host.init(), Status::success);
  ASSERT_EQ(machine.gctx_command(id::kDecommission, machine.guest(snp::GuestState::launch, {3})), Status::success);
  EXPECT_EQ(machine.command(sev_id::kDfFlush), Status::wbinvd_required);
  machine.machine().wbinvd_all();
  EXPECT_EQ(machine.command(sev_id::kDfFlush), Status::success);
  machine.guest(snp::GuestState::launch, {3});
}

TEST(SevPlatform, IsOfSnpGuestsWithoutInterest) {
  SnpMachine machine;
  SevHost host(machine);
  machine.init();
  machine.guest(snp::GuestState::running);
  EXPECT_EQ(host.init(), Status::success);
  EXPECT_EQ(host.platform_status().guest_count, 0u);
  EXPECT_EQ(host.platform_status().state, 1);
  EXPECT_EQ(host.shutdown(), Status::success);
}

TEST(SevPlatform, OutlivesTheSnpPlatform) {
  SnpMachine machine;
  SevHost host(machine);
  EXPECT_EQ(host.init(), Status::success);
  machine.init();
  EXPECT_EQ(host.platform_status().state, 1);
  EXPECT_EQ(machine.shutdown(), Status::success);
  EXPECT_EQ(host.platform_status().state, 1);
}

TEST(SevNop, DoesNothing) {
  SnpMachine machine;
  const std::uint64_t before = state_hash(machine);
  EXPECT_EQ(machine.command(sev_id::kNop), Status::success);
  EXPECT_EQ(state_hash(machine), before);
}

}  // namespace
}  // namespace swtee::test
