// SPDX-License-Identifier: Apache-2.0
#include "sim/host/hypervisor.h"

#include <algorithm>

namespace swtee::host {

using guest::snp::GuestRequestExit;
using guest::snp::VmmError;

bool HostTransport::take_busy() {
  if (busy_ == 0) return false;
  --busy_;
  return true;
}

GuestRequestExit HostTransport::guest_request(guest::snp::PageView request, guest::snp::MutablePage response) {
  if (take_busy()) return {0, VmmError::busy, 0};
  return {static_cast<std::uint32_t>(hypervisor_.guest_request(guest_, request, response)), VmmError::none, 0};
}

GuestRequestExit HostTransport::extended_guest_request(guest::snp::PageView request, guest::snp::MutablePage response,
                                                       MutableBytes certs) {
  if (take_busy()) return {0, VmmError::busy, 0};
  const std::vector<std::uint8_t>& table = certificates_();
  if (table.size() > certs.size()) {
    const auto pages = static_cast<std::uint32_t>((table.size() + kPageSize - 1) / kPageSize);
    return {0, VmmError::invalid_len, pages};
  }
  const GuestRequestExit exit = guest_request(request, response);
  if (exit.fw_error == 0 && exit.vmm_error == VmmError::none) {
    std::copy(table.begin(), table.end(), certs.begin());
    std::fill(certs.begin() + static_cast<std::ptrdiff_t>(table.size()), certs.end(), std::uint8_t{0});
  }
  return exit;
}

}  // namespace swtee::host
