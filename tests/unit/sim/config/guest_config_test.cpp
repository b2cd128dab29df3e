// SPDX-License-Identifier: Apache-2.0
#include "sim/config/guest_config.h"

#include <gtest/gtest.h>

namespace swtee::config {
namespace {

std::string error_of(const std::string& guest) {
  const auto parsed = parse_guest(R"({"guest": )" + guest + "}");
  return parsed.ok() ? "" : parsed.error().what();
}

TEST(ParseGuest, IsTheDefaultGuestWithoutTheMember) {
  const auto guest = parse_guest("{}");
  ASSERT_TRUE(guest.ok());
  EXPECT_EQ(guest.value().policy, 0x30000u);
}

TEST(ParseGuest, NamesTheMemberAndWhatIsWrong) {
  EXPECT_EQ(error_of("1"), "guest: an object is wanted");
  EXPECT_EQ(error_of(R"({"colour": 1})"), "there is no member \"guest.colour\"");
  EXPECT_EQ(error_of(R"({"policy": "x"})"), "guest.policy: \"x\" is not a number");
  EXPECT_EQ(error_of(R"({"vmpl": 4})"), "guest.vmpl: 4 is above 3");
  EXPECT_EQ(error_of(R"({"host_data": "00"})"), "guest.host_data: 64 hexadecimal digits are wanted");
  EXPECT_EQ(error_of(R"({"image": {"vcpus": "many"}})"), "guest.image.vcpus: \"many\" is not a number");
  EXPECT_EQ(error_of(R"({"image": {"bios": "x"}})"), "there is no member \"guest.image.bios\"");
  EXPECT_EQ(error_of(R"({"pages": {}})"), "guest.pages: an array is wanted");
  EXPECT_EQ(error_of(R"({"pages": [{}, {"type": "magic"}]})"),
            "guest.pages[1].type: one of \"normal\", \"vmsa\", \"zero\", \"unmeasured\", \"secrets\" and \"cpuid\" is wanted");
  EXPECT_EQ(error_of(R"({"pages": [{"gpa": true}]})"), "guest.pages[0].gpa: a number is wanted, or its text (\"0x...\")");
  EXPECT_EQ(error_of(R"({"identity": {"guest_svn": 4294967296}})"), "guest.identity.guest_svn: 4294967296 is above 4294967295");
}

}  // namespace
}  // namespace swtee::config
