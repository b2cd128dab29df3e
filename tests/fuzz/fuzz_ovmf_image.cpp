// SPDX-License-Identifier: Apache-2.0
/// A hostile firmware image: parsed, planned for each hypervisor with and without kernel hashes, and as an SVSM.
///
/// Checked besides memory safety: what was parsed lies inside the image, each region of a plan is whole pages with
/// content of its own size, and the launch digest takes every plan that was made.
#include "firmware/contract/require.h"
#include "guest/measure/launch_digest.h"
#include "sim/host/launch_plan.h"

#include <algorithm>

namespace {

using namespace swtee;

/// Folding gigabytes of blank pages finds nothing new.
constexpr std::uint64_t kPagesWorthFolding = 64;

void check_plan(const host::LaunchPlan& plan) {
  guest::LaunchDigest digest;
  for (const host::LaunchRegion& region : plan.regions()) {
    SWTEE_ASSERT(region.size != 0 && region.size % kPageSize == 0 && region.gpa.value % kPageSize == 0);
    SWTEE_ASSERT(region.content.empty() || region.content.size() == region.size);
    SWTEE_ASSERT(digest
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
  for (const host::SevSection& section : image.value().sections) SWTEE_ASSERT(section.at + 12 <= content->size());
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

/// Seeds are the last bytes of images; zeros before them make whole pages.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t padding = size % 2 == 0 ? (kPageSize - size % kPageSize) % kPageSize : 0;
  std::vector<std::uint8_t> bytes(padding);
  bytes.insert(bytes.end(), data, data + size);
  const auto content = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  launch_ovmf(content);
  launch_svsm(content);
  return 0;
}
