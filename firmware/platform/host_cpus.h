// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace swtee {

/// Port: what the firmware can find out about the x86 cores of its machine.
class HostCpus {
 public:
  virtual ~HostCpus() = default;
  /// SYSCFG.SNP_EN, VMPL_EN and MFDM are set and VM_HSAVE_PA is 0 on every core.
  virtual bool ready_for_snp() const = 0;
  /// A core that the BIOS counted does not answer, for example because SMT was forced off.
  virtual bool all_cores_report() const = 0;
  virtual bool smt_enabled() const = 0;
  virtual std::uint32_t sockets() const = 0;
  /// The present moment, as `wbinvd_everywhere_since` understands it.
  virtual std::uint64_t wbinvd_moment() const = 0;
  /// Every core has executed WBINVD after that moment.
  virtual bool wbinvd_everywhere_since(std::uint64_t moment) const = 0;
};

}  // namespace swtee
