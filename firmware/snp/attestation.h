// SPDX-License-Identifier: Apache-2.0
/// Builds and signs attestation reports.
#pragma once

#include "firmware/snp/world.h"

#include <swtee/abi/snp/guest_message.h>

namespace swtee::snp {

/// VMPL field of a report that the host asked for.
inline constexpr std::uint32_t kVmplHostRequested = 0xffffffff;

/// The key that a KEY_SEL means now. INVALID_PARAM for the reserved value; INVALID_KEY when that key cannot be used: no
/// VLEK is loaded, or the guest was launched with VCEK_DIS.
Result<EndorsementKey, Status> select_key(const World& world, const GuestContext& guest, KeySelect select);

/// A signed report of the guest as it is now. With MASK_CHIP_KEY the signature is zero and SIGNING_KEY says "none".
/// [SNP-ABI r1.58 §ATTESTATION_REPORT]
AttestationReport attest(World& world, const GuestContext& guest, EndorsementKey key, std::uint32_t vmpl, const Bytes<64>& report_data);

}  // namespace swtee::snp
