// SPDX-License-Identifier: Apache-2.0
/// The sandbox inside container profiles that forbid some of what it likes to use (docs/containers.md).
#include "tests/sandbox/run_probe.h"

namespace swtee::sandbox::testing {
namespace {

Output confined(const std::string& calls, const std::string& script) {
  std::vector<std::string> command{built_program("sandbox_confined"), calls, built_program("sandbox_probe"),
                                   "--", "bash", "-c", script};
  return run(command);
}

const std::string kNonce(64, 'c');
const std::string kScript = "d=/sys/kernel/config/fake/report/e; mkdir $d; printf " + kNonce +
                            " > $d/inblob; cat $d/outblob; echo; ls /dev | grep -x fake; ls -a /dev | grep -x null";
const std::string kExpected = "report level=0 in=" + kNonce + "\nfake\nnull\n";

TEST(SandboxInContainer, WorksUnderDockersDefaultProfile) {
  const Output o = confined("pidfd_getfd,kcmp", kScript);
  EXPECT_EQ(o.out, kExpected) << o.err;
}

TEST(SandboxInContainer, WorksWhereOnlyProcMemIsLeft) {
  const Output o = confined("pidfd_getfd,kcmp,process_vm", kScript);
  EXPECT_EQ(o.out, kExpected) << o.err;
}

TEST(SandboxInContainer, SaysWhatIsMissingWithoutSeccomp) {
  const Output o = confined("seccomp", "echo not reached");
  EXPECT_EQ(o.status, 3);
  EXPECT_EQ(o.out, "");
  EXPECT_NE(o.err.find("swtee doctor"), std::string::npos) << o.err;
}

}  // namespace
}  // namespace swtee::sandbox::testing
