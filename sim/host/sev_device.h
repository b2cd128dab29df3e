// SPDX-License-Identifier: Apache-2.0
/// /dev/sev: the Linux driver by which a host's tools talk to the security processor, as a model.
/// [Linux 6.16 drivers/crypto/ccp/sev-dev.c; ABI include/uapi/linux/psp-sev.h]
#pragma once

#include "guest/snp/user_memory.h"
#include "sim/host/hypervisor.h"

#include <swtee/abi/sev/commands.h>
#include <swtee/abi/snp/sev_ioctl.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>

namespace swtee::host {

/// The driver of one host. It turns ioctls into commands with pages of the host, and knows no rule of the firmware.
/// Thread-safe: requests of several threads are served one after the other.
class SevDevice {
 public:
  using UserMemory = guest::snp::UserMemory;

  /// What loading ccp and kvm_amd does on a host whose SNP is up: takes the driver's pages and brings legacy SEV up (INIT with
  /// SEV-ES). A firmware that refuses INIT leaves a driver whose legacy SEV is down, as on Linux.
  /// `hypervisor` is brought up and outlives the device. Fails when the host has no memory for the driver's pages.
  static Result<std::unique_ptr<SevDevice>, HostFailure> load(Hypervisor& hypervisor);

  SevDevice(const SevDevice&) = delete;
  SevDevice& operator=(const SevDevice&) = delete;

  /// ioctl(fd, request, argument) of a program. Returns 0 or -errno:
  ///   -EINVAL  another request than SEV_ISSUE_CMD; an unknown command; no argument where an SNP command needs one; a VLEK of
  ///            another length or version; a certificate without address or length, or above 0x4000 bytes, to import
  ///   -EFAULT  the argument or an address in it is not accessible; a certificate buffer above 0x4000 bytes
  ///   -EPERM   the descriptor is not writable and the command changes the platform (FACTORY_RESET, PEK_GEN, PDH_GEN, PEK_CSR,
  ///            PEK_CERT_IMPORT, SNP_SET_CONFIG, SNP_VLEK_LOAD; PDH_CERT_EXPORT when it has to bring legacy SEV up)
  ///   -EBUSY   FACTORY_RESET while legacy guests run
  ///   -ENOMEM  GET_ID2 with a length above 4 MiB
  ///   -EIO     the firmware refused; `error` has its status
  /// `error` is written only by a command that reached the firmware; INVALID_PLATFORM_STATE when bringing it up failed.
  /// Commands that need legacy SEV or SNP up bring it up, and take it down afterwards, where it is down.
  int ioctl(std::uint32_t request, std::uint64_t argument, bool writable, UserMemory& memory);

 private:
  /// One ioctl on its way.
  struct Call {
    UserMemory& memory;
    std::uint64_t data;
    bool writable;
    std::uint32_t error;
  };
  /// Memory that the firmware writes: it belongs to the firmware while a legacy command runs with SNP up.
  struct Output {
    Spa area;
    std::uint32_t length;
  };
  enum class CommandPage { read, written };

  SevDevice(Hypervisor& hypervisor, Spa pages, Spa tmr);

  int dispatch(std::uint32_t command, Call& call);
  int factory_reset(Call& call);
  int platform_status(Call& call);
  int generate(std::uint32_t id, Call& call);
  int pek_csr(Call& call);
  int pek_cert_import(Call& call);
  int pdh_cert_export(Call& call);
  int get_id(Call& call);
  int get_id2(Call& call);
  int snp_platform_status(Call& call);
  int snp_commit(Call& call);
  int snp_set_config(Call& call);
  int snp_vlek_load(Call& call);

  /// The mailbox: 0 or -EIO, `error` the status. `buffer` comes back as the firmware left it, also after a failure.
  int issue(std::uint32_t id, MutableBytes buffer, std::uint32_t& error, CommandPage use = CommandPage::read,
            std::span<const Output> outputs = {});
  template <WireStruct Buffer>
  int issue(std::uint32_t id, Buffer& buffer, std::uint32_t& error, CommandPage use = CommandPage::read,
            std::span<const Output> outputs = {}) {
    return issue(id, mutable_bytes_of(buffer), error, use, outputs);
  }
  int issue(std::uint32_t id, std::uint32_t& error) { return issue(id, MutableBytes{}, error); }

  /// A legacy command that writes its buffer and these areas, which are zeroed before. An area without length is none.
  template <WireStruct Buffer>
  int issue_with_output(std::uint32_t id, Buffer& buffer, Call& call, std::initializer_list<Output> outputs) {
    static constexpr std::array<std::uint8_t, snp::kSevBlobMax> kZeros{};
    for (const Output& output : outputs) hypervisor_.write(output.area, ByteView(kZeros).first(output.length));
    return issue(id, buffer, call.error, CommandPage::written, {outputs.begin(), outputs.size()});
  }

  class SnpUp;
  class LegacyUp;
  bool bring_legacy_up();
  void take_all_down();
  int take_legacy_down(std::uint32_t& error);
  void take_snp_down();

  /// memdup_user() of a certificate into one of the driver's areas: 0 or -errno.
  int copy_blob(const Call& call, std::uint64_t address, std::uint32_t length, Spa area);
  bool copy_area_out(const Call& call, Spa area, std::uint32_t length, std::uint64_t address);

  Hypervisor& hypervisor_;
  Spa command_page_;
  Spa status_page_;
  std::array<Spa, 2> areas_;  ///< kSevBlobMax bytes each
  Spa tmr_;                   ///< 2 MiB for SEV-ES
  bool snp_up_ = true;
  bool legacy_up_ = false;
  std::mutex mutex_;
};

}  // namespace swtee::host
