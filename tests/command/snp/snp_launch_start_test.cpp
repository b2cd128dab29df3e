// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;
namespace policy = snp::policy;

constexpr std::uint64_t kMigratable = policy::kDefault | policy::MigrateMa::mask;

config::PlatformConfig milan_without_ciphertext_hiding() { return small_platform("snp:milan"); }

/// With a migration agent.
struct Start {
  SnpMachine machine{milan_without_ciphertext_hiding()};
  Spa gctx;
  Spa agent;
  snp::SnpLaunchStartBuffer buffer{};

  Start() {
    machine.init();
    agent = machine.guest(GuestState::running, {1});
    gctx = machine.gctx_create();
    buffer.gctx_paddr = gctx.value;
    buffer.policy = kMigratable;
    buffer.flags = 3u;
    buffer.ma_gctx_paddr = agent.value;
    buffer.desired_tsc_khz = 2'500'000u;
    buffer.gosvw.fill(0x60);
  }
  Status call() { return machine.command(id::kLaunchStart, buffer); }
};

void add_policy(Start& a, std::uint64_t bits) { a.buffer.policy = a.buffer.policy | bits; }

const FaultList<Start> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Start& a) { a.machine.shutdown(); }},
    {"reserved flag", "flags", Status::invalid_param, [](Start& a) { a.buffer.flags = 7u; }},
    {"context page unaligned", "gctx", Status::invalid_address, [](Start& a) { a.buffer.gctx_paddr = a.gctx.value + 0x10; }},
    {"context page outside memory", "gctx", Status::invalid_address, [](Start& a) { a.buffer.gctx_paddr = kNoMemory; }},
    {"no context page", "gctx", Status::invalid_guest, [](Start& a) { a.buffer.gctx_paddr = a.machine.take_page().value; }},
    {"guest in LAUNCH", "gctx", Status::invalid_guest_state,
     [](Start& a) { a.buffer.gctx_paddr = a.machine.guest(GuestState::launch, {2}).value; }},
    {"guest RUNNING", "gctx", Status::invalid_guest_state, [](Start& a) { a.buffer.gctx_paddr = a.agent.value; }},
    {"policy bit 17 is 0", "policy", Status::policy_failure, [](Start& a) { a.buffer.policy = 0x10000u | policy::MigrateMa::mask; }},
    {"policy bit 26", "policy", Status::policy_failure, [](Start& a) { add_policy(a, 1u << 26); }},
    {"policy bit 63", "policy", Status::policy_failure, [](Start& a) { add_policy(a, std::uint64_t{1} << 63); }},
    {"API minor above the firmware's", "policy", Status::policy_failure, [](Start& a) { add_policy(a, 0x0138); }},
    {"API major above the firmware's", "policy", Status::policy_failure, [](Start& a) { add_policy(a, 0x0200); }},
    {"SMT forbidden while it is on", "policy", Status::policy_failure, [](Start& a) { a.buffer.policy = 0x20000u | policy::MigrateMa::mask; }},
    {"AES-256-XTS wanted and not there", "policy", Status::policy_failure, [](Start& a) { add_policy(a, policy::MemAes256Xts::mask); }},
    {"RAPL off wanted and it is on", "policy", Status::policy_failure, [](Start& a) { add_policy(a, policy::RaplDis::mask); }},
    {"ciphertext hiding wanted and off", "policy", Status::policy_failure,
     [](Start& a) { add_policy(a, policy::CiphertextHidingDram::mask); }},
    {"agent without MIGRATE_MA", "policy", Status::policy_failure, [](Start& a) { a.buffer.policy = policy::kDefault; }},
    {"agent outside memory", "agent", Status::invalid_address, [](Start& a) { a.buffer.ma_gctx_paddr = kNoMemory; }},
    {"agent is no guest", "agent", Status::invalid_guest, [](Start& a) { a.buffer.ma_gctx_paddr = a.machine.take_page().value; }},
    {"agent is the guest itself", "agent", Status::invalid_guest_state, [](Start& a) { a.buffer.ma_gctx_paddr = a.gctx.value; }},
    {"agent has an agent itself", "agent", Status::invalid_param,
     [](Start& a) {
       LaunchOptions bound;
       bound.asid = {3};
       bound.policy = kMigratable;
       bound.start_flags = 1;
       bound.agent = a.agent;
       a.buffer.ma_gctx_paddr = SnpGuest(a.machine, bound).gctx.value;
     }},
};
SWTEE_COMMAND_TESTS(SnpLaunchStart, Start, kFaults)

TEST(SnpLaunchStart, BeginsTheLaunchWithFreshKeysAndEmptyDigests) {
  Start a;
  ASSERT_EQ(a.call(), Status::success);
  const snp::GuestContext& guest = a.machine.context(a.gctx);
  EXPECT_EQ(guest.state(), GuestState::launch);
  EXPECT_EQ(guest.policy, kMigratable);
  EXPECT_TRUE(all_zero(guest.launch_digest) && all_zero(guest.imi_digest));
  EXPECT_TRUE(guest.imi_enabled);
  EXPECT_EQ(guest.launch_tcb, a.machine.world().current().tcb);
  EXPECT_EQ(guest.report_id_ma, a.machine.context(a.agent).report_id);
  EXPECT_FALSE(all_zero(guest.report_id));
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_FALSE(crypto::equal(guest.vmpck[i].expose(), guest.vmpck[j].expose())) << i << " and " << j;
}

TEST(SnpLaunchStart, GivesReportIdMaOfAllOnesWithoutAnAgent) {
  Start a;
  a.buffer.flags = 0u;
  a.buffer.ma_gctx_paddr = kNoMemory;
  ASSERT_EQ(a.call(), Status::success);
  Bytes<32> ones;
  ones.fill(0xff);
  EXPECT_EQ(a.machine.context(a.gctx).report_id_ma, ones);
}

TEST(SnpLaunchStart, AcceptsWhatThePolicyDemandsWhenThePlatformHasIt) {
  auto config = small_platform("snp:turin");
  config.smt = false;
  config.aes_256_xts = true;
  SnpMachine machine(config);
  snp::SnpInitExBuffer init{};
  init.flags = 0xdu;  // INIT_RMP, RAPL_DIS, CIPHERTEXT_HIDING_EN
  ASSERT_EQ(machine.command(id::kInitEx, init), Status::success);
  const Spa gctx = machine.gctx_create();
  const std::uint64_t all = 0x20000 | policy::MemAes256Xts::mask | policy::RaplDis::mask | policy::CiphertextHidingDram::mask |
                            policy::CxlAllow::mask | policy::PageSwapDisable::mask | policy::Debug::mask | 0x013a;
  EXPECT_EQ(machine.launch_start(gctx, all), Status::success);
}

TEST(SnpLaunchStart, AnswersReservedPolicyBitsAsTheKnobSays) {
  auto config = small_platform();
  config.knobs.reserved_policy_bits = Status::invalid_param;
  SnpMachine machine(config);
  machine.init();
  EXPECT_EQ(machine.launch_start(machine.gctx_create(), policy::kDefault | 1u << 26), Status::invalid_param);
}

}  // namespace
}  // namespace swtee::test
