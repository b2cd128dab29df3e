// SPDX-License-Identifier: Apache-2.0
/// The models of /dev/sev-guest and configfs-tsm through the whole sandbox, over a fake PSP.
#include "tests/sandbox/run_probe.h"

namespace swtee::sandbox::testing {
namespace {

Output with_guest(const std::string& script) { return bash_inside(script, {"--sev-guest"}); }

constexpr const char* kMake = "d=/sys/kernel/config/tsm/report/e; mkdir $d || exit 9; ";
const std::string kNonce(64, 'N');

TEST(SandboxGuestFiles, ShowTheDeviceAndWhatDetectorsLookFor) {
  const Output o = with_guest("stat -c '%F %t' /dev/sev-guest; ls /sys/devices/platform/sev-guest; ls /dev | grep -c sev-guest; "
                              "cat /sys/devices/platform/sev-guest/modalias; ls /sys/devices/platform | grep -c sev-guest");
  EXPECT_EQ(o.out, "character special file a\ndriver_override\nmodalias\nuevent\n1\nplatform:sev-guest\n1\n") << o.err;
}

TEST(SandboxGuestFiles, GiveAReportThroughConfigfs) {
  const Output o = with_guest(std::string(kMake) + "printf " + kNonce +
                              " > $d/inblob; cat $d/outblob | wc -c; cat $d/outblob | tail -c +81 | head -c 64; echo; "
                              "cat $d/generation $d/provider $d/privlevel_floor; ls $d; rmdir $d");
  EXPECT_EQ(o.out, "1184\n" + kNonce + "\n1\nsev_guest\n0\nauxblob\ngeneration\ninblob\noutblob\nprivlevel\n"
                   "privlevel_floor\nprovider\n") << o.err;
}

TEST(SandboxGuestFiles, RefuseAsConfigfsDoes) {
  const Output o = with_guest(std::string(kMake) + R"(
    cat $d/outblob; echo $?; echo 4 > $d/privlevel; echo $?; printf short > $d/inblob; cat $d/outblob; echo $?; cat $d/generation
    mkdir /sys/kernel/config/tsm/x; cat $d/inblob; mkdir $d)");
  EXPECT_EQ(o.out, "1\n1\n1\n1\n");
  for (const char* message : {"Invalid argument", "Operation not permitted", "Permission denied", "File exists"})
    EXPECT_NE(o.err.find(message), std::string::npos) << message << "\n" << o.err;
}

TEST(SandboxGuestFiles, GiveAReportThroughTheDevice) {
  SANDBOX_SKIP_UNLESS(!find_program("python3").empty(), "python3 is not installed");
  const Output o = run_inside({find_program("python3"), "-c", R"(
import ctypes, fcntl, os, struct
fd = os.open('/dev/sev-guest', os.O_RDWR | os.O_CLOEXEC)
request = ctypes.create_string_buffer(bytes(range(64)) + bytes(32), 96); response = ctypes.create_string_buffer(4000)
call = bytearray(struct.pack('<B7xQQQ', 1, ctypes.addressof(request), ctypes.addressof(response), 77))
fcntl.ioctl(fd, 0xC0205300, call)
status, size = struct.unpack_from('<II', response.raw)
print(status, hex(size), response.raw[0x20 + 0x50:0x20 + 0x90] == bytes(range(64)), struct.unpack_from('<Q', call, 24)[0])
def code(number, data):
    try: fcntl.ioctl(fd, number, data); return 0
    except OSError as e: return e.errno
print(code(0xC0205300, bytearray(32)), code(0xC0A01181, bytearray(struct.pack('<B31x', 1))))
bad = bytearray(struct.pack('<B7xQQQ', 1, 8, 8, 0))
print(code(0xC0205300, bad))
os.dup2(fd, 40); os.close(fd); fd = 40
print(code(0xC0205300, call))
)"}, {"--sev-guest"});
  EXPECT_EQ(o.out, "0 0x4a0 True 77\n22 25\n14\n0\n") << o.err;
}

}  // namespace
}  // namespace swtee::sandbox::testing
