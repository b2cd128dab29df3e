// SPDX-License-Identifier: Apache-2.0
/// A machine in this process with one guest launched on it, and the guest kernel's attestation interfaces.
#pragma once

#include "guest/snp/configfs_tsm.h"
#include "guest/snp/sev_guest_device.h"
#include "guest/snp/sev_tsm_provider.h"
#include "sim/config/guest_config.h"
#include "sim/config/platform_config.h"
#include "sim/embedded/system_ports.h"
#include "sim/host/hypervisor.h"
#include "sim/vendor/authority.h"

#include <memory>

namespace swtee::embedded {

/// Thread-safe through `device` and `tsm`.
class EmbeddedGuest {
 public:
  /// Powers the platform on, brings it up, launches the guest by the real launch flow, updates the firmware where the
  /// configuration launches under an older TCB, and probes the guest's driver. `nv` may be null: a platform that forgets.
  /// `authority`, `nv` and `calls` outlive the guest: the vendor's certificates are made when the guest first asks for them.
  /// An error says which step failed, with the firmware's status.
  static Result<std::unique_ptr<EmbeddedGuest>> launch(const config::PlatformConfig& platform, const config::GuestConfig& guest,
                                                       const vendor::VendorAuthority& authority, NvStore* nv = nullptr,
                                                       machine::CallSink* calls = nullptr);

  guest::snp::SevGuestDevice& device() { return *device_; }
  /// Null where the guest's kernel has no configfs-tsm.
  guest::snp::ConfigfsTsm* tsm() { return tsm_.get(); }
  host::Hypervisor& hypervisor() { return *hypervisor_; }
  const host::Guest& guest() const { return guest_; }
  host::HostTransport& transport() { return *transport_; }

 private:
  EmbeddedGuest() = default;
  Result<void> start(const config::PlatformConfig& platform, const config::GuestConfig& guest);
  Result<void> probe(const config::GuestConfig& guest);

  std::unique_ptr<Entropy> entropy_;
  NoFaults faults_;
  MemoryNvStore forgetful_;
  NvStore* nv_ = nullptr;
  machine::CallSink* calls_ = nullptr;
  SystemSleeper sleeper_;
  std::unique_ptr<machine::Machine> machine_;
  std::unique_ptr<host::Hypervisor> hypervisor_;
  host::Guest guest_{};
  host::CertificateSource certificates_;
  std::unique_ptr<host::HostTransport> transport_;
  std::array<std::uint8_t, kPageSize> secrets_{};  ///< the guest kernel's view of its secrets page
  std::unique_ptr<guest::snp::SevGuestDevice> device_;
  std::unique_ptr<guest::snp::SevTsmProvider> provider_;
  std::unique_ptr<guest::snp::ConfigfsTsm> tsm_;
};

}  // namespace swtee::embedded
