// SPDX-License-Identifier: Apache-2.0
/// MSG_KEY_REQ: what a derived key depends on, and what is refused.
#include "tests/support/snp_guest.h"

#include <gtest/gtest.h>

#include <set>

namespace swtee::test {
namespace {

using snp::KeyReq;
using snp::KeyReqV2;
using snp::KeyRsp;
using snp::MessageType;
using snp::Status;

enum Field : std::uint64_t { kPolicy = 1, kImage = 2, kFamily = 4, kMeasurement = 8, kSvn = 16, kTcb = 32, kMitigations = 64 };

std::uint32_t code(Status status) { return static_cast<std::uint32_t>(status); }

LaunchOptions identified() {
  LaunchOptions options;
  options.with_id_block = true;
  return options;
}

/// A machine with one guest whose owner signed an ID block (SVN 7).
struct Deriving {
  explicit Deriving(const LaunchOptions& options = identified(), const config::PlatformConfig& config = small_platform())
      : machine(config) {
    machine.init();
    guest = std::make_unique<SnpGuest>(machine, options);
  }
  SnpMachine machine;
  std::unique_ptr<SnpGuest> guest;

  KeyRsp ask(const KeyReq& request, std::uint8_t vmpck = 0) {
    const Reply reply = guest->send(MessageType::key_req, request, vmpck);
    EXPECT_EQ(reply.command, Status::success);
    EXPECT_EQ(reply.payload.size(), sizeof(KeyRsp));
    const auto response = reply.as<KeyRsp>();
    EXPECT_TRUE(all_zero(response.reserved_4h));
    EXPECT_EQ(all_zero(response.derived_key), response.status != 0);
    return response;
  }
  Bytes<32> key(const KeyReq& request, std::uint8_t vmpck = 0) {
    const KeyRsp response = ask(request, vmpck);
    EXPECT_EQ(response.status, 0u);
    return response.derived_key;
  }
};

KeyReq selecting(std::uint64_t fields) {
  KeyReq request{};
  request.guest_field_select = fields;
  return request;
}

Bytes<32> fresh_key(const LaunchOptions& options, std::uint64_t fields, const config::PlatformConfig& config = small_platform()) {
  return Deriving(options, config).key(selecting(fields));
}

TEST(MsgKeyReq, GivesTheSameKeyAgainAfterRelaunchAndPowerCycle) {
  for (const std::uint64_t fields : {0u, 0x3fu}) {
    Deriving d;
    KeyReq request = selecting(fields);
    request.guest_svn = 3u;
    const Bytes<32> first = d.key(request);
    EXPECT_EQ(d.key(request), first) << "asked twice";
    d.guest->destroy();
    LaunchOptions options = identified();
    options.asid = {40};
    d.guest = std::make_unique<SnpGuest>(d.machine, options);
    EXPECT_EQ(d.key(request), first) << "launched again";
    ASSERT_TRUE(d.machine.power_cycle(small_platform()).ok());
    SnpMachine& machine = d.machine;
    machine.init();
    // The memory of the machine is new as well, and the pages that were taken before are free in it.
    d.guest = std::make_unique<SnpGuest>(machine, identified());
    EXPECT_EQ(d.key(request), first) << "after a power cycle";
  }
}

TEST(MsgKeyReq, FollowsEachSelectedFieldOfTheGuestAndNoOther) {
  const LaunchOptions base = identified();
  struct Change {
    const char* name;
    std::uint64_t field;
    std::function<void(LaunchOptions&)> change;
    std::uint64_t follows;  ///< further fields that change with it
  };
  const Change changes[] = {
      {"policy", kPolicy, [](LaunchOptions& o) { o.policy |= snp::policy::Debug::mask; }, 0},
      {"image id", kImage, [](LaunchOptions& o) { o.image_id = 0x99; }, 0},
      {"family id", kFamily, [](LaunchOptions& o) { o.family_id = 0x99; }, 0},
      {"measurement", kMeasurement, [](LaunchOptions& o) { o.content = 0x99; }, 0},
  };
  for (const Change& change : changes) {
    LaunchOptions other = base;
    change.change(other);
    for (const std::uint64_t field : {kPolicy, kImage, kFamily, kMeasurement, kSvn, kTcb}) {
      const bool same = fresh_key(base, field) == fresh_key(other, field);
      EXPECT_EQ(same, field != change.field) << change.name << " changed, field " << field << " selected";
    }
    EXPECT_EQ(fresh_key(base, 0), fresh_key(other, 0)) << change.name;
    EXPECT_NE(fresh_key(base, 0x3f), fresh_key(other, 0x3f)) << change.name;
  }
}

TEST(MsgKeyReq, FollowsGuestSvnAndTcbOfTheRequestWhenSelected) {
  Deriving d;
  const auto with = [](std::uint64_t fields, std::uint32_t svn, std::uint64_t tcb) {
    KeyReq request = selecting(fields);
    request.guest_svn = svn;
    request.tcb_version = tcb;
    return request;
  };
  EXPECT_NE(d.key(with(kSvn, 6, 0)), d.key(with(kSvn, 7, 0)));
  EXPECT_EQ(d.key(with(0, 6, 0)), d.key(with(0, 7, 0)));
  EXPECT_EQ(d.key(with(kTcb, 6, 0)), d.key(with(kTcb, 7, 0)));
  EXPECT_NE(d.key(with(kTcb, 0, 1)), d.key(with(kTcb, 0, 2)));
  EXPECT_EQ(d.key(with(kSvn, 0, 1)), d.key(with(kSvn, 0, 2)));
  EXPECT_EQ(d.key(with(0, 0, 0x5417000000000009)), d.key(with(0, 0, 0)));
}

TEST(MsgKeyReq, MixesTheSelectionItself) {
  Deriving d;
  std::set<Bytes<32>> keys;
  for (std::uint64_t fields = 0; fields < 64; ++fields) keys.insert(d.key(selecting(fields)));
  EXPECT_EQ(keys.size(), 64u);
}

TEST(MsgKeyReq, AlwaysMixesTheVmpl) {
  Deriving d;
  std::set<Bytes<32>> keys;
  for (std::uint32_t vmpl = 0; vmpl < 4; ++vmpl) {
    KeyReq request{};
    request.vmpl = vmpl;
    const Bytes<32> key = d.key(request);
    keys.insert(key);
    EXPECT_EQ(d.key(request, static_cast<std::uint8_t>(vmpl)), key) << "the key that sealed the request does not matter";
  }
  EXPECT_EQ(keys.size(), 4u);
}

TEST(MsgKeyReq, IsAnotherOnAnotherChipProductOrUniverse) {
  std::set<Bytes<32>> keys;
  keys.insert(fresh_key(identified(), 0));
  auto config = small_platform();
  config.chip = 1;
  keys.insert(fresh_key(identified(), 0, config));
  config.chip = 0;
  config.universe = Bytes<32>{1};
  keys.insert(fresh_key(identified(), 0, config));
  keys.insert(fresh_key(identified(), 0, small_platform("snp:milan")));
  EXPECT_EQ(keys.size(), 4u);
}

TEST(MsgKeyReq, SurvivesAFirmwareUpdateAndItsCommit) {
  auto config = small_platform("snp:milan");
  config.tcb.launch = config.tcb.current;
  config.tcb.current.snp += 1;
  config.tcb.committed = config.tcb.launch;
  Deriving d(identified(), config);
  KeyReq old_tcb = selecting(kTcb);
  old_tcb.tcb_version = encode(*config.tcb.committed, snp::TcbLayout::milan_genoa);
  KeyReq new_tcb = selecting(kTcb);
  new_tcb.tcb_version = encode(config.tcb.current, snp::TcbLayout::milan_genoa);
  const Bytes<32> plain = d.key({});
  const Bytes<32> old_key = d.key(old_tcb);
  EXPECT_EQ(d.ask(new_tcb).status, code(Status::invalid_param));
  ASSERT_EQ(d.machine.machine().update_firmware(), Status::success);
  EXPECT_EQ(d.ask(new_tcb).status, code(Status::invalid_param)) << "not committed yet";
  ASSERT_EQ(d.machine.commit(), Status::success);
  EXPECT_EQ(d.key({}), plain);
  EXPECT_EQ(d.key(old_tcb), old_key) << "older keys stay within reach";
  EXPECT_NE(d.key(new_tcb), old_key);
}

TEST(MsgKeyReq, FollowsTheVmrkOnlyWhenThatIsTheRoot) {
  KeyReq vmrk{};
  vmrk.flags = 1u;
  Deriving d;
  const Bytes<32> first = d.key(vmrk);
  EXPECT_EQ(d.key(vmrk), first);
  EXPECT_NE(first, d.key({}));
  d.guest->destroy();
  d.guest = std::make_unique<SnpGuest>(d.machine, identified());
  EXPECT_NE(d.key(vmrk), first) << "a new launch has a new VMRK";
}

TEST(MsgKeyReq, RefusesTcbsAboveTheCommittedOneInAnyComponent) {
  Deriving d;  // bl 10, tee 0, snp 23, ucode 84
  for (const std::uint64_t tcb : {0x541700000000000bull, 0x541700000000010aull, 0x541800000000000aull, 0x551700000000000aull,
                                  0x0000000000000100ull /* numerically far below */, 0x0018000000000000ull, 0x0000000000010000ull}) {
    KeyReq request = selecting(kTcb);
    request.tcb_version = tcb;
    EXPECT_EQ(d.ask(request).status, code(Status::invalid_param)) << std::hex << tcb;
  }
  KeyReq exact = selecting(kTcb);
  exact.tcb_version = 0x541700000000000aull;
  EXPECT_EQ(d.ask(exact).status, 0u);
}

TEST(MsgKeyReq, RefusesAGuestSvnAboveTheIdBlocks) {
  Deriving d;
  KeyReq request = selecting(kSvn);
  request.guest_svn = 8u;
  EXPECT_EQ(d.ask(request).status, code(Status::invalid_param));
  request.guest_svn = 7u;
  EXPECT_EQ(d.ask(request).status, 0u);
  Deriving anonymous{LaunchOptions{}};
  request.guest_svn = 1u;
  EXPECT_EQ(anonymous.ask(request).status, code(Status::invalid_param)) << "without ID block the SVN is 0";
}

TEST(MsgKeyReq, RefusesReservedBitsFieldsAndVmpls) {
  Deriving d;
  KeyReq request{};
  for (unsigned bit = 3; bit < 32; ++bit) {
    request.flags = 1u << bit;
    EXPECT_EQ(d.ask(request).status, code(Status::invalid_param)) << "flag " << bit;
  }
  request = {};
  request.reserved_4h = 1u;
  EXPECT_EQ(d.ask(request).status, code(Status::invalid_param));
  for (unsigned bit = 6; bit < 64; ++bit)
    EXPECT_EQ(d.ask(selecting(std::uint64_t{1} << bit)).status, code(Status::invalid_param)) << "field " << bit;
  request = {};
  request.flags = 6u;
  EXPECT_EQ(d.ask(request).status, code(Status::invalid_param)) << "KEY_SEL 3";
  request.flags = 7u;
  EXPECT_EQ(d.ask(request).status, code(Status::invalid_param)) << "KEY_SEL 3 with the VMRK as root";
  request = {};
  request.vmpl = 4u;
  EXPECT_EQ(d.ask(request).status, code(Status::invalid_param));
  request.vmpl = 1u;
  EXPECT_EQ(d.ask(request, 2).status, code(Status::invalid_param)) << "VMPCK2 does not speak for VMPL1";
  EXPECT_EQ(d.ask(request, 1).status, 0u);
}

TEST(MsgKeyReq, RefusesRootsThatCannotBeUsed) {
  Deriving d;
  KeyReq vlek{};
  vlek.flags = 4u;
  EXPECT_EQ(d.ask(vlek).status, code(Status::invalid_key)) << "no VLEK";
  ASSERT_EQ(d.machine.configure(0, false, true), Status::success);
  EXPECT_EQ(d.ask({}).status, code(Status::invalid_key)) << "MASK_CHIP_KEY";
  KeyReq vmrk{};
  vmrk.flags = 1u;
  EXPECT_EQ(d.ask(vmrk).status, 0u) << "the VMRK is no chip key";

  LaunchOptions options;
  options.vcek_disabled = true;
  Deriving disabled(options);
  EXPECT_EQ(disabled.ask({}).status, code(Status::invalid_key)) << "VCEK_DIS";
  EXPECT_EQ(disabled.ask(vmrk).status, 0u);
}

TEST(MsgKeyReqV2, MixesTheLaunchMitigationVector) {
  auto config = small_platform("snp:turin");
  config.mit_vector = 6;
  Deriving d(identified(), config);
  const auto ask = [&](std::uint64_t fields, std::uint64_t vector) {
    KeyReqV2 request{};
    request.v1.guest_field_select = fields;
    request.launch_mit_vector = vector;
    const Reply reply = d.guest->send(MessageType::key_req, request, 0, 2);
    EXPECT_EQ(reply.command, Status::success);
    return reply.as<KeyRsp>();
  };
  EXPECT_EQ(ask(kMitigations, 6).status, 0u);
  EXPECT_NE(ask(kMitigations, 6).derived_key, ask(kMitigations, 4).derived_key);
  EXPECT_EQ(ask(0, 6).derived_key, ask(0, 4).derived_key);
  EXPECT_EQ(ask(0, 0).derived_key, d.key({})) << "version 2 without its field is version 1";
  EXPECT_EQ(ask(kMitigations, 7).status, code(Status::invalid_param)) << "bit 0 was not there at launch";
  EXPECT_EQ(ask(128, 0).status, code(Status::invalid_param));
}

}  // namespace
}  // namespace swtee::test
