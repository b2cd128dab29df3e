// SPDX-License-Identifier: Apache-2.0
#include "sim/host/svsm_image.h"
#include "tests/support/firmware_image_builder.h"

#include <gtest/gtest.h>

namespace swtee::host {
namespace {

TEST(SvsmImage, TellsItsEntryPointAndSections) {
  const auto image = test::svsm_image().build();
  const auto svsm = SvsmImage::parse(image);
  ASSERT_TRUE(svsm.ok()) << svsm.error().what();
  EXPECT_EQ(svsm.value().launch_offset, 0x1230U);
  EXPECT_EQ(svsm.value().tables.sections.size(), 3U);
}

TEST(SvsmImage, RefusesAnOvmfImage) {
  const auto image = test::measured_boot_image().build();
  const auto svsm = SvsmImage::parse(image);
  ASSERT_FALSE(svsm.ok());
  EXPECT_NE(svsm.error().what().find("SVSM info"), std::string::npos);
}

TEST(SvsmImage, RefusesABrokenTableInItsOwnName) {
  auto builder = test::svsm_image();
  auto image = builder.build();
  image.at(builder.entry_at(0)) = 1;
  const auto svsm = SvsmImage::parse(image);
  ASSERT_FALSE(svsm.ok());
  EXPECT_EQ(svsm.error().what().rfind("SVSM image: GUID table entry", 0), 0U) << svsm.error().what();
}

}  // namespace
}  // namespace swtee::host
