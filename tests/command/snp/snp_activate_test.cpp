// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

config::PlatformConfig two_sockets() {
  auto config = small_platform();
  config.sockets = 2;
  return config;
}

constexpr std::uint32_t kOwnedAsid = 5, kDirtyAsid = 6, kFreeAsid = 7;

/// A machine of two sockets with one ASID owned by another guest and one released but not flushed.
struct Machine {
  SnpMachine machine{two_sockets()};
  Spa gctx;
  Spa start(std::uint64_t policy) {
    const Spa page = machine.gctx_create();
    EXPECT_EQ(machine.launch_start(page, policy), Status::success);
    return page;
  }
  Machine() {
    machine.init();
    machine.guest(GuestState::running, {kOwnedAsid});
    EXPECT_EQ(machine.gctx_command(id::kDecommission, machine.guest(GuestState::launch, {kDirtyAsid})), Status::success);
    gctx = start(snp::policy::kDefault);
  }
};

struct Activate : Machine {
  snp::SnpActivateBuffer buffer{};
  Activate() {
    buffer.gctx_paddr = gctx.value;
    buffer.asid = kFreeAsid;
  }
  Status call() { return machine.command(id::kActivate, buffer); }
};

struct ActivateEx : Machine {
  snp::SnpActivateExBuffer buffer{};
  ActivateEx() {
    buffer.length = sizeof(buffer);
    buffer.gctx_paddr = gctx.value;
    buffer.asid = kFreeAsid;
    buffer.num_ids = 1024u;
    buffer.ids_paddr = machine.take_page().value;
  }
  Status call() { return machine.command(id::kActivateEx, buffer); }
};

template <class A>
FaultList<A> with_binding_faults(FaultList<A> faults) {
  const FaultList<A> binding{
      {"context page unaligned", "gctx", Status::invalid_address, [](A& a) { a.buffer.gctx_paddr = a.gctx.value | 1; }},
      {"context page outside memory", "gctx", Status::invalid_address, [](A& a) { a.buffer.gctx_paddr = kNoMemory; }},
      {"no context page", "gctx", Status::invalid_guest, [](A& a) { a.buffer.gctx_paddr = a.machine.take_page().value; }},
      {"guest in INIT", "gctx", Status::invalid_guest_state, [](A& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
      {"ASID 0", "asid", Status::invalid_asid, [](A& a) { a.buffer.asid = 0u; }},
      {"ASID above the platform's", "asid", Status::invalid_asid, [](A& a) { a.buffer.asid = 1007u; }},
      {"guest has an ASID", "gctx", Status::active, [](A& a) { a.buffer.gctx_paddr = a.machine.guest(GuestState::launch, {9}).value; }},
      {"ASID of another guest", "asid", Status::asid_owned, [](A& a) { a.buffer.asid = kOwnedAsid; }},
      {"ASID not flushed", "asid", Status::dfflush_required, [](A& a) { a.buffer.asid = kDirtyAsid; }},
      {"policy wants one socket", "gctx", Status::policy_failure,
       [](A& a) { a.buffer.gctx_paddr = a.start(snp::policy::kDefault | snp::policy::SingleSocket::mask).value; }},
  };
  faults.insert(faults.end(), binding.begin(), binding.end());
  return faults;
}

const FaultList<Activate> kFaults = with_binding_faults<Activate>({
    {"platform not initialised", "platform", Status::invalid_platform_state,
     [](Activate& a) { a.machine.wbinvd_and_flush(), a.machine.shutdown(); }},
});
SWTEE_COMMAND_TESTS(SnpActivate, Activate, kFaults)

const FaultList<ActivateEx> kExFaults = with_binding_faults<ActivateEx>({
    {"platform not initialised", "platform", Status::invalid_platform_state,
     [](ActivateEx& a) { a.machine.wbinvd_and_flush(), a.machine.shutdown(); }},
    {"length 31", "length", Status::invalid_len, [](ActivateEx& a) { a.buffer.length = 31u; }},
    {"length 33", "length", Status::invalid_len, [](ActivateEx& a) { a.buffer.length = 33u; }},
    {"reserved field", "reserved", Status::invalid_param, [](ActivateEx& a) { a.buffer.reserved_4h = 1u; }},
    {"no APIC ids", "ids", Status::invalid_param, [](ActivateEx& a) { a.buffer.num_ids = 0u; }},
    {"too many APIC ids", "ids", Status::invalid_param, [](ActivateEx& a) { a.buffer.num_ids = 1025u; }},
    {"APIC ids unaligned", "ids address", Status::invalid_address, [](ActivateEx& a) { a.buffer.ids_paddr = a.buffer.ids_paddr | 2u; }},
    {"APIC ids outside memory", "ids address", Status::invalid_address, [](ActivateEx& a) { a.buffer.ids_paddr = kNoMemory; }},
});
SWTEE_COMMAND_TESTS(SnpActivateEx, ActivateEx, kExFaults)

TEST(SnpActivate, BindsTheAsidToTheGuest) {
  Activate a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().asids.use({kFreeAsid}), snp::AsidTable::Use::bound);
  EXPECT_EQ(a.machine.world().asids.owner({kFreeAsid}), a.gctx);
  EXPECT_EQ(a.machine.context(a.gctx).asid, Asid{kFreeAsid});
}

TEST(SnpActivate, TakesTheFirstAndTheLastAsid) {
  Activate first;
  first.buffer.asid = 1u;
  EXPECT_EQ(first.call(), Status::success);
  Activate last;
  last.buffer.asid = 1006u;
  EXPECT_EQ(last.call(), Status::success);
}

TEST(SnpActivate, BindsAGuestThatIsAlreadyRunning) {
  Activate a;
  ASSERT_EQ(a.machine.launch_finish(a.gctx), Status::success);
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpActivate, TakesAReleasedAsidAfterWbinvdAndFlush) {
  Activate a;
  a.buffer.asid = kDirtyAsid;
  ASSERT_EQ(a.call(), Status::dfflush_required);
  EXPECT_EQ(a.machine.command(id::kDfFlush), Status::wbinvd_required);
  a.machine.wbinvd_and_flush();
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpActivate, KeepsSnpAsidsBelowTheLimitOfCiphertextHiding) {
  SnpMachine machine(small_platform("snp:turin"));
  snp::SnpInitExBuffer init{};
  init.flags = 9u;
  init.max_snp_asid = std::uint16_t{10};
  ASSERT_EQ(machine.command(id::kInitEx, init), Status::success);
  const Spa gctx = machine.gctx_create();
  ASSERT_EQ(machine.launch_start(gctx), Status::success);
  EXPECT_EQ(machine.activate(gctx, {11}), Status::invalid_asid);
  EXPECT_EQ(machine.activate(gctx, {10}), Status::success);
}

TEST(SnpActivateEx, BindsTheAsidToTheGuest) {
  ActivateEx a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.world().asids.owner({kFreeAsid}), a.gctx);
}

}  // namespace
}  // namespace swtee::test
