// SPDX-License-Identifier: Apache-2.0
/// What programs do with virtual descriptors; the programs themselves are in programs/.
#include "tests/sandbox/run_probe.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace swtee::sandbox::testing {
namespace {

void expect_ok(const std::string& command) {
  const Output o = run_inside({built_program("sandbox_inside"), command});
  EXPECT_EQ(o.out, "ok\n") << o.err;
  EXPECT_EQ(o.status, 0);
}

TEST(SandboxDescriptors, AreSharedAcrossFork) { expect_ok("fork"); }
TEST(SandboxDescriptors, AreSharedAcrossDup) { expect_ok("dup"); }
TEST(SandboxDescriptors, EndByCloseRangeAndExec) { expect_ok("close-range"); }
TEST(SandboxDescriptors, TravelOverSockets) { expect_ok("socket"); }
TEST(SandboxDescriptors, FaultOnHostilePointers) { expect_ok("hostile"); }
TEST(SandboxDescriptors, OfADeviceBehaveAsOne) { expect_ok("device"); }
TEST(SandboxDescriptors, HoldUpNobodyWhileADeviceIsBusy) { expect_ok("slow"); }
TEST(SandboxDescriptors, ServeThreadsAtOnce) { expect_ok("threads"); }

TEST(SandboxSignals, DoNotRepeatACall) {
  TemporaryDirectory directory;
  expect_ok("storm");
}

TEST(SandboxSignals, OfTheGoSchedulerDoNotRepeatACall) {
  const std::string program = built_program("sandbox_inside_go");
  SANDBOX_SKIP_UNLESS(!program.empty(), "no go toolchain was found when the tests were built");
  TemporaryDirectory directory;
  ::setenv("SWTEE_PROBE_REPORT", directory.file("report").c_str(), 1);
  const Output o = run_inside({program, "storm"});
  ::unsetenv("SWTEE_PROBE_REPORT");
  EXPECT_EQ(o.out, "ok\n") << o.err;
  int made = 0, released = 0;
  std::ifstream(directory.file("report")) >> made >> released;
  EXPECT_EQ(made, 200);
  EXPECT_EQ(released, 200);
}

}  // namespace
}  // namespace swtee::sandbox::testing
