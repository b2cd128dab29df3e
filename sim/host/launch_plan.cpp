// SPDX-License-Identifier: Apache-2.0
#include "sim/host/launch_plan.h"

#include "firmware/contract/require.h"
#include "sim/host/hex_text.h"

#include <limits>

namespace swtee::host {
namespace {

using ovmf::SectionType;
using snp::PageType;

constexpr std::uint64_t kFourGib = std::uint64_t{1} << 32;

bool single_page(PageType type) {
  return type == PageType::vmsa || type == PageType::secrets || type == PageType::cpuid;
}

Result<void> check_pages(PageType type, Gpa gpa, std::uint64_t size, const std::string& what) {
  const auto code = static_cast<unsigned>(type);
  if (code < 1 || code > 6) return fail(what + ": page type " + std::to_string(code) + " does not exist");
  if (gpa.value % kPageSize != 0) return fail(what + ": address " + hex_text(gpa.value) + " is not a multiple of 0x1000");
  if (size == 0 || size % kPageSize != 0)
    return fail(what + ": size " + hex_text(size) + " is not a positive multiple of 0x1000");
  if (size > std::numeric_limits<std::uint64_t>::max() - gpa.value)
    return fail(what + ": " + hex_text(size) + " bytes at " + hex_text(gpa.value) + " go beyond the address space");
  if (single_page(type) && size != kPageSize)
    return fail(what + ": pages of type " + std::to_string(code) + " are launched one by one, this has " + hex_text(size) +
                " bytes");
  return {};
}

SharedBytes shared_copy(ByteView bytes) {
  return std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
}

SharedBytes padded_page(ByteView bytes) {
  std::vector<std::uint8_t> page(bytes.begin(), bytes.end());
  page.resize(kPageSize);
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(page));
}

/// Adds an image whose last byte lies just below `end`; returns where it begins.
Result<Gpa> add_image(LaunchPlan& plan, const SharedBytes& content, std::uint64_t end, const std::string& what) {
  const std::uint64_t size = content->size();
  if (size % kPageSize != 0)
    return fail(what + ": is " + std::to_string(size) + " bytes long, not a multiple of 4096, so it cannot be launched");
  if (size > end) return fail(what + ": " + hex_text(size) + " bytes do not fit below " + hex_text(end));
  const Gpa gpa{end - size};
  SWTEE_TRY(plan.add_pages(PageType::normal, gpa, content, what));
  return gpa;
}

/// Puts the sections of an image's metadata into a plan.
class Sections {
 public:
  Sections(LaunchPlan& plan, const OvmfImage& image, VmmType vmm, const std::optional<KernelHashes>& kernel)
      : plan_(plan), image_(image), vmm_(vmm), kernel_(kernel) {}

  Result<void> add() {
    SWTEE_TRY(check_all());
    const bool cpuid_last = vmm_ == VmmType::ec2;
    for (const SevSection& section : image_.sections)
      if (!(cpuid_last && section.type == SectionType::cpuid)) SWTEE_TRY(add_section(section));
    if (cpuid_last)
      for (const SevSection& section : image_.sections)
        if (section.type == SectionType::cpuid) SWTEE_TRY(add_section(section));
    if (kernel_ && image_.find_section(SectionType::snp_kernel_hashes) == nullptr)
      return fail("a kernel is given, but the OVMF metadata has no SNP_KERNEL_HASHES section: this OVMF does not measure "
                  "kernels (the AmdSev build does)");
    return {};
  }

 private:
  static std::string name_of(const SevSection& section) { return "SEV metadata section at " + hex_text(section.at); }

  /// Bounds the work before any of it is done: 32-bit sections that do not overlap fill 4 GiB at most.
  Result<void> check_all() const {
    std::uint64_t total = 0;
    for (const SevSection& section : image_.sections) {
      total += section.size;
      if (std::uint64_t{section.base} + section.size > kFourGib)
        return fail(name_of(section) + ": " + hex_text(section.size) + " bytes at " + hex_text(section.base) +
                    " go beyond 4 GiB");
    }
    if (total > kFourGib) return fail("SEV metadata sections overlap: together they have more than 4 GiB");
    return {};
  }

  /// An empty section launches nothing.
  Result<void> add_memory(PageType type, const SevSection& section) {
    if (section.size == 0) return {};
    return plan_.add_blank_pages(type, Gpa{section.base}, section.size, name_of(section));
  }

  Result<void> add_section(const SevSection& section) {
    const Gpa gpa{section.base};
    switch (section.type) {
      case SectionType::snp_sec_mem:
        return add_memory(vmm_ == VmmType::gce ? PageType::unmeasured : PageType::zero, section);
      case SectionType::snp_secrets: return plan_.add_blank_pages(PageType::secrets, gpa, kPageSize, name_of(section));
      case SectionType::cpuid: return plan_.add_blank_pages(PageType::cpuid, gpa, kPageSize, name_of(section));
      case SectionType::svsm_caa: return add_memory(PageType::zero, section);
      case SectionType::snp_kernel_hashes:
        return kernel_ ? add_kernel_hashes(section) : add_memory(PageType::zero, section);
    }
    return fail(name_of(section) + ": type " + hex_text(static_cast<std::uint32_t>(section.type)) + " is unknown");
  }

  Result<void> add_kernel_hashes(const SevSection& section) {
    if (!image_.hash_table)
      return fail("a kernel is given, but the OVMF GUID table does not say where the SEV hash table belongs");
    if (section.size != kPageSize)
      return fail(name_of(section) + ": the kernel hashes take one page, the section has " + hex_text(section.size) +
                  " bytes");
    const ovmf::KernelHashTable table = kernel_->table();
    const std::uint64_t offset = image_.hash_table->base % kPageSize;
    if (offset + sizeof table > kPageSize)
      return fail("the SEV hash table at " + hex_text(image_.hash_table->base) + " does not fit into its page");
    std::vector<std::uint8_t> page(kPageSize);
    std::memcpy(page.data() + offset, &table, sizeof table);
    return plan_.add_pages(PageType::normal, Gpa{section.base},
                           std::make_shared<const std::vector<std::uint8_t>>(std::move(page)), name_of(section));
  }

  LaunchPlan& plan_;
  const OvmfImage& image_;
  VmmType vmm_;
  const std::optional<KernelHashes>& kernel_;
};

Result<void> check_vcpus(std::uint32_t vcpus) {
  if (vcpus > kMaxVcpus)
    return fail(std::to_string(vcpus) + " vCPUs are more than the " + std::to_string(kMaxVcpus) + " that a guest can have");
  return {};
}

}  // namespace

std::uint64_t LaunchPlan::page_count() const {
  std::uint64_t pages = 0;
  for (const LaunchRegion& region : regions_) pages += region.page_count();
  return pages;
}

Result<void> LaunchPlan::add_pages(PageType type, Gpa gpa, SharedBytes content, const std::string& what,
                                   VmplPermissions permissions) {
  const std::uint64_t size = content->size();
  const std::uint64_t whole = size - size % kPageSize;
  SWTEE_TRY(check_pages(type, gpa, size == whole ? size : whole + kPageSize, what));
  if (whole != 0) {
    regions_.push_back({type, gpa, whole, ByteView(*content).first(whole), permissions});
  }
  if (size != whole) {
    contents_.push_back(padded_page(ByteView(*content).subspan(whole)));
    regions_.push_back({type, Gpa{gpa.value + whole}, kPageSize, *contents_.back(), permissions});
  }
  contents_.push_back(std::move(content));
  return {};
}

Result<void> LaunchPlan::add_blank_pages(PageType type, Gpa gpa, std::uint64_t size, const std::string& what,
                                         VmplPermissions permissions) {
  SWTEE_TRY(check_pages(type, gpa, size, what));
  regions_.push_back({type, gpa, size, {}, permissions});
  return {};
}

void LaunchPlan::add_vmsas(const snp::Vmsa& boot, const snp::Vmsa& others, std::uint32_t count) {
  for (std::uint32_t vcpu = 0; vcpu < count; ++vcpu) {
    if (vcpu < 2) contents_.push_back(shared_copy(bytes_of(vcpu == 0 ? boot : others)));
    regions_.push_back({PageType::vmsa, Gpa{snp::kVmsaGpa}, kPageSize, *contents_.back(), {}});
  }
}

Result<LaunchPlan> plan_ovmf_launch(const OvmfLaunch& launch) {
  SWTEE_TRY(check_vcpus(launch.vcpus));
  LaunchPlan plan;
  if (launch.content) SWTEE_TRY(add_image(plan, launch.content, kFourGib, "OVMF image"));
  SWTEE_TRY(Sections(plan, launch.image, launch.vmm, launch.kernel).add());
  const GuestVmsas vmsas = SWTEE_TRY(guest_vmsas(
      launch.image.sev_es_reset_eip, launch.vcpus,
      {.vmm = launch.vmm, .signature = launch.vcpu_signature, .sev_features = launch.guest_features}));
  plan.add_vmsas(vmsas.boot, vmsas.others, launch.vcpus);
  return plan;
}

Result<LaunchPlan> plan_firmware_pages(const SharedBytes& content) {
  LaunchPlan plan;
  SWTEE_TRY(add_image(plan, content, kFourGib, "OVMF image"));
  return plan;
}

Result<LaunchPlan> plan_svsm_launch(const SvsmLaunch& launch) {
  SWTEE_TRY(check_vcpus(launch.vcpus));
  LaunchPlan plan;
  const Gpa ovmf = SWTEE_TRY(add_image(plan, launch.ovmf_content, kFourGib, "OVMF image"));
  if (launch.vars_size > ovmf.value)
    return fail("a variable store of " + std::to_string(launch.vars_size) + " bytes does not fit below " +
                hex_text(ovmf.value) + ", where OVMF begins");
  if (launch.vars_size % kPageSize != 0)
    return fail("a variable store of " + std::to_string(launch.vars_size) +
                " bytes is not whole pages, so the SVSM below it cannot be launched");
  const Gpa svsm = SWTEE_TRY(add_image(plan, launch.svsm_content, ovmf.value - launch.vars_size, "SVSM image"));
  const std::optional<KernelHashes> no_kernel;
  SWTEE_TRY(Sections(plan, launch.svsm.tables, VmmType::qemu, no_kernel).add());
  const snp::Vmsa vmsa = svsm_vmsa(svsm.value + launch.svsm.launch_offset, launch.vcpu_signature);
  plan.add_vmsas(vmsa, vmsa, launch.vcpus);
  return plan;
}

Result<LaunchPlan> plan_raw_launch(std::span<const RawPages> pages) {
  LaunchPlan plan;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const RawPages& entry = pages[i];
    const std::string what = "page entry " + std::to_string(i);
    SWTEE_TRY(entry.content ? plan.add_pages(entry.type, entry.gpa, entry.content, what, entry.permissions)
                            : plan.add_blank_pages(entry.type, entry.gpa, entry.size, what, entry.permissions));
  }
  return plan;
}

}  // namespace swtee::host
