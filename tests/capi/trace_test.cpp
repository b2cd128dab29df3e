// SPDX-License-Identifier: Apache-2.0
/// What a C program's trace is good for: `swtee replay` does it again.
#include "sim/replay/replay.h"
#include "tests/capi/machine_under_test.h"

#include <sstream>

namespace swtee::test {
namespace {

/// A launch, a report and a commit, with a refused access between them, traced.
std::string traced_session() {
  std::string trace;
  swtee_machine_options options = options_with(R"({"platform": "snp:milan", "memory": "0x4000000", "tcb": {"committed": {"snp": 23}}})");
  options.context = &trace;
  options.entropy = [](void*, const char* stream, void* out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) static_cast<std::uint8_t*>(out)[i] = static_cast<std::uint8_t>(stream[0] + i);
  };
  options.fault = [](void*, std::uint32_t command_id) { return command_id == id::kCommit ? 1U : 0U; };
  options.trace = [](void* context, const char* line) {
    EXPECT_EQ(std::string(line).find('\n'), std::string::npos);
    *static_cast<std::string*>(context) += std::string(line) + "\n";
  };
  MachineUnderTest machine(options);
  machine.bring_up();
  machine.begin_launch();
  EXPECT_EQ(machine.assign(0x5000, 1, 0x1000), 0U);
  machine.launch_update(0x5000, snp::PageType::normal);
  machine.finish_launch();
  (void)machine.host_report();
  EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, 0x5000, "no", 2), SWTEE_E_REFUSED);
  snp::SnpCommitBuffer commit{};
  commit.length = sizeof(commit);
  EXPECT_STREQ(swtee_snp_status_name(machine.command(id::kCommit, commit)), "HWERROR_PLATFORM");
  return trace;
}

TEST(CapiTrace, IsReplayedWithoutADifference) {
  std::istringstream trace(traced_session());
  const auto outcome = replay::replay(trace);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what();
  EXPECT_FALSE(outcome.value().difference.has_value()) << outcome.value().difference->op << outcome.value().difference->field;
  EXPECT_GT(outcome.value().events, 20U);
}

TEST(CapiTrace, ShowsADifferenceWhenABitWasChanged) {
  std::string text = traced_session();
  const std::size_t at = text.find("\"sha256\":\"") + 10;
  ASSERT_LT(at, text.size());
  text[at] = text[at] == '0' ? '1' : '0';
  std::istringstream trace(text);
  const auto outcome = replay::replay(trace);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what();
  ASSERT_TRUE(outcome.value().difference.has_value());
  EXPECT_EQ(outcome.value().difference->field, "sha256");
}

}  // namespace
}  // namespace swtee::test
