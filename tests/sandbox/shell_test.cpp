// SPDX-License-Identifier: Apache-2.0
/// Shell redirections: the virtual descriptor leaves the window by dup2, and must behave all the same.
#include "tests/sandbox/run_probe.h"

namespace swtee::sandbox::testing {
namespace {

const std::string kSixtyFour(64, 'n');
constexpr const char* kMake = "d=/sys/kernel/config/fake/report/e; mkdir $d || exit 9; ";

class SandboxShell : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  void SetUp() override {
    SANDBOX_SKIP_UNLESS(!find_program(GetParam()[0]).empty(), GetParam()[0] + " is not installed");
  }
  Output script(const std::string& text) {
    std::vector<std::string> command = GetParam();
    command.insert(command.end(), {"-c", kMake + text});
    return run_inside(command);
  }
};

TEST_P(SandboxShell, CommitsARedirectedWriteBeforeTheNextCommandReads) {
  const Output o = script("printf " + kSixtyFour + " > $d/inblob; cat $d/outblob; echo; cat $d/generation");
  EXPECT_EQ(o.out, "report level=0 in=" + kSixtyFour + "\n1\n") << o.err;
}

TEST_P(SandboxShell, CommitsEachOfManyWrites) {
  const Output o = script("i=0; while [ $i -lt 50 ]; do printf " + kSixtyFour +
                          " > $d/inblob; i=$((i+1)); g=$(cat $d/generation); [ $g = $i ] || echo $g is not $i; done");
  EXPECT_EQ(o.out, "") << o.err;
  EXPECT_EQ(o.status, 0);
}

TEST_P(SandboxShell, CommitsWhatAnExternalProgramWrites) {
  const Output o = script("/usr/bin/printf " + kSixtyFour + " > $d/inblob; cat $d/outblob");
  EXPECT_EQ(o.out, "report level=0 in=" + kSixtyFour) << o.err;
}

TEST_P(SandboxShell, ReportsAnInvalidValueOfATextAttribute) {
  const Output o = script("echo 3 > $d/privlevel; echo $?; echo 4 > $d/privlevel; echo $?; cat $d/generation");
  EXPECT_EQ(o.out, "0\n1\n1\n") << o.err;
  EXPECT_NE(o.err, "");
}

TEST_P(SandboxShell, RefusesAWriteBeyondTheLimit) {
  const Output o = script("printf " + kSixtyFour + "x > $d/inblob; echo $?; cat $d/outblob");
  EXPECT_EQ(o.out.substr(0, 2), "1\n") << o.err;
  EXPECT_EQ(o.out.find("report"), std::string::npos);
}

TEST_P(SandboxShell, FeedsARedirectedReader) {
  const Output o = script("printf " + kSixtyFour + " > $d/inblob; cat < $d/outblob; read x < $d/provider; echo $x");
  EXPECT_EQ(o.out, "report level=0 in=" + kSixtyFour + "fake\n") << o.err;
}

TEST_P(SandboxShell, RefusesARedirectedReaderWhereReadingFails) {
  const Output o = script("cat < $d/outblob; echo $?");
  EXPECT_NE(o.out, "0\n");
  EXPECT_NE(o.err, "");
}

TEST_P(SandboxShell, KeepsADescriptorOpenAcrossCommands) {
  const Output o = script("exec 7> $d/inblob; printf " + kSixtyFour.substr(32) + " >&7; cat $d/generation; printf " +
                          kSixtyFour.substr(32) + " >&7; exec 7>&-; cat $d/generation; cat $d/outblob");
  EXPECT_EQ(o.out, "0\n1\nreport level=0 in=" + kSixtyFour) << o.err;
}

TEST_P(SandboxShell, WorksFromAVirtualWorkingDirectory) {
  const Output o = script("cd $d && pwd && printf " + kSixtyFour +
                          " > inblob && cat ./outblob && cat ../e/provider && (cd ..; ls) && cd / && pwd");
  EXPECT_EQ(o.out, "/sys/kernel/config/fake/report/e\nreport level=0 in=" + kSixtyFour + "fake\ne\n/\n") << o.err;
}

INSTANTIATE_TEST_SUITE_P(Shells, SandboxShell,
                         ::testing::Values(std::vector<std::string>{"bash"}, std::vector<std::string>{"dash"},
                                           std::vector<std::string>{"busybox", "ash"}),
                         [](const auto& shell) { return shell.param[0]; });

TEST(SandboxTools, WriteTheSameBytesEachInItsWay) {
  TemporaryDirectory directory;
  directory.write("nonce", kSixtyFour);
  const std::string nonce = directory.file("nonce");
  for (const std::string& way : {"cat " + nonce + " > $d/inblob", "cp " + nonce + " $d/inblob",
                                 "dd if=" + nonce + " of=$d/inblob bs=64 2>/dev/null",
                                 "dd if=" + nonce + " of=$d/inblob bs=32 2>/dev/null",
                                 "tee $d/inblob < " + nonce + " > /dev/null", "head -c 64 " + nonce + " > $d/inblob",
                                 "cat " + nonce + " >> $d/inblob"}) {
    const Output o = bash_inside(kMake + way + "; cat $d/outblob; cat $d/generation");
    EXPECT_EQ(o.out, "report level=0 in=" + kSixtyFour + "1\n") << way << "\n" << o.err;
  }
}

TEST(SandboxTools, RefuseALongFileEachInItsWay) {
  TemporaryDirectory directory;
  directory.write("long", kSixtyFour + "!");
  const std::string file = directory.file("long");
  for (const std::string& way : {"cat " + file + " > $d/inblob", "cp " + file + " $d/inblob",
                                 "dd if=" + file + " of=$d/inblob bs=65", "tee $d/inblob < " + file}) {
    const Output o = bash_inside(kMake + way + " > /dev/null 2>&1; echo $?");
    if (way.find("cat") == std::string::npos) {
      EXPECT_EQ(o.out, "1\n") << way << "\n" << o.err;
    }
    const Output direct = bash_inside(kMake + way + "; cat $d/outblob");
    EXPECT_NE(direct.err, "") << way;
  }
}

TEST(SandboxTools, CopyABlobOut) {
  TemporaryDirectory directory;
  const std::string copy = directory.file("copy");
  const Output o = bash_inside(kMake + ("printf " + kSixtyFour) + " > $d/inblob; cp $d/outblob " + copy + " && cat " + copy);
  EXPECT_EQ(o.out, "report level=0 in=" + kSixtyFour) << o.err;
}

}  // namespace
}  // namespace swtee::sandbox::testing
