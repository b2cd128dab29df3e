// SPDX-License-Identifier: Apache-2.0
#include "sim/host/vmsa.h"

#include "firmware/contract/require.h"

#include <array>

namespace swtee::host {
namespace {

constexpr std::array<std::string_view, 3> kVmmNames{"QEMU", "ec2", "gce"};

constexpr std::array kVcpuTypes{
    VcpuType{"EPYC", 0x00800f12},         VcpuType{"EPYC-v1", 0x00800f12},      VcpuType{"EPYC-v2", 0x00800f12},
    VcpuType{"EPYC-IBPB", 0x00800f12},    VcpuType{"EPYC-v3", 0x00800f12},      VcpuType{"EPYC-v4", 0x00800f12},
    VcpuType{"EPYC-Rome", 0x00830f10},    VcpuType{"EPYC-Rome-v1", 0x00830f10}, VcpuType{"EPYC-Rome-v2", 0x00830f10},
    VcpuType{"EPYC-Rome-v3", 0x00830f10}, VcpuType{"EPYC-Milan", 0x00a00f11},   VcpuType{"EPYC-Milan-v1", 0x00a00f11},
    VcpuType{"EPYC-Milan-v2", 0x00a00f11}, VcpuType{"EPYC-Genoa", 0x00a10f10},  VcpuType{"EPYC-Genoa-v1", 0x00a10f10},
    VcpuType{"EPYC-Turin", 0x00b00f00},
};

/// The registers in which hypervisors differ at launch. One row for each.
struct LaunchHabits {
  std::uint16_t boot_cs_attributes;
  std::uint16_t ss_attributes;
  std::uint16_t tr_attributes;
  std::uint64_t g_pat;
  std::uint32_t mxcsr;
  std::uint16_t fcw;
  std::optional<std::uint64_t> rdx;  ///< without: the CPUID signature
};

constexpr std::uint16_t kCodeAttributes = 0x9b;
constexpr std::uint16_t kDataAttributes = 0x93;
constexpr std::uint16_t kLdtAttributes = 0x82;
constexpr std::uint16_t kTssAttributes = 0x8b;
constexpr std::uint64_t kResetPat = 0x0007'0406'0007'0406;

const LaunchHabits& habits_of(VmmType vmm) {
  static constexpr LaunchHabits kQemu{kCodeAttributes, kDataAttributes, kTssAttributes, kResetPat, 0x1f80, 0x37f, {}};
  static constexpr LaunchHabits kEc2{0x9a, 0x92, 0x83, kResetPat, 0, 0, 0x600};
  static constexpr LaunchHabits kGce{kCodeAttributes, kDataAttributes, kTssAttributes, 0x0007'0106, 0, 0, 0x600};
  switch (vmm) {
    case VmmType::qemu: return kQemu;
    case VmmType::ec2: return kEc2;
    case VmmType::gce: return kGce;
  }
  SWTEE_ASSERT(false);
  return kQemu;
}

snp::VmsaSegment segment(std::uint16_t selector, std::uint16_t attributes, std::uint32_t limit, std::uint64_t base = 0) {
  return {.selector = selector, .attributes = attributes, .limit = limit, .base = base};
}

/// What every launch state of KVM has: EFER.SVME because the host needs it, CR4.MCE, and reset values.
snp::Vmsa kvm_vmsa() {
  snp::Vmsa vmsa{};
  vmsa.gdtr = segment(0, 0, 0xffff);
  vmsa.idtr = segment(0, 0, 0xffff);
  vmsa.ldtr = segment(0, kLdtAttributes, 0xffff);
  vmsa.efer = 0x1000;
  vmsa.cr4 = 0x40;
  vmsa.cr0 = 0x10;
  vmsa.dr7 = 0x400;
  vmsa.dr6 = 0xffff'0ff0;
  vmsa.rflags = 2;
  vmsa.xcr0 = 1;
  return vmsa;
}

}  // namespace

std::span<const std::string_view> vmm_type_names() { return kVmmNames; }

std::string_view name_of(VmmType vmm) { return kVmmNames.at(static_cast<std::size_t>(vmm)); }

std::optional<VmmType> find_vmm_type(std::string_view name) {
  for (std::size_t i = 0; i < kVmmNames.size(); ++i)
    if (kVmmNames[i] == name) return static_cast<VmmType>(i);
  return std::nullopt;
}

std::span<const VcpuType> vcpu_types() { return kVcpuTypes; }

const VcpuType* find_vcpu_type(std::string_view name) {
  for (const VcpuType& type : kVcpuTypes)
    if (type.name == name) return &type;
  return nullptr;
}

std::uint32_t cpuid_signature(std::uint32_t family, std::uint32_t model, std::uint32_t stepping) {
  const std::uint32_t base_family = family > 0xf ? 0xf : family;
  const std::uint32_t extended_family = (family - base_family) & 0xff;
  return extended_family << 20 | ((model >> 4) & 0xf) << 16 | base_family << 8 | (model & 0xf) << 4 | (stepping & 0xf);
}

snp::Vmsa reset_vmsa(const VcpuState& state) {
  const LaunchHabits& habits = habits_of(state.vmm);
  const bool boot = state.eip == kResetVector;
  snp::Vmsa vmsa = kvm_vmsa();
  vmsa.cs = segment(0xf000, boot ? habits.boot_cs_attributes : kCodeAttributes, 0xffff, state.eip & 0xffff'0000);
  vmsa.ss = segment(0, habits.ss_attributes, 0xffff);
  vmsa.es = vmsa.ds = vmsa.fs = vmsa.gs = segment(0, kDataAttributes, 0xffff);
  vmsa.tr = segment(0, habits.tr_attributes, 0xffff);
  vmsa.rip = state.eip & 0xffff;
  vmsa.g_pat = habits.g_pat;
  vmsa.rdx = habits.rdx.value_or(state.signature);
  vmsa.sev_features = state.sev_features;
  vmsa.mxcsr = habits.mxcsr;
  vmsa.x87_fcw = habits.fcw;
  return vmsa;
}

Result<GuestVmsas> guest_vmsas(std::optional<std::uint32_t> sev_es_reset_eip, std::uint32_t vcpus, VcpuState state) {
  if (!sev_es_reset_eip)
    return fail("the OVMF image has no SEV-ES reset block in its GUID table: it was not built for SEV-ES or SEV-SNP");
  if (*sev_es_reset_eip == 0 && vcpus > 1)
    return fail("the SEV-ES reset block of the OVMF image is 0, so it cannot start more than one vCPU");
  GuestVmsas vmsas{};
  state.eip = kResetVector;
  vmsas.boot = reset_vmsa(state);
  state.eip = *sev_es_reset_eip;
  vmsas.others = reset_vmsa(state);
  return vmsas;
}

snp::Vmsa svsm_vmsa(std::uint64_t rip, std::uint64_t signature) {
  constexpr std::uint16_t kFlat = 0xc00;  // 4 KiB granularity, 32-bit
  constexpr std::uint64_t kCr0Pe = 1;
  snp::Vmsa vmsa = kvm_vmsa();
  vmsa.cs = segment(8, kFlat | kCodeAttributes, 0xffff'ffff);
  vmsa.es = vmsa.ss = vmsa.ds = vmsa.fs = segment(16, kFlat | kDataAttributes, 0xffff'ffff);
  vmsa.gs = segment(0, kDataAttributes, 0xffff);
  vmsa.tr = segment(0, kTssAttributes, 0xffff);
  vmsa.cr0 = vmsa.cr0 | kCr0Pe;
  vmsa.rip = rip;
  vmsa.g_pat = kResetPat;
  vmsa.rdx = signature;
  vmsa.sev_features = snp::sev_features::SnpActive::mask;
  vmsa.mxcsr = 0x1f80;
  return vmsa;
}

}  // namespace swtee::host
