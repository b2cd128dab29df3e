// SPDX-License-Identifier: Apache-2.0
/// A whole launch through the C ABI, against the digests that sev-snp-measure publishes for the image: `test_guest.py` of
/// release 0.0.13, test_snp_without_kernel_default and test_snp_without_kernel_feature_snp_only.
#include "sim/host/launch_plan.h"
#include "tests/capi/machine_under_test.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace swtee::test {
namespace {

constexpr std::uint64_t kVmsaGpa = 0xfffffffff000;

/// The last page of an OVMF image, or nothing when the vectors are not here.
host::SharedBytes image() {
  const char* const folder = std::getenv("SWTEE_VECTORS");
  std::ifstream file(std::string(folder == nullptr ? "" : folder) + "/snp/ovmf-amdsev-suffix.bin", std::ios::binary);
  if (!file) return nullptr;
  return std::make_shared<const std::vector<std::uint8_t>>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/// Launches the plan page by page and returns the measurement of the guest's report.
std::string launched(const host::LaunchPlan& plan) {
  MachineUnderTest machine;
  machine.bring_up();
  machine.begin_launch();
  std::uint64_t page = 0x10000;
  for (const host::LaunchRegion& region : plan.regions())
    for (std::uint64_t i = 0; i < region.page_count(); ++i, page += 0x1000) {
      const ByteView content = region.page(i);
      EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, page, content.data(), content.size()), SWTEE_OK);
      EXPECT_EQ(machine.assign(page, 1, region.type == snp::PageType::vmsa ? kVmsaGpa : region.gpa_of(i).value), 0U);
      machine.launch_update(page, region.type);
    }
  machine.finish_launch();
  return hex(machine.host_report().measurement);
}

TEST(CapiLaunch, HasThePublishedDigestOfARealImage) {
  const host::SharedBytes content = image();
  if (content == nullptr) {
    const char* const require_all = std::getenv("SWTEE_REQUIRE_ALL");
    if (require_all != nullptr && std::string(require_all) == "1") FAIL() << "SWTEE_VECTORS names no vectors folder";
    GTEST_SKIP() << "SWTEE_VECTORS names no vectors folder";
  }
  const auto parsed = host::OvmfImage::parse(*content, "image");
  ASSERT_TRUE(parsed.ok()) << parsed.error().what();
  const struct {
    std::uint64_t features;
    const char* digest;
  } rows[] = {
      {0x21, "e1e1ca029dd7973ab9513295be68198472dcd4fc834bd9af9b63f6e8a1674dbf281a9278a4a2ebe0eed9f22adbcd0e2b"},
      {0x01, "19358ba9a7615534a9a1e2f0dfc29384dcd4dcb7062ff9c6013b26869a5fc6ecabe033c48dd6f6db5d6d76e7c5df632d"}};
  for (const auto& row : rows) {
    const auto plan = host::plan_ovmf_launch({.image = parsed.value(), .content = content, .vcpus = 1, .vcpu_signature = 0x800f12,
                                              .guest_features = row.features});
    ASSERT_TRUE(plan.ok()) << plan.error().what();
    EXPECT_EQ(launched(plan.value()), row.digest);
  }
}

}  // namespace
}  // namespace swtee::test
