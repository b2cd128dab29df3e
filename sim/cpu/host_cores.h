// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/host_cpus.h"

#include <algorithm>
#include <vector>

namespace swtee::cpu {

/// The x86 cores of a platform, as far as the firmware looks at them.
class HostCores final : public HostCpus {
 public:
  HostCores(std::uint32_t cores, std::uint32_t sockets, bool smt) : sockets_(sockets), smt_(smt), last_wbinvd_(cores) {}

  /// The host sets SYSCFG.SNP_EN, VMPL_EN and MFDM on every core; VM_HSAVE_PA is 0.
  void prepare_for_snp(bool ready) { ready_ = ready; }
  /// A core stops answering, as when SMT is forced off behind the BIOS' back.
  void silence_a_core(bool silent) { silent_ = silent; }
  /// WBINVD on every core, or on one.
  void wbinvd_all() {
    for (std::uint32_t core = 0; core < last_wbinvd_.size(); ++core) wbinvd(core);
  }
  void wbinvd(std::uint32_t core) { last_wbinvd_.at(core) = ++wbinvds_; }

  bool ready_for_snp() const override { return ready_; }
  bool all_cores_report() const override { return !silent_; }
  bool smt_enabled() const override { return smt_; }
  std::uint32_t sockets() const override { return sockets_; }
  std::uint64_t wbinvd_moment() const override { return wbinvds_; }
  bool wbinvd_everywhere_since(std::uint64_t moment) const override {
    return *std::min_element(last_wbinvd_.begin(), last_wbinvd_.end()) > moment;
  }

  /// What changes, for a saved machine. A reader's stream leaves cores that a machine can have, or says what is wrong.
  template <class Stream, class Self>
  static void members(Stream& stream, Self& cores) {
    stream(cores.ready_, cores.silent_, cores.wbinvds_);
    for (auto& last : cores.last_wbinvd_) {
      stream(last);
      stream.require(last <= cores.wbinvds_, "a core executed more WBINVDs than there were");
    }
  }

 private:
  std::uint32_t sockets_;
  bool smt_;
  bool ready_ = false;
  bool silent_ = false;
  std::uint64_t wbinvds_ = 0;               ///< on any core
  std::vector<std::uint64_t> last_wbinvd_;  ///< by core: which of them was its last; 0: none
};

}  // namespace swtee::cpu
