// SPDX-License-Identifier: Apache-2.0
/// Port: the two events by which a guest hands a message to the host.  [GHCB r2.03 §SNP_GUEST_REQUEST, §SNP_EXT_GUEST_REQUEST]
#pragma once

#include "guest/snp/guest_message.h"

#include <cstdint>

namespace swtee::guest::snp {

/// VMM error: SW_EXITINFO2[63:32] after a guest request. Open: a value without a name here is kept as it is.
enum class VmmError : std::uint32_t {
  none = 0,
  invalid_len = 1,  ///< the certificate buffer is too small; RBX holds the pages needed
  busy = 2,         ///< throttled: repeat the same message
};

/// What the host answers at the VMGEXIT.
struct GuestRequestExit {
  std::uint32_t fw_error = 0;            ///< SW_EXITINFO2[31:0]: the firmware's status of SNP_GUEST_REQUEST
  VmmError vmm_error = VmmError::none;   ///< SW_EXITINFO2[63:32]
  std::uint32_t certs_pages_needed = 0;  ///< RBX, in pages of 4096 bytes; only with VmmError::invalid_len

  std::uint64_t exit_info_2() const { return std::uint64_t{static_cast<std::uint32_t>(vmm_error)} << 32 | fw_error; }
};

/// Implemented by the host (sim/host); everything a guest can say to the firmware passes here. The host is not
/// trusted: an implementation may answer anything, and callers check what they get.
/// Callers serialise: one request is under way at a time for each guest device.
class GuestRequestTransport {
 public:
  virtual ~GuestRequestTransport() = default;

  /// SNP_GUEST_REQUEST (0x80000011). `request` and `response` are the guest's two shared pages.
  virtual GuestRequestExit guest_request(PageView request, MutablePage response) = 0;

  /// SNP_EXT_GUEST_REQUEST (0x80000012): as above, and the host writes its certificate table to `certs`, whose size is
  /// a multiple of 4096 and may be 0 (RBX = size / 4096). A host whose table does not fit answers invalid_len with
  /// certs_pages_needed and hands nothing to the firmware.
  virtual GuestRequestExit extended_guest_request(PageView request, MutablePage response, MutableBytes certs) = 0;
};

}  // namespace swtee::guest::snp
