// SPDX-License-Identifier: Apache-2.0
#include "sim/host/launch_plan.h"
#include "tests/support/firmware_image_builder.h"

#include <gtest/gtest.h>

namespace swtee::host {
namespace {

using snp::PageType;
using test::FirmwareImageBuilder;

SharedBytes shared(std::vector<std::uint8_t> bytes) {
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

/// An image and what its tables say.
struct Loaded {
  explicit Loaded(FirmwareImageBuilder builder)
      : content(shared(builder.build())), image(OvmfImage::parse(*content, "OVMF image").value()) {}
  OvmfLaunch launch() const { return {.image = image, .content = content}; }
  SharedBytes content;
  OvmfImage image;
};

FirmwareImageBuilder with_reset_block(std::size_t size = 0x1000) {
  FirmwareImageBuilder builder(size);
  builder.entry(ovmf::kSevEsResetBlock, ovmf::ResetBlock{.ip = 0xb004, .cs_base_high = 0x80});
  return builder;
}

std::vector<std::string> summary(const LaunchPlan& plan) {
  static constexpr const char* kNames[] = {"reserved", "normal", "vmsa", "zero", "unmeasured", "secrets", "cpuid"};
  std::vector<std::string> rows;
  for (const LaunchRegion& region : plan.regions()) {
    char row[80];
    std::snprintf(row, sizeof row, "%s %llx+%llx", kNames[static_cast<int>(region.type)],
                  static_cast<unsigned long long>(region.gpa.value), static_cast<unsigned long long>(region.size));
    rows.emplace_back(row);
  }
  return rows;
}

std::string error_of(const OvmfLaunch& launch) {
  const auto plan = plan_ovmf_launch(launch);
  return plan.ok() ? "no error" : plan.error().what();
}

void expect_error(const std::string& error, const char* part) { EXPECT_NE(error.find(part), std::string::npos) << error; }

TEST(OvmfLaunchPlan, GoesFirmwareThenSectionsThenVmsas) {
  const Loaded ovmf(test::measured_boot_image());
  OvmfLaunch launch = ovmf.launch();
  launch.vcpus = 3;
  const auto plan = plan_ovmf_launch(launch);
  ASSERT_TRUE(plan.ok()) << plan.error().what();
  EXPECT_EQ(summary(plan.value()),
            (std::vector<std::string>{"normal ffffe000+2000", "zero 800000+9000", "secrets 80d000+1000",
                                      "cpuid 80e000+1000", "zero 80f000+1000", "zero 810000+1000", "zero 811000+2000",
                                      "vmsa fffffffff000+1000", "vmsa fffffffff000+1000", "vmsa fffffffff000+1000"}));
  EXPECT_EQ(plan.value().page_count(), 2U + 9 + 1 + 1 + 1 + 1 + 2 + 3);
}

TEST(OvmfLaunchPlan, MeasuresTheCpuidPageLastOnEc2AndLeavesMemoryUnmeasuredOnGce) {
  const Loaded ovmf(test::measured_boot_image());
  OvmfLaunch launch = ovmf.launch();
  launch.vmm = VmmType::ec2;
  auto rows = summary(plan_ovmf_launch(launch).value());
  EXPECT_EQ(rows.at(3), "zero 80f000+1000");
  EXPECT_EQ(rows.at(rows.size() - 2), "cpuid 80e000+1000");
  launch.vmm = VmmType::gce;
  rows = summary(plan_ovmf_launch(launch).value());
  EXPECT_EQ(rows.at(1), "unmeasured 800000+9000");
  EXPECT_EQ(rows.at(4), "zero 80f000+1000");
}

TEST(OvmfLaunchPlan, PutsTheKernelHashesWhereTheImageWantsThem) {
  const Loaded ovmf(test::measured_boot_image());
  OvmfLaunch launch = ovmf.launch();
  launch.kernel = KernelHashes{.cmdline = cmdline_hash("quiet"), .initrd = {}, .kernel = {}};
  const auto plan = plan_ovmf_launch(launch);
  ASSERT_TRUE(plan.ok()) << plan.error().what();
  const LaunchRegion& page = plan.value().regions().at(5);
  EXPECT_EQ(page.type, PageType::normal);
  EXPECT_EQ(page.gpa, Gpa{0x810000});
  const auto table = launch.kernel->table();
  EXPECT_TRUE(all_zero(page.content.first(0xc00)));
  EXPECT_TRUE(std::equal(page.content.begin() + 0xc00, page.content.begin() + 0xc00 + sizeof table, bytes_of(table).begin()));
  EXPECT_TRUE(all_zero(page.content.subspan(0xc00 + sizeof table)));
}

TEST(OvmfLaunchPlan, ShowsTheImageWithoutCopyingIt) {
  const Loaded ovmf(test::measured_boot_image());
  const auto plan = plan_ovmf_launch(ovmf.launch());
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan.value().regions().at(0).content.data(), ovmf.content->data());
}

TEST(OvmfLaunchPlan, KeepsItsContentsAliveWhenItMoves) {
  std::optional<LaunchPlan> moved;
  {
    const Loaded ovmf(test::measured_boot_image());
    OvmfLaunch launch = ovmf.launch();
    launch.vcpus = 2;
    launch.kernel = KernelHashes{};
    auto plan = plan_ovmf_launch(launch);
    ASSERT_TRUE(plan.ok());
    moved = std::move(plan).value();
  }
  const auto expected = test::measured_boot_image().build();
  const LaunchRegion& firmware = moved->regions().at(0);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), firmware.content.begin(), firmware.content.end()));
  EXPECT_EQ(from_bytes<snp::Vmsa>(moved->regions().back().content).rip, 0xb004U);
}

TEST(OvmfLaunchPlan, SharesOneVmsaPageAmongAllButTheBootProcessor) {
  const Loaded ovmf(with_reset_block());
  OvmfLaunch launch = ovmf.launch();
  launch.vcpus = kMaxVcpus;
  const auto plan = plan_ovmf_launch(launch);
  ASSERT_TRUE(plan.ok());
  const auto& regions = plan.value().regions();
  EXPECT_NE(regions.at(1).content.data(), regions.at(2).content.data());
  EXPECT_EQ(regions.at(2).content.data(), regions.back().content.data());
}

TEST(OvmfLaunchPlan, LeavesTheFirmwareOutWhenItsHashIsKnown) {
  const Loaded ovmf(test::measured_boot_image());
  OvmfLaunch launch = ovmf.launch();
  launch.content = nullptr;
  EXPECT_EQ(summary(plan_ovmf_launch(launch).value()).at(0), "zero 800000+9000");
}

TEST(OvmfLaunchPlan, LaunchesNothingForAnEmptySection) {
  const Loaded ovmf(with_reset_block().section(0x800000, 0, 1).section(0x801000, 0, 4));
  EXPECT_EQ(plan_ovmf_launch(ovmf.launch()).value().regions().size(), 2U);
}

TEST(OvmfLaunchPlan, LaunchesOnePageOfASecretsOrCpuidSectionOfAnySize) {
  const Loaded ovmf(with_reset_block().section(0x800000, 0x3000, 2).section(0x803000, 0, 3));
  const auto rows = summary(plan_ovmf_launch(ovmf.launch()).value());
  EXPECT_EQ(rows.at(1), "secrets 800000+1000");
  EXPECT_EQ(rows.at(2), "cpuid 803000+1000");
}

TEST(OvmfLaunchPlan, RefusesAKernelWhenTheImageHasNoPlaceForHashes) {
  const ovmf::GuestArea area{.base = 0x810c00, .size = 0x400};
  const auto refusal = [](FirmwareImageBuilder builder) {
    const Loaded ovmf(std::move(builder));
    OvmfLaunch launch = ovmf.launch();
    launch.kernel = KernelHashes{};
    return error_of(launch);
  };
  expect_error(refusal(with_reset_block().entry(ovmf::kSevHashTable, area).section(0x1000, 0x1000, 1)),
               "no SNP_KERNEL_HASHES section");
  expect_error(refusal(with_reset_block().section(0x810000, 0x1000, 0x10)), "does not say where the SEV hash table");
  expect_error(refusal(with_reset_block().entry(ovmf::kSevHashTable, area).section(0x810000, 0x2000, 0x10)),
               "the kernel hashes take one page");
  expect_error(refusal(with_reset_block()
                           .entry(ovmf::kSevHashTable, ovmf::GuestArea{.base = 0x810f51, .size = 0x400})
                           .section(0x810000, 0x1000, 0x10)),
               "does not fit into its page");
  EXPECT_EQ(refusal(with_reset_block()
                        .entry(ovmf::kSevHashTable, ovmf::GuestArea{.base = 0x810f50, .size = 0xb0})
                        .section(0x810000, 0x1000, 0x10)),
            "no error");
}

TEST(OvmfLaunchPlan, RefusesSectionsThatNoGuestCanHave) {
  const auto refusal = [](std::uint32_t base, std::uint32_t size, std::uint32_t type) {
    const Loaded ovmf(with_reset_block().section(base, size, type));
    return error_of(ovmf.launch());
  };
  expect_error(refusal(0x800, 0x1000, 1), "address 0x800 is not a multiple");
  expect_error(refusal(0x1000, 0x1001, 1), "size 0x1001 is not a positive multiple");
  expect_error(refusal(0x1000, 0x1000, 0x77), "type 0x77 is unknown");
  expect_error(refusal(0xfffff000, 0x2000, 1), "go beyond 4 GiB");
  const Loaded overlapping(with_reset_block().section(0, 0x80000000, 1).section(0, 0x80001000, 1));
  expect_error(error_of(overlapping.launch()), "overlap");
}

TEST(OvmfLaunchPlan, RefusesAnImageOfBrokenPages) {
  const Loaded ovmf(with_reset_block(0x1800));
  expect_error(error_of(ovmf.launch()), "6144 bytes long, not a multiple of 4096");
  expect_error(plan_firmware_pages(ovmf.content).error().what(), "6144 bytes long");
}

TEST(OvmfLaunchPlan, RefusesMoreVcpusThanAGuestCanHave) {
  const Loaded ovmf(with_reset_block());
  OvmfLaunch launch = ovmf.launch();
  launch.vcpus = kMaxVcpus + 1;
  expect_error(error_of(launch), "65537 vCPUs are more");
}

class SvsmPlan : public testing::Test {
 protected:
  SvsmPlan()
      : ovmf_(shared(test::measured_boot_image().build())),
        content_(shared(test::svsm_image().build())),
        svsm_(SvsmImage::parse(*content_).value()) {}
  SvsmLaunch launch() const {
    return {.svsm = svsm_, .svsm_content = content_, .ovmf_content = ovmf_, .vars_size = 0x84000, .vcpus = 2};
  }
  std::string error_of(const SvsmLaunch& launch) const {
    const auto plan = plan_svsm_launch(launch);
    return plan.ok() ? "no error" : plan.error().what();
  }
  SharedBytes ovmf_;
  SharedBytes content_;
  SvsmImage svsm_;
};

TEST_F(SvsmPlan, PutsTheSvsmBelowTheVariablesBelowTheFirmware) {
  const auto plan = plan_svsm_launch(launch());
  ASSERT_TRUE(plan.ok()) << plan.error().what();
  EXPECT_EQ(summary(plan.value()),
            (std::vector<std::string>{"normal ffffe000+2000", "normal fff77000+3000", "zero 0+9e000",
                                      "secrets 9e000+1000", "cpuid 9f000+1000", "vmsa fffffffff000+1000",
                                      "vmsa fffffffff000+1000"}));
  EXPECT_EQ(from_bytes<snp::Vmsa>(plan.value().regions().back().content).rip, 0xfff77000U + 0x1230U);
}

TEST_F(SvsmPlan, RefusesAVariableStoreThatDoesNotFitOrIsNotWholePages) {
  SvsmLaunch too_large = launch();
  too_large.vars_size = 0xfffff000;
  expect_error(error_of(too_large), "does not fit below 0xffffe000");
  too_large.vars_size = 0xffffe000;
  expect_error(error_of(too_large), "SVSM image: 0x3000 bytes do not fit below 0x0");
  SvsmLaunch crooked = launch();
  crooked.vars_size = 1000;
  expect_error(error_of(crooked), "1000 bytes is not whole pages");
}

TEST(RawLaunchPlan, LaunchesWhatIsGivenInItsOrder) {
  const SharedBytes code = shared(std::vector<std::uint8_t>(0x2000, 0xcc));
  const std::vector<RawPages> pages{
      {.type = PageType::cpuid, .gpa = {0x5000}, .size = 0x1000},
      {.type = PageType::normal, .gpa = {0x1000}, .content = code, .permissions = {.vmpl1 = 1, .vmpl2 = 3, .vmpl3 = 7}},
      {.type = PageType::zero, .gpa = {0x100000000}, .size = 0x40000000}};
  const auto plan = plan_raw_launch(pages);
  ASSERT_TRUE(plan.ok()) << plan.error().what();
  EXPECT_EQ(summary(plan.value()),
            (std::vector<std::string>{"cpuid 5000+1000", "normal 1000+2000", "zero 100000000+40000000"}));
  const LaunchRegion& normal = plan.value().regions().at(1);
  EXPECT_EQ(normal.permissions, (VmplPermissions{1, 3, 7}));
  EXPECT_EQ(normal.gpa_of(1), Gpa{0x2000});
  EXPECT_EQ(normal.page(1).data(), code->data() + 0x1000);
  EXPECT_TRUE(plan.value().regions().at(0).page(0).empty());
}

TEST(RawLaunchPlan, FillsTheLastPageWithZeros) {
  const std::vector<RawPages> pages{{.gpa = {0x1000}, .content = shared(std::vector<std::uint8_t>(0x1003, 0xcc))}};
  const auto plan = plan_raw_launch(pages);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(summary(plan.value()), (std::vector<std::string>{"normal 1000+1000", "normal 2000+1000"}));
  const ByteView last = plan.value().regions().at(1).content;
  EXPECT_EQ(last[2], 0xcc);
  EXPECT_TRUE(all_zero(last.subspan(3)));
}

TEST(RawLaunchPlan, RefusesWhatTheFirmwareWouldNotTakeAndNamesTheEntry) {
  const auto refusal = [](RawPages bad) {
    const std::vector<RawPages> pages{{.type = PageType::zero, .gpa = {0}, .size = 0x1000}, std::move(bad)};
    const auto plan = plan_raw_launch(pages);
    const std::string error = plan.ok() ? "no error" : plan.error().what();
    expect_error(error, "page entry 1: ");
    return error;
  };
  const SharedBytes two_pages = shared(std::vector<std::uint8_t>(0x2000));
  expect_error(refusal({.type = PageType::reserved, .gpa = {0}, .size = 0x1000}), "type 0 does not exist");
  expect_error(refusal({.type = static_cast<PageType>(7), .gpa = {0}, .size = 0x1000}), "type 7 does not exist");
  expect_error(refusal({.gpa = {0x1001}, .content = two_pages}), "0x1001 is not a multiple");
  expect_error(refusal({.gpa = {0}, .content = shared({})}), "size 0x0");
  expect_error(refusal({.type = PageType::zero, .gpa = {0}, .size = 0x1800}), "size 0x1800");
  expect_error(refusal({.type = PageType::vmsa, .gpa = {snp::kVmsaGpa}, .content = two_pages}), "one by one");
  expect_error(refusal({.type = PageType::secrets, .gpa = {0}, .size = 0x2000}), "one by one");
  expect_error(refusal({.gpa = {0xfffffffffffff000}, .content = two_pages}), "beyond the address space");
}

}  // namespace
}  // namespace swtee::host
