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
  EXPECT_EQ(error_of(R"({"pages": [{"hex": "abc"}]})"), "guest.pages[0].hex: a text of hexadecimal digits, two for each byte, is wanted");
  EXPECT_EQ(error_of(R"({"pages": [{"hex": "ag"}]})"), "guest.pages[0].hex: a text of hexadecimal digits, two for each byte, is wanted");
  EXPECT_EQ(error_of(R"({"pages": [{"hex": 12}]})"), "guest.pages[0].hex: a text of hexadecimal digits, two for each byte, is wanted");
  EXPECT_EQ(error_of(R"({"identity": {"guest_svn": 4294967296}})"), "guest.identity.guest_svn: 4294967296 is above 4294967295");
}

TEST(ParseGuest, RefusesAMemberThatIsThereTwice) {
  EXPECT_EQ(error_of(R"({"vmpl": 1, "policy": 0, "vmpl": 1})"), "the member \"guest.vmpl\" is there twice");
  EXPECT_EQ(error_of(R"({"pages": [{"gpa": 1}, {"gpa": 1, "size": 1, "gpa": 1}]})"), "the member \"guest.pages[1].gpa\" is there twice");
  EXPECT_EQ(error_of(R"({"pages": [[], [1, [{"a": 1, "a": 2}]]]})"), "the member \"guest.pages[1][1][0].a\" is there twice");
  EXPECT_EQ(error_of(R"({"image": {"vcpus": 1}, "image": {"vcpus": 1}})"), "the member \"guest.image\" is there twice");
  EXPECT_EQ(error_of(R"({"a": 1, "a": 1, "b": 1, "b": 1})"), "the member \"guest.a\" is there twice");
  const auto top = parse_guest(R"({"guest": {}, "guest": {}})");
  ASSERT_FALSE(top.ok());
  EXPECT_EQ(top.error().what(), "the member \"guest\" is there twice");
}

TEST(ParseGuest, TakesTheSameNameInObjectsBesideEachOther) {
  const auto guest = parse_guest(R"({"guest": {"pages": [{"gpa": 1, "hex": "00fF"}, {"gpa": 2}], "vmpl": 0, "image": {"kernel": "a"}, "kernel": "6.1"}})");
  ASSERT_TRUE(guest.ok());
  EXPECT_EQ(guest.value().pages[0].content, (std::vector<std::uint8_t>{0x00, 0xff}));
}

}  // namespace
}  // namespace swtee::config
