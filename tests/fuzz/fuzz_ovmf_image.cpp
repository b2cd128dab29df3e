// SPDX-License-Identifier: Apache-2.0
/// A hostile firmware image: parsed, planned for each hypervisor with and without kernel hashes, and as an SVSM.
///
/// Checked besides memory safety: what was parsed lies inside the image, each region of a plan is whole pages with
/// content of its own size, and the launch digest takes every plan that was made.
#include "guest/measure/launch_digest.h"
#include "sim/host/launch_plan.h"
#include "tests/fuzz/harness.h"

#include <algorithm>

namespace swtee::fuzz {
namespace {

/// Folding gigabytes of blank pages finds nothing new.
constexpr std::uint64_t kPagesWorthFolding = 64;

void check_plan(const host::LaunchPlan& plan) {
  guest::LaunchDigest digest;
  for (const host::LaunchRegion& region : plan.regions()) {
    FUZZ_REQUIRE(region.size != 0 && region.size % kPageSize == 0 && region.gpa.value % kPageSize == 0);
    FUZZ_REQUIRE(region.content.empty() || region.content.size() == region.size);
    FUZZ_REQUIRE(digest
                     .add({.type = region.type,
                           .gpa = region.gpa.value,
                           .size = std::min(region.size, kPagesWorthFolding * kPageSize),
                           .content = region.content.first(std::min<std::uint64_t>(region.content.size(),
                                                                                   kPagesWorthFolding * kPageSize))})
                     .ok());
  }
}

void launch_ovmf(const host::SharedBytes& content) {
  const auto image = host::OvmfImage::parse(*content, "OVMF image");
  if (!image.ok()) return;
  for (const host::SevSection& section : image.value().sections) FUZZ_REQUIRE(section.at + 12 <= content->size());
  for (const host::VmmType vmm : {host::VmmType::qemu, host::VmmType::ec2, host::VmmType::gce}) {
    for (const bool with_kernel : {false, true}) {
      host::OvmfLaunch launch{.image = image.value(), .content = content, .vmm = vmm, .vcpus = 2};
      if (with_kernel) launch.kernel = host::KernelHashes{};
      const auto plan = host::plan_ovmf_launch(launch);
      if (plan.ok()) check_plan(plan.value());
    }
  }
}

void launch_svsm(const host::SharedBytes& content) {
  const auto svsm = host::SvsmImage::parse(*content);
  if (!svsm.ok()) return;
  const auto plan = host::plan_svsm_launch(
      {.svsm = svsm.value(), .svsm_content = content, .ovmf_content = content, .vars_size = 0x1000, .vcpus = 2});
  if (plan.ok()) check_plan(plan.value());
}

}  // namespace

/// An input is the end of an image; zeros before it make whole pages, unless its size is odd.
void fuzz_one(ByteView input) {
  const std::size_t padding = input.size() % 2 == 0 ? (kPageSize - input.size() % kPageSize) % kPageSize : 0;
  std::vector<std::uint8_t> bytes(padding);
  bytes.insert(bytes.end(), input.begin(), input.end());
  const auto content = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  launch_ovmf(content);
  launch_svsm(content);
}

}  // namespace swtee::fuzz
