// SPDX-License-Identifier: Apache-2.0
/// The register state a hypervisor gives a vCPU at launch. It is measured, so hypervisors differ in evidence by it.
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/snp/vmsa.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace swtee::host {

/// Hypervisors whose launch state is published.
enum class VmmType : std::uint8_t { qemu, ec2, gce };

/// "QEMU", "ec2" or "gce", as the field's measuring tools spell them.
std::optional<VmmType> find_vmm_type(std::string_view name);
std::string_view name_of(VmmType vmm);
std::span<const std::string_view> vmm_type_names();

/// A vCPU model of QEMU and the CPUID signature that RDX holds at reset.
struct VcpuType {
  std::string_view name;
  std::uint32_t signature;
};
std::span<const VcpuType> vcpu_types();
/// The type with exactly this name, or null.
const VcpuType* find_vcpu_type(std::string_view name);

/// CPUID Fn0000_0001 EAX of a family, model and stepping. A family above 15 goes into the extended family; bits that
/// do not fit are dropped.  [CPUID r2.34 §Fn0000_0001_EAX]
std::uint32_t cpuid_signature(std::uint32_t family, std::uint32_t model, std::uint32_t stepping);

/// Where the boot processor starts.
inline constexpr std::uint32_t kResetVector = 0xffff'fff0;

struct VcpuState {
  VmmType vmm = VmmType::qemu;
  std::uint32_t eip = kResetVector;     ///< kResetVector for the boot processor, the reset block's for the others
  std::uint64_t signature = 0;          ///< RDX with QEMU; the others pass a constant of their own
  std::uint64_t sev_features = 0;       ///< 0 for SEV-ES
};
/// The VMSA of a vCPU in real mode at `eip`.
snp::Vmsa reset_vmsa(const VcpuState& state);

/// The VMSAs of a guest without SVSM.
struct GuestVmsas {
  snp::Vmsa boot;
  snp::Vmsa others;  ///< of every vCPU but the first
};
/// `state.eip` is not used: the boot processor starts at kResetVector, the others where the image's reset block says.
/// Fails when the image has no reset block, or one at address 0 while `vcpus` is above 1.
Result<GuestVmsas> guest_vmsas(std::optional<std::uint32_t> sev_es_reset_eip, std::uint32_t vcpus, VcpuState state);

/// The VMSA of every vCPU of a guest with an SVSM: flat 32-bit protected mode at `rip`.
/// FCW is 0 and not its reset value, as in the measurements that COCONUT-SVSM's tools publish.
snp::Vmsa svsm_vmsa(std::uint64_t rip, std::uint64_t signature);

}  // namespace swtee::host
