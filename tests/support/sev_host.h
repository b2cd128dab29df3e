// SPDX-License-Identifier: Apache-2.0
/// A host of the legacy SEV platform, as Linux's driver does it: once SNP is INIT, what the firmware writes to is a Firmware
/// page during the command and goes back to the host after it.
#pragma once

#include "tests/support/snp_machine.h"

#include <swtee/abi/sev/certificate.h>
#include <swtee/abi/sev/commands.h>
#include <swtee/abi/sev/guest.h>

namespace swtee::test {

/// Ids of legacy commands, written down a second time.
namespace sev_id {
inline constexpr std::uint32_t kInit = 0x01, kShutdown = 0x02, kFactoryReset = 0x03, kPlatformStatus = 0x04, kPekGen = 0x05,
                               kPekCsr = 0x06, kPekCertImport = 0x07, kPdhCertExport = 0x08, kPdhGen = 0x09, kDfFlush = 0x0a,
                               kGetId = 0x0c, kInitEx = 0x0d, kNop = 0x0e, kDecommission = 0x20, kActivate = 0x21,
                               kDeactivate = 0x22, kGuestStatus = 0x23, kActivateEx = 0x25, kLaunchStart = 0x30,
                               kLaunchUpdateData = 0x31, kLaunchUpdateVmsa = 0x32, kLaunchMeasure = 0x33, kLaunchSecret = 0x34,
                               kLaunchFinish = 0x35, kAttestationReport = 0x36, kDbgDecrypt = 0x60, kDbgEncrypt = 0x61;
}  // namespace sev_id

class SevHost {
 public:
  using Status = snp::Status;

  explicit SevHost(SnpMachine& snp_machine) : machine_(snp_machine) {}

  /// Consecutive pages of the host's own, 2 MiB aligned; at most 2 MiB.
  Spa take_range() { return machine_.take_large_page(); }
  void to_firmware(Spa at, std::uint64_t size);
  /// Reclaims what the firmware left and takes it back.
  void to_host(Spa at, std::uint64_t size);

  /// A command with answers in its buffer. `buffer` is what the firmware left in it.
  template <WireStruct Buffer>
  Status answering(std::uint32_t id, Buffer& buffer) {
    const Spa page = machine_.take_page();
    machine_.write(page, bytes_of(buffer));
    to_firmware(page, sizeof(buffer));
    const Status status = machine_.machine().snp_command(id, page.value);
    buffer = machine_.read_as<Buffer>(page);
    to_host(page, sizeof(buffer));
    machine_.give_back(page);
    return status;
  }

  Status init(bool es = false);
  Status init_ex(Spa nv_area);
  Status shutdown() { return machine_.command(sev_id::kShutdown); }
  sev::PlatformStatusBuffer platform_status();
  struct Export {
    sev::Certificate pdh;
    sev::CertificateChain chain;
  };
  Export export_certificates();
  sev::Certificate csr();
  Status import(const sev::Certificate& pek, const sev::Certificate& oca);
  std::vector<std::uint8_t> get_id();

  // Guests.
  /// Without an owner's session. The handle; 0 when it was refused.
  std::uint32_t launch_start(std::uint32_t policy = 0);
  Status launch_start(std::uint32_t policy, const sev::Certificate& dh, const sev::Session& session, std::uint32_t& handle);
  Status handle_command(std::uint32_t id, std::uint32_t handle);
  Status activate(std::uint32_t handle, Asid asid);
  /// The memory's content goes under the guest's key.
  Status launch_update(std::uint32_t handle, Spa at, std::uint32_t length, std::uint32_t id = sev_id::kLaunchUpdateData);
  sev::Measurement launch_measure(std::uint32_t handle);
  Status launch_secret(std::uint32_t handle, const sev::PacketHeader& header, ByteView packet, Spa guest);
  sev::AttestationReport report(std::uint32_t handle, const Bytes<16>& nonce);
  sev::GuestStatusBuffer guest_status(std::uint32_t handle);
  Status debug(std::uint32_t id, std::uint32_t handle, Spa from, Spa to, std::uint32_t length);

  SnpMachine& machine() { return machine_; }

 private:
  bool snp_on() const { return machine_.world().state() == snp::PlatformState::init; }
  SnpMachine& machine_;
};

}  // namespace swtee::test
