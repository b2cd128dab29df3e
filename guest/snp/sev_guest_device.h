// SPDX-License-Identifier: Apache-2.0
/// /dev/sev-guest: the Linux driver that carries a guest program's requests to the firmware, as a model.
/// [Linux drivers/virt/coco/sev-guest, arch/x86/coco/sev/core.c; ABI include/uapi/linux/sev-guest.h]
#pragma once

#include "firmware/contract/result.h"
#include "guest/snp/guest_kernel.h"
#include "guest/snp/guest_request_transport.h"
#include "guest/snp/sleeper.h"
#include "guest/snp/user_memory.h"

#include <swtee/abi/snp/sev_guest_ioctl.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace swtee::guest::snp {

/// Where Linux looks in the secrets page.  [SNP-ABI r1.58 §SECRETS_PAGE, GHCB r2.03 §Secrets page]
inline constexpr std::size_t kSecretsVmpckOffset = 0x20;        ///< VMPCK0 to 3, 32 bytes each
inline constexpr std::size_t kSecretsSequenceOffset = 0xa0;     ///< OS area: u32 sequence number of VMPCK0 to 3
inline constexpr std::size_t kVmpckCount = 4;

/// exitinfo2 before the driver has asked anybody.
inline constexpr std::uint64_t kExitInfo2NotAsked = 0xff;
/// exitinfo2 from the moment a request is on its way until the host answers: no firmware call was made.
inline constexpr std::uint64_t kExitInfo2NoFirmwareCall = ~std::uint64_t{0};
/// The host is asked again this often, and no longer than this.
inline constexpr std::uint32_t kBusyRetryMs = 2'000;
inline constexpr std::uint32_t kBusyLimitMs = 60'000;

struct SevGuestOptions {
  GuestKernel kernel = kDefaultGuestKernel;
  std::uint8_t vmpl = 0;                ///< VMPL at which this guest kernel runs, 0 to 3
  std::optional<std::uint8_t> vmpck_id; ///< module parameter vmpck_id; default: the VMPL
};

/// An extended report as the kernel's own users get it (configfs-tsm).
struct ExtendedReport {
  swtee::snp::SnpReportResp response;  ///< MSG_REPORT_RSP: STATUS may be non-zero
  std::vector<std::uint8_t> certs;     ///< the certificate buffer, kCertificateTableMax bytes, zeros where the host wrote none
};

/// One driver instance for one guest. Thread-safe: requests of several threads are served one after the other, and a
/// request keeps its turn while the host is busy.
class SevGuestDevice {
 public:
  /// The driver's probe. `secrets` is the guest's secrets page: the driver takes its VMPCK from it, keeps the sequence
  /// number in it and wipes the key in it. The three references must outlive the device.
  /// Errors: -EINVAL for a vmpck_id above 3 and for a VMPCK that is all zero.
  static Result<std::unique_ptr<SevGuestDevice>, int> probe(MutablePage secrets, const SevGuestOptions& options,
                                                            GuestRequestTransport& transport, Sleeper& sleeper);

  SevGuestDevice(const SevGuestDevice&) = delete;
  SevGuestDevice& operator=(const SevGuestDevice&) = delete;

  /// ioctl(fd, request, argument) of a program. Returns 0 or -errno:
  ///   -EFAULT     the argument, or one of the addresses in it, is not accessible
  ///   -EINVAL     msg_version 0 (checked before the request's number); req_data or resp_data 0; certs_len above 0x4000
  ///               or not a multiple of 4096
  ///   -ENOTTY     unknown request; or the VMPCK is wiped
  ///   -EIO        the host or the firmware refused; certificate buffer too small; sequence numbers used up
  ///   -EBADMSG    the response is not the answer to the request
  ///   -ETIMEDOUT  the host was busy for more than 60 s
  /// Every failure after the request went out wipes the VMPCK for good, except "certificate buffer too small".
  /// The structure is copied back, with exitinfo2, only if exitinfo2 is then non-zero.
  int ioctl(std::uint32_t request, std::uint64_t argument, UserMemory& memory);

  /// The same request as SNP_GET_EXT_REPORT with message version 1, from inside the kernel.
  /// Errors: -errno as above; the host's table needs more than kCertificateTableMax: -EIO.
  Result<ExtendedReport, int> get_ext_report(const Bytes<64>& report_data, std::uint32_t vmpl);

  const GuestKernel& kernel() const { return options_.kernel; }
  std::uint8_t vmpl() const { return options_.vmpl; }
  std::uint8_t vmpck_id() const { return vmpck_id_; }
  /// True after the driver has wiped its key.
  bool key_wiped() const;

 private:
  struct Request;
  SevGuestDevice(MutablePage secrets, const SevGuestOptions& options, std::uint8_t vmpck_id,
                 GuestRequestTransport& transport, Sleeper& sleeper);

  int dispatch(std::uint32_t request, swtee::snp::GuestRequestIoctl& input, UserMemory& memory);
  int get_report(swtee::snp::GuestRequestIoctl& input, UserMemory& memory);
  int get_derived_key(swtee::snp::GuestRequestIoctl& input, UserMemory& memory);
  int get_ext_report(swtee::snp::GuestRequestIoctl& input, UserMemory& memory);

  int send(Request& request);
  int send_locked(Request& request);
  int exchange(Request& request);
  int issue(Request& request);

  /// Callers hold mutex_ for these.
  bool key_is_empty() const;
  void wipe_key();
  std::uint32_t sequence() const;
  void set_sequence(std::uint32_t value);
  MutableBytes vmpck() const;

  MutablePage secrets_;
  SevGuestOptions options_;
  std::uint8_t vmpck_id_;
  GuestRequestTransport& transport_;
  Sleeper& sleeper_;
  crypto::GcmKey key_;  ///< as expanded at probe; the page's copy decides whether it may be used

  bool wiped_ = false;

  mutable std::mutex mutex_;
  std::array<std::uint8_t, kPageSize> request_page_{};
  std::array<std::uint8_t, kPageSize> response_page_{};
};

}  // namespace swtee::guest::snp
