// SPDX-License-Identifier: Apache-2.0
/// Paths, listings and attributes as ordinary programs see them.
#include "tests/sandbox/run_probe.h"

#include <unistd.h>

namespace swtee::sandbox::testing {
namespace {

const std::string kSixtyFour(64, 'n');
constexpr const char* kMake = "d=/sys/kernel/config/fake/report/e; mkdir $d || exit 9; ";

TEST(SandboxFiles, ShowADeviceNode) {
  EXPECT_EQ(bash_inside("stat -c '%F %t:%T' /dev/fake; test -c /dev/fake && test -w /dev/fake && echo yes").out,
            "character special file a:7b\nyes\n");
}

TEST(SandboxFiles, AppearInTheListingOfTheirHostDirectory) {
  EXPECT_EQ(bash_inside("ls /dev | grep -x fake; ls -a /dev | grep -cx null; echo /dev/fak*; find /dev -maxdepth 1 -name fake").out,
            "fake\n1\n/dev/fake\n/dev/fake\n");
}

TEST(SandboxFiles, HaveParentsThatTheHostLacks) {
  const Output o = bash_inside("find /sys/kernel/config/fake; stat -c %F /sys/kernel/config; ls /sys/kernel | grep -x config");
  EXPECT_EQ(o.out, "/sys/kernel/config/fake\n/sys/kernel/config/fake/report\ndirectory\nconfig\n") << o.err;
}

TEST(SandboxFiles, ListLongWithoutComplaint) {
  const Output o = bash_inside(std::string(kMake) + "ls -la $d /sys/kernel/config /dev/fake");
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_EQ(o.err, "");
  EXPECT_NE(o.out.find("--w------- 1"), std::string::npos) << o.out;
}

TEST(SandboxFiles, AreReachedThroughHostLinks) {
  TemporaryDirectory directory;
  ASSERT_EQ(::symlink("/dev", directory.file("link").c_str()), 0);
  ASSERT_EQ(::symlink("../../../dev/fake", directory.file("relative").c_str()), 0);
  const Output o = bash_inside("test -c " + directory.file("link/fake") + " && echo 1; cd " + directory.file("link") +
                               " && test -c fake && echo 2; test -c /dev/../dev//./fake && echo 3; cd /tmp; test -c ../dev/fake && echo 4; "
                               "test -c " + directory.file("relative") + " && echo 5; test -c /proc/self/root/dev/fake && echo 6; "
                               "test -e /dev/fake/ || echo 7; test -e /dev/fake/.. || echo 8");
  EXPECT_EQ(o.out, "1\n2\n3\n4\n5\n6\n7\n8\n") << o.err;
}

TEST(SandboxFiles, LeadBackToTheHost) {
  const Output o = bash_inside(std::string(kMake) +
                               "cd $d; cat ../../../../../../proc/version | wc -l; ls -d ../../../../../../tmp; cd ../../../../../../tmp && pwd -P; ls -d .");
  EXPECT_EQ(o.out, "1\n../../../../../../tmp\n/tmp\n.\n") << o.err;
}

TEST(SandboxFiles, AreNamedByTheirDescriptors) {
  const Output o = bash_inside("exec 7<>/dev/fake; readlink /proc/self/fd/7; test -c /proc/self/fd/7 && echo device");
  EXPECT_EQ(o.out, "/dev/fake\ndevice\n") << o.err;
}

TEST(SandboxFiles, FollowALinkOfTheirOwn) {
  const Output o = bash_inside("readlink /sys/devices/platform/fake/device; test -c /sys/devices/platform/fake/device && echo yes");
  EXPECT_EQ(o.out, "/dev/fake\nyes\n") << o.err;
}

TEST(SandboxFiles, RefuseWhatConfigfsRefuses) {
  const Output o = bash_inside(std::string(kMake) + R"(
    mkdir $d 2>&1; touch $d/new 2>&1; rm -f $d/inblob >&2; rmdir $d/../x 2>&1; cat $d/inblob 2>&1; : > $d/provider
    mkdir /sys/kernel/config/fake/other 2>&1; rmdir $d && ! test -e $d && echo gone)");
  EXPECT_NE(o.out.find("File exists"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("touch: cannot touch"), std::string::npos);
  EXPECT_NE(o.err.find("rm: cannot remove"), std::string::npos);
  EXPECT_NE(o.out.find("failed to remove"), std::string::npos);
  EXPECT_NE(o.out.find("Permission denied"), std::string::npos);
  EXPECT_NE(o.out.find("Operation not permitted"), std::string::npos);
  EXPECT_NE(o.out.find("gone\n"), std::string::npos);
}

TEST(SandboxFiles, ServePython) {
  SANDBOX_SKIP_UNLESS(!find_program("python3").empty(), "python3 is not installed");
  const Output o = run_inside({find_program("python3"), "-c", R"(
import os, shutil, tempfile
base = '/sys/kernel/config/fake/report'
d = tempfile.mkdtemp(prefix='entry', dir=base)
with open(d + '/inblob', 'wb') as f:
    f.write(bytes(32)); f.write(b'x' * 32)
assert open(d + '/outblob', 'rb').read() == b'report level=0 in=' + bytes(32) + b'x' * 32
assert open(d + '/generation').read() == '1\n'
try:
    open(d + '/inblob', 'wb', buffering=0).write(bytes(65)); print('no error')
except OSError as e: assert e.errno == 27, e
try:
    open(d + '/privlevel', 'wb', buffering=0).write(b'7'); print('no error')
except OSError as e: assert e.errno == 22, e
assert sorted(os.listdir(d)) == ['generation', 'inblob', 'outblob', 'privlevel', 'provider'], os.listdir(d)
fd = os.open(d, os.O_RDONLY | os.O_DIRECTORY)
assert os.stat('provider', dir_fd=fd).st_size == 4096
with os.fdopen(os.open('provider', os.O_RDONLY, dir_fd=fd)) as f: assert f.read() == 'fake\n'
assert os.path.exists('/dev/fake') and 'fake' in os.listdir('/dev')
os.chdir(d); assert os.getcwd() == d; assert open('provider').read() == 'fake\n'; os.chdir('..'); assert os.getcwd() == base
assert [e.name for e in os.scandir(base)] == [os.path.basename(d)]
os.rmdir(os.path.basename(d))
print('done')
)"});
  EXPECT_EQ(o.out, "done\n") << o.err;
}

TEST(SandboxFiles, ServeAStaticProgram) {
  SANDBOX_SKIP_UNLESS(!find_program("busybox").empty(), "busybox is not installed");
  EXPECT_EQ(run_inside({"busybox", "ls", "/sys/kernel/config/fake"}).out, "report\n");
}

TEST(SandboxFiles, LeaveTheHostAlone) {
  const Output inside = bash_inside("cat /etc/passwd | md5sum; ls -d /usr/bin/env; cd /usr && pwd -P");
  const Output outside = run({"bash", "-c", "cat /etc/passwd | md5sum; ls -d /usr/bin/env; cd /usr && pwd -P"});
  EXPECT_EQ(inside.out, outside.out);
  EXPECT_FALSE(::access("/dev/fake", F_OK) == 0);
}

}  // namespace
}  // namespace swtee::sandbox::testing
