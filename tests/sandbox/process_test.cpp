// SPDX-License-Identifier: Apache-2.0
/// Exit statuses, signals, the terminal, and what outlives the command.
#include "tests/sandbox/run_probe.h"

#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

namespace swtee::sandbox::testing {
namespace {

using Clock = std::chrono::steady_clock;

TEST(SandboxProcess, ReturnsTheExitStatus) {
  EXPECT_EQ(run_inside({"true"}).status, 0);
  EXPECT_EQ(bash_inside("exit 42").status, 42);
}

TEST(SandboxProcess, ReportsASignalAsAShellDoes) { EXPECT_EQ(bash_inside("kill -SEGV $$").status, 128 + SIGSEGV); }

TEST(SandboxProcess, SaysWhyACommandCannotStart) {
  const Output missing = run_inside({"/no/such/program"});
  EXPECT_EQ(missing.status, 127);
  EXPECT_NE(missing.err.find("No such file"), std::string::npos);
  EXPECT_EQ(run_inside({"/etc/passwd"}).status, 126);
}

TEST(SandboxProcess, PassesTerminationOn) {
  const std::string probe = built_program("sandbox_probe");
  const Output o = run({"bash", "-c", probe + R"( -- bash -c 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.05; done' &
      sleep 0.5; kill -TERM $!; wait $!; echo status $?)"});
  EXPECT_EQ(o.out, "ready\ncaught\nstatus 5\n") << o.err;
}

TEST(SandboxProcess, LeavesControlCToTheProgram) {
  int terminal = -1;
  const std::string probe = built_program("sandbox_probe");
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::execl(probe.c_str(), probe.c_str(), "--", "bash", "-c",
            "trap 'echo interrupted; exit 7' INT; test -t 0 && echo ready; while :; do sleep 0.05; done", nullptr);
    ::_exit(125);
  }
  std::string seen;
  std::array<char, 256> piece;
  while (seen.find("ready") == std::string::npos) {
    const ssize_t got = ::read(terminal, piece.data(), piece.size());
    ASSERT_GT(got, 0) << seen;
    seen.append(piece.data(), static_cast<std::size_t>(got));
  }
  ASSERT_EQ(::write(terminal, "\x03", 1), 1);
  for (ssize_t got; (got = ::read(terminal, piece.data(), piece.size())) > 0;)
    seen.append(piece.data(), static_cast<std::size_t>(got));
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7) << seen;
  EXPECT_NE(seen.find("interrupted"), std::string::npos);
}

TEST(SandboxProcess, ServesWhatOutlivesTheCommandForAWhile) {
  TemporaryDirectory directory;
  const Output o = bash_inside("(sleep 0.3; test -c /dev/fake && echo late) & exit 3");
  EXPECT_EQ(o.status, 3);
  EXPECT_EQ(o.out, "late\n");
}

TEST(SandboxProcess, EndsWhatOutlivesTheCommandTooLong) {
  TemporaryDirectory directory;
  const auto start = Clock::now();
  ::setenv("SWTEE_PROBE_REPORT", directory.file("report").c_str(), 1);
  const Output o = bash_inside("setsid sleep 100 & exit 3", {"--linger", "200"});
  ::unsetenv("SWTEE_PROBE_REPORT");
  EXPECT_EQ(o.status, 3);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(10));
  int made = 0, released = 0, ended = 0;
  std::ifstream(directory.file("report")) >> made >> released >> ended;
  EXPECT_EQ(ended, 1);
}

TEST(SandboxProcess, DiesWithItsSupervisor) {
  TemporaryDirectory directory;
  const std::string probe = built_program("sandbox_probe");
  const Output o = run({"bash", "-c", probe + " -- bash -c 'echo $$ > " + directory.file("pid") + "; sleep 100' & sleep 0.5; kill -9 $!; sleep 0.3; s=$(cut -d' ' -f3 /proc/$(cat " +
                        directory.file("pid") + ")/stat 2>/dev/null); [ \"${s:-Z}\" = Z ] && echo ended"});
  EXPECT_NE(o.out.find("ended\n"), std::string::npos) << o.err;
}

TEST(SandboxProcess, HidesNothingFromANestedSandbox) {
  const Output o = run_inside({built_program("sandbox_probe"), "--", "true"});
  EXPECT_EQ(o.status, 3);
  EXPECT_NE(o.err.find("filter"), std::string::npos) << o.err;
}

}  // namespace
}  // namespace swtee::sandbox::testing
