// SPDX-License-Identifier: Apache-2.0
/// What a hypervisor feeds to SNP_LAUNCH_UPDATE, in order. The model hypervisor launches a plan; `swtee measure` folds the
/// same plan into the digest that a guest owner expects.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/platform/address.h"
#include "sim/host/kernel_hashes.h"
#include "sim/host/ovmf_image.h"
#include "sim/host/svsm_image.h"
#include "sim/host/vmsa.h"

#include <swtee/abi/snp/commands.h>

#include <memory>
#include <optional>
#include <vector>

namespace swtee::host {

/// Bytes that several parts of a plan may show without a copy.
using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// What VMPL1 to VMPL3 may do with a page: bits of enum swtee_vmpl_permission. VMPL0 may do everything.
struct VmplPermissions {
  std::uint8_t vmpl1 = 0;
  std::uint8_t vmpl2 = 0;
  std::uint8_t vmpl3 = 0;
  bool operator==(const VmplPermissions&) const = default;
};

/// A run of pages of one type, consecutive in the guest's memory.
struct LaunchRegion {
  snp::PageType type{};
  Gpa gpa{};
  std::uint64_t size = 0;  ///< in bytes, whole pages, not 0
  ByteView content{};      ///< `size` bytes, or empty where every page is zero or the firmware writes it
  VmplPermissions permissions{};

  std::uint64_t page_count() const { return size / kPageSize; }
  Gpa gpa_of(std::uint64_t page) const { return {gpa.value + page * kPageSize}; }
  /// Content of one page; empty when the region has none.
  ByteView page(std::uint64_t index) const {
    return content.empty() ? content : content.subspan(index * kPageSize, kPageSize);
  }
};

/// Regions in launch order. Keeps what their contents point to alive; move-only, so that it is never copied by mistake.
class LaunchPlan {
 public:
  LaunchPlan() = default;
  LaunchPlan(LaunchPlan&&) = default;
  LaunchPlan& operator=(LaunchPlan&&) = default;

  const std::vector<LaunchRegion>& regions() const { return regions_; }
  std::uint64_t page_count() const;

  /// Appends pages with content; a last page that `content` does not fill ends in zeros. `what` names them in errors.
  /// Fails when the type does not exist, or takes another number of pages than these: VMSA, SECRETS and CPUID are single
  /// pages; when `gpa` is not page-aligned, `content` is empty, or the end lies beyond the address space.
  Result<void> add_pages(snp::PageType type, Gpa gpa, SharedBytes content, const std::string& what,
                         VmplPermissions permissions = {});
  /// Appends pages without content. Fails as above, and when `size` is not a multiple of the page size.
  Result<void> add_blank_pages(snp::PageType type, Gpa gpa, std::uint64_t size, const std::string& what,
                               VmplPermissions permissions = {});
  /// Appends one VMSA for each vCPU: the boot processor's, then `count` - 1 times the others'.
  void add_vmsas(const snp::Vmsa& boot, const snp::Vmsa& others, std::uint32_t count);

 private:
  std::vector<SharedBytes> contents_;
  std::vector<LaunchRegion> regions_;
};

/// More vCPUs than any hypervisor gives a guest.
inline constexpr std::uint32_t kMaxVcpus = 65536;

/// A guest that starts in OVMF.
struct OvmfLaunch {
  const OvmfImage& image;
  SharedBytes content;  ///< the image; null leaves its pages out, for a digest that begins with their known hash
  VmmType vmm = VmmType::qemu;
  std::uint32_t vcpus = 1;
  std::uint64_t vcpu_signature = 0;
  std::uint64_t guest_features = snp::sev_features::SnpActive::mask;
  std::optional<KernelHashes> kernel{};
};
/// Firmware pages that end at 4 GiB, the sections of the SEV metadata in the image's order (EC2: CPUID last), one VMSA for
/// each vCPU.  [QEMU §target/i386/sev.c]
///
/// Fails with what a person can act on when the image is not whole pages; a section is of unknown type, not page-aligned
/// or beyond 4 GiB; kernel hashes are given and the image has no place for them; the image lacks the SEV-ES reset block,
/// or it is 0 and there are several vCPUs; or there are more than kMaxVcpus.
Result<LaunchPlan> plan_ovmf_launch(const OvmfLaunch& launch);

/// The firmware's pages alone, which end at 4 GiB: what `swtee measure --mode snp:ovmf-hash` folds.
/// Fails when the image is not whole pages or larger than 4 GiB.
Result<LaunchPlan> plan_firmware_pages(const SharedBytes& content);

/// A guest with an SVSM below its OVMF: the SVSM lies under the variable store, which lies under OVMF.
struct SvsmLaunch {
  const SvsmImage& svsm;
  SharedBytes svsm_content;
  SharedBytes ovmf_content;
  std::uint64_t vars_size = 0;  ///< of the variable store, in bytes
  std::uint32_t vcpus = 1;
  std::uint64_t vcpu_signature = 0;
};
/// OVMF pages, SVSM pages, the sections of the SVSM's metadata, one VMSA for each vCPU. Launches as COCONUT-SVSM's QEMU.
/// Fails as plan_ovmf_launch, and when the images and the variable store do not fit below 4 GiB.
Result<LaunchPlan> plan_svsm_launch(const SvsmLaunch& launch);

/// Pages that the user names one by one.
struct RawPages {
  snp::PageType type = snp::PageType::normal;
  Gpa gpa{};
  std::uint64_t size = 0;  ///< only used without content
  SharedBytes content{};   ///< or null
  VmplPermissions permissions{};
};
/// The pages as given, in their order. Fails as add_pages and add_blank_pages, naming the entry by its place from 0.
Result<LaunchPlan> plan_raw_launch(std::span<const RawPages> pages);

}  // namespace swtee::host
