// SPDX-License-Identifier: Apache-2.0
/// A machine in this process whose host is shown to tools: brought up, with any number of guests, and with the host's driver.
#pragma once

#include "sim/config/guest_config.h"
#include "sim/config/platform_config.h"
#include "sim/embedded/system_ports.h"
#include "sim/host/sev_device.h"

#include <memory>
#include <optional>

namespace swtee::embedded {

/// Thread-safe through `sev()` and `read_msr()`.
class EmbeddedHost {
 public:
  /// Powers the platform on, brings it up, loads the drivers, and launches `guests` times the guest that is described. `nv` may
  /// be null: a platform that forgets. An error says which step failed, with the firmware's status.
  static Result<std::unique_ptr<EmbeddedHost>> start(const config::PlatformConfig& platform, const config::GuestConfig& guest,
                                                     std::uint32_t guests, NvStore* nv = nullptr, machine::CallSink* calls = nullptr);

  host::SevDevice& sev() { return *sev_; }
  host::Hypervisor& hypervisor() { return *hypervisor_; }
  std::uint32_t cores() const { return machine_->config().cores; }
  /// SYSCFG (0xc0010010) of a core as the host has set it for SNP; nothing for registers that the model does not have.
  std::optional<std::uint64_t> read_msr(std::uint32_t core, std::uint32_t number) const;

 private:
  EmbeddedHost() = default;
  Result<void> launch_guests(const config::GuestConfig& guest, std::uint32_t guests);

  std::unique_ptr<Entropy> entropy_;
  NoFaults faults_;
  MemoryNvStore forgetful_;
  std::unique_ptr<machine::Machine> machine_;
  std::unique_ptr<host::Hypervisor> hypervisor_;
  std::unique_ptr<host::SevDevice> sev_;
};

}  // namespace swtee::embedded
