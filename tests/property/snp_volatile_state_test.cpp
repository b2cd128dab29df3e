// SPDX-License-Identifier: Apache-2.0
/// The firmware's state, saved and loaded at every step of random calls: nothing is lost, and nothing that no firmware can
/// have is taken in.
#include "firmware/snp/volatile_state.h"

#include "sim/machine/machine.h"
#include "tests/support/sev_host.h"
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_walk.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace swtee::test {
namespace {

using State = std::vector<std::uint8_t>;

/// A world that was just made, beside the machine's, over the same memory and RMP.
std::unique_ptr<snp::World> new_world(SnpMachine& machine) {
  const snp::World& old = machine.world();
  return std::make_unique<snp::World>(old.settings, keys::make_chip(machine.machine().config().universe_keys(), old.product(), 0), old.ports);
}

TEST(VolatileState, IsTheSameAfterSaveAndLoadAtEveryStep) {
  const std::uint64_t seed = property_seed(31);
  std::set<State> seen;
  for (std::uint64_t n = 0; n < 8; ++n) {
    SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed + n));
    auto config = small_platform("snp:milan");
    config.tcb.current.snp = 25;
    config.tcb.launch = config.tcb.committed = small_platform("snp:milan").tcb.current;
    SnpMachine machine(config);
    SnpWalk walk(machine, seed + n);
    for (int step = 0; step < 3000; ++step) {
      walk.choose();
      const Step made = walk.make();
      SCOPED_TRACE("step " + std::to_string(step) + ": " + made.what);
      const State saved = snp::save_volatile(machine.world());
      if (!seen.insert(saved).second) continue;
      const auto world = new_world(machine);
      const auto loaded = snp::load_volatile(*world, saved);
      ASSERT_TRUE(loaded.ok()) << loaded.error().what();
      ASSERT_EQ(snp::save_volatile(*world), saved);
      ASSERT_EQ(world_hash(*world), world_hash(machine.world()));
      ASSERT_EQ(world->state(), machine.world().state());
    }
  }
  EXPECT_GT(seen.size(), 300u);
}

/// A platform with guests in each state, a VLEK, a legacy owner and an ASID to flush.
void fill(SnpMachine& machine) {
  machine.init();
  SevHost legacy(machine);
  ASSERT_EQ(legacy.init(true), snp::Status::success);
  const std::uint32_t handle = legacy.launch_start();
  ASSERT_NE(handle, 0u);
  ASSERT_EQ(legacy.activate(handle, {9}), snp::Status::success);
  machine.guest(snp::GuestState::init);
  machine.guest(snp::GuestState::launch, {1});
  machine.guest(snp::GuestState::running, {2});
  const Spa leaving = machine.guest(snp::GuestState::running, {5});
  ASSERT_EQ(machine.gctx_command(id::kDecommission, leaving), snp::Status::success);
  const auto& config = machine.machine().config();
  const auto wrapped = keys::wrap_vlek(machine.machine().chip(), keys::vlek_stick(config.universe_keys(), *config.product, "Cloud", machine.world().reported_tcb));
  const Spa page = machine.take_page();
  machine.write(page, bytes_of(wrapped));
  snp::SnpVlekLoadBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.vlek_wrapped_paddr = page.value;
  ASSERT_EQ(machine.command(id::kVlekLoad, buffer), snp::Status::success);
}

TEST(VolatileState, RefusesEveryPartOfAState) {
  SnpMachine machine;
  ASSERT_NO_FATAL_FAILURE(fill(machine));
  const State saved = snp::save_volatile(machine.world());
  const auto whole = new_world(machine);
  ASSERT_TRUE(snp::load_volatile(*whole, saved).ok());
  EXPECT_EQ(world_hash(*whole), world_hash(machine.world()));
  for (std::size_t size = 0; size < saved.size(); size += size < 256 ? 1 : 23) {
    const auto loaded = snp::load_volatile(*new_world(machine), ByteView(saved).first(size));
    ASSERT_FALSE(loaded.ok()) << size << " of " << saved.size() << " bytes";
    ASSERT_TRUE(loaded.error().what().starts_with("byte ")) << loaded.error().what();
  }
  State more = saved;
  more.push_back(0);
  EXPECT_FALSE(snp::load_volatile(*new_world(machine), more).ok());
}

/// A changed byte is a state of its own, saved as it was read, or refused. Never something in between.
TEST(VolatileState, TakesAChangedByteAsItIsOrRefusesIt) {
  SnpMachine machine;
  ASSERT_NO_FATAL_FAILURE(fill(machine));
  const State saved = snp::save_volatile(machine.world());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < saved.size(); at += at < 256 ? 1 : 11)
    for (const int change : {at % 2 == 0 ? 0x01 : 0x80}) {
      State other = saved;
      other[at] = static_cast<std::uint8_t>(other[at] ^ change);
      const auto world = new_world(machine);
      if (snp::load_volatile(*world, other).ok())
        ASSERT_EQ(snp::save_volatile(*world), other) << "byte " << at;
      else
        ++refused;
    }
  EXPECT_GT(refused, 20u);
}

struct Wrong {
  const char* says;
  std::function<void(snp::World&, SnpMachine&)> spoil;
};

class VolatileStateRefuses : public testing::TestWithParam<Wrong> {};

snp::GuestContext& guest_with(snp::World& world, std::uint32_t asid) {
  for (auto& [page, guest] : world.guests)
    if (guest->asid == Asid{asid}) return *guest;
  ADD_FAILURE() << "no guest has ASID " << asid;
  std::abort();
}

TEST_P(VolatileStateRefuses, WhatNoFirmwareCanHave) {
  SnpMachine machine;
  ASSERT_NO_FATAL_FAILURE(fill(machine));
  const auto spoiled = new_world(machine);
  ASSERT_TRUE(snp::load_volatile(*spoiled, snp::save_volatile(machine.world())).ok());
  GetParam().spoil(*spoiled, machine);
  const auto loaded = snp::load_volatile(*new_world(machine), snp::save_volatile(*spoiled));
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().what().find(GetParam().says), std::string::npos) << loaded.error().what();
}

INSTANTIATE_TEST_SUITE_P(
    States, VolatileStateRefuses,
    testing::Values(
        Wrong{"reported <= committed <= current", [](snp::World& w, SnpMachine&) { w.reported_tcb.snp = 255; }},
        Wrong{"reported <= committed <= current", [](snp::World& w, SnpMachine&) { w.permanent.committed_tcb.microcode = 255; }},
        Wrong{"older than the committed one", [](snp::World& w, SnpMachine&) { w.permanent.committed_version.build = 255; }},
        Wrong{"MAX_SNP_ASID", [](snp::World& w, SnpMachine&) { w.init_options.max_snp_asid = 5000; }},
        Wrong{"initialised without an RMP", [](snp::World& w, SnpMachine&) { w.rmp_initialized = false; }},
        Wrong{"larger than anything of its kind", [](snp::World& w, SnpMachine&) { w.permanent.sev_owner.resize(70000); }},
        Wrong{"a guest's ASID is not bound to it", [](snp::World& w, SnpMachine&) { guest_with(w, 1).asid = Asid{2}; }},
        Wrong{"a guest's ASID is not bound to it", [](snp::World& w, SnpMachine&) { guest_with(w, 1).asid = Asid{0}; }},
        Wrong{"a guest's ASID is not bound to it", [](snp::World& w, SnpMachine&) { guest_with(w, 1).asid = Asid{0xffffffff}; }},
        Wrong{"an ASID is bound to no guest, or to several", [](snp::World& w, SnpMachine&) { guest_with(w, 1).asid.reset(); }},
        Wrong{"an ASID is bound to no guest, or to several", [](snp::World& w, SnpMachine&) { w.guests.erase(w.asids.owner({1}).value); }},
        Wrong{"a guest's context page is none", [](snp::World& w, SnpMachine& m) { w.guests[m.take_page().value] = std::make_unique<snp::GuestContext>(); }},
        Wrong{"a guest's context page is none", [](snp::World& w, SnpMachine&) { w.guests[1] = std::make_unique<snp::GuestContext>(); }},
        Wrong{"a guest's context page is none", [](snp::World& w, SnpMachine&) { w.guests[kNoMemory] = std::make_unique<snp::GuestContext>(); }},
        Wrong{"a legacy guest's ASID is not bound", [](snp::World& w, SnpMachine&) { w.asids.release({9}); }},
        Wrong{"bound to no guest, or to several", [](snp::World& w, SnpMachine&) { w.sev.guests.begin()->second.asid = Asid{1}; }},
        Wrong{"no such state of a legacy guest", [](snp::World& w, SnpMachine&) { w.sev.guests.begin()->second.state = snp::SevGuestState::sent; }},
        Wrong{"a legacy guest has no owner", [](snp::World& w, SnpMachine&) { w.sev.owner.reset(); }},
        Wrong{"its handle is out of order", [](snp::World& w, SnpMachine&) { w.sev.next_handle = 1; }},
        Wrong{"there are guests without a platform",
              [](snp::World& w, SnpMachine&) { w.transition(snp::PlatformState::init, snp::PlatformState::uninit); }}));

}  // namespace
}  // namespace swtee::test
