// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/guest_launch.h"

#include "firmware/contract/require.h"
#include "sim/host/vmsa.h"
#include "sim/measure/input_file.h"
#include "sim/measure/measure.h"

#include <algorithm>
#include <string_view>

namespace swtee::embedded {
namespace {

// Where Debian's OVMF has these pages.
constexpr Gpa kSecretsGpa{0x80d000};
constexpr Gpa kCpuidGpa{0x80e000};
constexpr Gpa kBuiltInGuestGpa{0x100000};
constexpr std::string_view kBuiltInGuest = "swtee built-in guest, TEST ONLY\n";

host::SharedBytes shared(std::vector<std::uint8_t> bytes) {
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

Result<host::LaunchPlan> plan_image(const config::GuestImage& image) {
  if (image.vcpus == 0) return fail("the guest's image: a guest has at least one vCPU");
  measure::MeasureOptions options;
  options.mode = "snp";
  options.vcpus = image.vcpus;
  options.vcpu_type = image.vcpu_type;
  options.vmm_type = image.vmm_type;
  options.ovmf = image.ovmf;
  options.kernel = image.kernel;
  options.initrd = image.initrd;
  options.append = image.append;
  options.guest_features = image.guest_features;
  auto measured = measure::measure(options);
  if (!measured.ok()) return Failure(measured.error().error.in("the guest's image"));
  return std::move(measured).value().plan;
}

Result<host::RawPages> raw_pages(const config::GuestPages& pages) {
  host::RawPages raw{pages.type, Gpa{pages.gpa}, pages.size, nullptr, {}};
  if (!pages.file.empty()) {
    auto file = SWTEE_TRY(measure::InputFile::open(pages.file));
    raw.content = SWTEE_TRY(file.read_all(measure::kImageMax));
  } else if (!pages.content.empty()) {
    raw.content = shared(pages.content);
  }
  return raw;
}

bool has(const host::LaunchPlan& plan, snp::PageType type) {
  return std::any_of(plan.regions().begin(), plan.regions().end(), [type](const auto& region) { return region.type == type; });
}

Result<host::LaunchPlan> plan_pages(const std::vector<config::GuestPages>& pages) {
  std::vector<host::RawPages> raw;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    auto entry = raw_pages(pages[i]);
    if (!entry.ok()) return Failure(entry.error().in("guest.pages[" + std::to_string(i) + "]"));
    raw.push_back(std::move(entry).value());
  }
  return host::plan_raw_launch(raw);
}

Result<host::LaunchPlan> built_in_plan() {
  host::LaunchPlan plan;
  SWTEE_TRY(plan.add_pages(snp::PageType::normal, kBuiltInGuestGpa, shared({kBuiltInGuest.begin(), kBuiltInGuest.end()}),
                           "the built-in guest"));
  SWTEE_TRY(plan.add_blank_pages(snp::PageType::secrets, kSecretsGpa, kPageSize, "the secrets page"));
  SWTEE_TRY(plan.add_blank_pages(snp::PageType::cpuid, kCpuidGpa, kPageSize, "the CPUID page"));
  return plan;
}

}  // namespace

Result<host::LaunchPlan> plan_launch(const config::GuestConfig& guest) {
  if (!guest.image.ovmf.empty() && !guest.pages.empty()) return fail("a guest has an image or pages, not both");
  host::LaunchPlan plan = !guest.image.ovmf.empty() ? SWTEE_TRY(plan_image(guest.image))
                          : !guest.pages.empty()    ? SWTEE_TRY(plan_pages(guest.pages))
                                                    : SWTEE_TRY(built_in_plan());
  if (!has(plan, snp::PageType::secrets))
    SWTEE_TRY(plan.add_blank_pages(snp::PageType::secrets, kSecretsGpa, kPageSize, "the secrets page"));
  if (!has(plan, snp::PageType::vmsa)) {
    const snp::Vmsa vmsa = host::reset_vmsa({.signature = 0, .sev_features = guest.image.guest_features});
    plan.add_vmsas(vmsa, vmsa, 1);
  }
  return plan;
}

}  // namespace swtee::embedded
