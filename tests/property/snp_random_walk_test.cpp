// SPDX-License-Identifier: Apache-2.0
/// Random walks over commands and RMPUPDATE: rules that hold after every step, whatever the host does.
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_walk.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace swtee::test {
namespace {

using snp::AsidTable;
using snp::Status;

config::PlatformConfig walk_platform() {
  auto config = small_platform("snp:milan");
  config.tcb.current = {.boot_loader = 4, .tee = 1, .snp = 25, .microcode = 116};
  config.tcb.launch = snp::Tcb{.boot_loader = 4, .tee = 0, .snp = 24, .microcode = 115};
  config.tcb.committed = snp::Tcb{.boot_loader = 3, .tee = 0, .snp = 23, .microcode = 115};
  return config;
}

struct Entry {
  std::uint64_t gpa;
  std::uint32_t asid;
  bool assigned, validated, immutable, vmsa, large;
  bool operator==(const Entry&) const = default;
};

Entry entry_of(SnpMachine& machine, Spa page) {
  const auto e = machine.machine().rmp().entry(page);
  return {e->gpa, e->asid, e->assigned, e->validated, e->immutable, e->vmsa, e->large};
}

/// Every context page is a guest and every guest has its context page.
void expect_contexts_are_guests(SnpMachine& machine, const SnpWalk& walk) {
  std::set<std::uint64_t> contexts;
  for (const Spa page : walk.pages())
    if (machine.state_of(page) == SWTEE_RMP_CONTEXT) contexts.insert(page.value);
  std::set<std::uint64_t> guests;
  for (const auto& [page, guest] : machine.world().guests) guests.insert(page);
  ASSERT_EQ(contexts, guests);
  if (machine.world().state() == snp::PlatformState::uninit) {
    ASSERT_TRUE(guests.empty());
  }
}

void expect_entries_make_sense(SnpMachine& machine, const SnpWalk& walk) {
  for (const Spa page : walk.pages()) {
    const Entry e = entry_of(machine, page);
    ASSERT_NE(machine.state_of(page), SWTEE_RMP_UNDEFINED) << std::hex << page.value;
    if (!e.assigned) {
      ASSERT_TRUE(e.asid == 0 && !e.validated && !e.vmsa && !e.large) << std::hex << page.value;
    }
    if (e.vmsa) {
      ASSERT_TRUE(e.asid != 0 || machine.state_of(page) == SWTEE_RMP_CONTEXT) << std::hex << page.value;
    }
  }
  // The three pages of the 2 MiB region agree on whether it is one.
  const auto& pages = walk.pages();
  const Entry first = entry_of(machine, pages[pages.size() - 3]);
  for (std::size_t i = pages.size() - 2; i < pages.size(); ++i) {
    const Entry e = entry_of(machine, pages[i]);
    ASSERT_EQ(e.large, first.large);
    if (first.large) {
      ASSERT_TRUE(e.asid == first.asid && e.immutable == first.immutable && e.validated == first.validated);
    }
  }
}

/// A bound ASID has exactly one guest, which has exactly this ASID.
void expect_asids_are_consistent(SnpMachine& machine) {
  const snp::World& world = machine.world();
  std::map<std::uint32_t, std::uint64_t> holders;
  for (const auto& [page, guest] : world.guests)
    if (guest->asid.has_value()) {
      ASSERT_TRUE(holders.emplace(guest->asid->value, page).second) << "two guests have ASID " << guest->asid->value;
    }
  bool dirty = false;
  for (std::uint32_t asid = 1; world.asids.valid({asid}); ++asid) {
    const bool bound = world.asids.use({asid}) == AsidTable::Use::bound;
    dirty = dirty || world.asids.use({asid}) == AsidTable::Use::dirty;
    ASSERT_EQ(bound, holders.contains(asid)) << asid;
    if (bound) {
      ASSERT_EQ(world.asids.owner({asid}).value, holders[asid]);
    }
  }
  ASSERT_EQ(dirty, world.asids.any_dirty());
}

void expect_tcb_order(SnpMachine& machine) {
  const snp::World& world = machine.world();
  ASSERT_TRUE(world.permanent.committed_tcb.covers(world.reported_tcb));
  ASSERT_TRUE(world.current().tcb.covers(world.permanent.committed_tcb));
  ASSERT_GE(world.current().version, world.permanent.committed_version);
  const auto stored = snp::decode_permanent_state(*machine.nv.record);
  ASSERT_TRUE(stored.ok());
  ASSERT_EQ(stored.value().committed_tcb, world.permanent.committed_tcb) << "what is committed is not what is stored";
}

/// The one command whose failure has an effect: a refused CPUID page is corrected for the host.
bool may_change_on_failure(const Step& step) { return step.what.starts_with("a1 ") && step.what.ends_with("type 6"); }

class RandomWalk : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomWalk, KeepsTheRulesAtEveryStep) {
  const std::uint64_t seed = property_seed(GetParam());
  SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed));
  SnpMachine machine(walk_platform());
  SnpWalk walk(machine, seed);
  std::uint32_t succeeded = 0;
  for (int n = 0; n < 1500; ++n) {
    walk.choose();
    const std::uint64_t before = state_hash(machine);
    const bool was_immutable = entry_of(machine, walk.rmpupdate_page()).immutable;
    const std::uint64_t stale_hash = before;
    const Step step = walk.make();
    SCOPED_TRACE("step " + std::to_string(n) + ": " + step.what + " -> " + std::to_string(step.result));
    // A guest request first puts its message into a page, which is the host's doing.
    if (step.result != 0 && !may_change_on_failure(step) && !step.what.starts_with("94 ")) {
      ASSERT_EQ(state_hash(machine), stale_hash) << "a refused call changed something";
    }
    if (walk.chose_rmpupdate() && was_immutable) {
      ASSERT_NE(step.result, 0u) << "RMPUPDATE changed an immutable page";
    }
    ASSERT_NO_FATAL_FAILURE(expect_contexts_are_guests(machine, walk));
    ASSERT_NO_FATAL_FAILURE(expect_entries_make_sense(machine, walk));
    ASSERT_NO_FATAL_FAILURE(expect_asids_are_consistent(machine));
    ASSERT_NO_FATAL_FAILURE(expect_tcb_order(machine));
    succeeded += step.is_command && step.result == 0;
  }
  EXPECT_GT(succeeded, 150u) << "the walk hardly reached anything";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWalk, testing::Values(1, 2, 3, 4, 5, 6, 7, 8));

/// What the walks reach together: a walk that never gets there proves nothing about it.
TEST(RandomWalkCoverage, SeesEveryCommandSucceedAndMostPageStates) {
  std::map<std::string, int> successes;
  std::set<RmpState> states;
  std::set<std::uint32_t> statuses;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SnpMachine machine(walk_platform());
    SnpWalk walk(machine, seed);
    for (int n = 0; n < 1500; ++n) {
      walk.choose();
      const Step step = walk.make();
      if (step.result == 0) ++successes[step.what.substr(0, 3)];
      if (step.is_command) statuses.insert(step.result);
      states.insert(machine.state_of(walk.rmpupdate_page()));
    }
  }
  for (const char* id : {"81 ", "83 ", "84 ", "85 ", "86 ", "90 ", "91 ", "92 ", "93 ", "94 ", "a0 ", "a1 ", "a2 ", "c7 ", "c9 ", "cb "})
    EXPECT_GT(successes[id], 0) << id;
  for (const RmpState state : {SWTEE_RMP_HYPERVISOR, SWTEE_RMP_RECLAIM, SWTEE_RMP_FIRMWARE, SWTEE_RMP_CONTEXT, SWTEE_RMP_PRE_GUEST,
                               SWTEE_RMP_PRE_SWAP, SWTEE_RMP_GUEST_INVALID, SWTEE_RMP_GUEST_VALID})
    EXPECT_TRUE(states.contains(state)) << state;
  EXPECT_GE(statuses.size(), 14u) << "different statuses";
}

}  // namespace
}  // namespace swtee::test
