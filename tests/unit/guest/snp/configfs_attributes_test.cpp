// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/configfs_attributes.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace swtee::guest::snp {
namespace {

using namespace std::string_view_literals;

struct NumberCase {
  std::string_view text;
  std::int64_t expected;  ///< the value, or -errno
};
class KernelNumber : public testing::TestWithParam<NumberCase> {};

TEST_P(KernelNumber, IsReadAsTheKernelReadsIt) {
  const auto parsed = parse_unsigned(GetParam().text);
  EXPECT_EQ(parsed.ok() ? std::int64_t{parsed.value()} : parsed.error(), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Texts, KernelNumber,
    testing::Values(NumberCase{"0", 0}, NumberCase{"2\n", 2}, NumberCase{"+3", 3}, NumberCase{"0x2", 2}, NumberCase{"0X3\n", 3},
                    NumberCase{"03", 3}, NumberCase{"010", 8}, NumberCase{"0x1F", 31}, NumberCase{"4294967295", 4294967295},
                    NumberCase{"1\0junk"sv, 1}, NumberCase{"", -EINVAL}, NumberCase{"\n", -EINVAL}, NumberCase{"\0"sv, -EINVAL},
                    NumberCase{"\2"sv, -EINVAL}, NumberCase{"-1", -EINVAL}, NumberCase{" 1", -EINVAL}, NumberCase{"1 ", -EINVAL},
                    NumberCase{"1\n\n", -EINVAL}, NumberCase{"++1", -EINVAL}, NumberCase{"0x", -EINVAL}, NumberCase{"0xg", -EINVAL},
                    NumberCase{"08", -EINVAL}, NumberCase{"1a", -EINVAL}, NumberCase{"4294967296", -ERANGE},
                    NumberCase{"99999999999999999999999999", -ERANGE}, NumberCase{"99999999999999999999999999x", -EINVAL}));

TEST(KernelGuid, TakesTextOrder) {
  const auto guid = parse_guid("63849ebb-3d92-4670-a1ff-58f9c94b87bb\n");
  ASSERT_TRUE(guid.ok());
  EXPECT_EQ(guid.value(), (Bytes<16>{0x63, 0x84, 0x9e, 0xbb, 0x3d, 0x92, 0x46, 0x70, 0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb}));
}

TEST(KernelGuid, IgnoresWhatFollowsAndRefusesTheRest) {
  EXPECT_TRUE(parse_guid("C476F1EB-0123-45A5-9641-B4E7DDE5BFE3 and more").ok());
  for (const char* text : {"", "c476f1eb", "c476f1eb-0123-45a5-9641-b4e7dde5bfe", "c476f1eb00123-45a5-9641-b4e7dde5bfe3",
                           "g476f1eb-0123-45a5-9641-b4e7dde5bfe3", "{476f1eb-0123-45a5-9641-b4e7dde5bfe3}"})
    EXPECT_FALSE(parse_guid(text).ok()) << text;
}

TEST(TsmAttributes, AreFoundByName) {
  for (const TsmAttributeRow& row : kTsmAttributes) EXPECT_EQ(find_tsm_attribute(row.name), &row);
  EXPECT_EQ(find_tsm_attribute("outblob "), nullptr);
  EXPECT_EQ(find_tsm_attribute(""), nullptr);
}

}  // namespace
}  // namespace swtee::guest::snp
