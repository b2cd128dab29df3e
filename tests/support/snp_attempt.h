// SPDX-License-Identifier: Apache-2.0
/// How the checks of a command are tried: a valid attempt, and a list of faults in the order of the command's contract.
///
/// An attempt is a type whose constructor builds a machine on which `call()` succeeds, with a member `machine`. A fault
/// spoils one thing of it. Three tests follow for every command: each fault alone gives its status; of two faults the
/// earlier one in the list is reported; neither changes anything.
#pragma once

#include "tests/support/snp_state_hash.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace swtee::test {

template <class Attempt>
struct Fault {
  std::string name;
  /// What it spoils. Two faults that spoil the same thing cannot be had together.
  std::string place;
  snp::Status status;
  std::function<void(Attempt&)> spoil;
};
template <class Attempt>
using FaultList = std::vector<Fault<Attempt>>;

template <class Attempt>
void expect_refused(Attempt& attempt, snp::Status status, const std::string& name) {
  const std::size_t asked = attempt.machine.faults.asked.size();
  const std::uint64_t before = state_hash(attempt.machine);
  EXPECT_EQ(name_of(attempt.call()), name_of(status)) << name;
  EXPECT_EQ(state_hash(attempt.machine), before) << name << ": the refused command changed something";
  EXPECT_EQ(attempt.machine.faults.asked.size(), asked) << name << ": hardware was asked before the checks were done";
}

template <class Attempt>
void expect_each_alone(const FaultList<Attempt>& faults) {
  for (const auto& fault : faults) {
    Attempt attempt;
    fault.spoil(attempt);
    expect_refused(attempt, fault.status, fault.name);
  }
}

template <class Attempt>
void expect_priority(const FaultList<Attempt>& faults) {
  for (std::size_t first = 0; first < faults.size(); ++first)
    for (std::size_t second = first + 1; second < faults.size(); ++second) {
      if (faults[first].place == faults[second].place || faults[first].status == faults[second].status) continue;
      Attempt attempt;
      faults[second].spoil(attempt);
      faults[first].spoil(attempt);
      EXPECT_EQ(name_of(attempt.call()), name_of(faults[first].status)) << faults[first].name << " and " << faults[second].name;
    }
}

/// HWERROR_* of a command that would have succeeded change nothing, and the command works afterwards.
template <class Attempt>
void expect_hardware_errors() {
  Attempt attempt;
  const std::uint64_t before = state_hash(attempt.machine);
  attempt.machine.faults.script = {HardwareFault::platform, HardwareFault::unsafe};
  EXPECT_EQ(name_of(attempt.call()), "HWERROR_PLATFORM");
  EXPECT_EQ(state_hash(attempt.machine), before);
  EXPECT_EQ(name_of(attempt.call()), "HWERROR_UNSAFE");
  EXPECT_EQ(state_hash(attempt.machine), before);
  EXPECT_EQ(name_of(attempt.call()), "SUCCESS");
}

}  // namespace swtee::test

/// The three tests that every command has.
#define SWTEE_COMMAND_TESTS(suite, attempt, faults)                                                \
  TEST(suite, RefusesEachFaultAloneAndChangesNothing) { swtee::test::expect_each_alone<attempt>(faults); }  \
  TEST(suite, ReportsTheEarlierOfTwoFaults) { swtee::test::expect_priority<attempt>(faults); }      \
  TEST(suite, ChangesNothingWhenTheHardwareFails) { swtee::test::expect_hardware_errors<attempt>(); }
