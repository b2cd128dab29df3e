// SPDX-License-Identifier: Apache-2.0
/// VLEK: an endorsement key of a cloud provider instead of a chip, and how it travels to a chip.
#pragma once

#include "firmware/keys/chip.h"
#include "firmware/keys/endorsement.h"

#include <swtee/abi/snp/commands.h>

#include <string_view>

namespace swtee::keys {

/// The VLEK chains of a provider on one product line at a TCB. `csp_id` is the provider's name as in the cspID extension.
EndorsementStick vlek_stick(const Universe& universe, const ProductRow& product, std::string_view csp_id, const snp::Tcb& tcb);

/// Wraps the chains for one chip: AES-256-GCM under a key of the chip, with the TCB and the reserved bytes after it
/// authenticated. The IV follows from the content, so the same input gives the same bytes.
/// DEVIATION: wrapping key and authenticated data are not published; these are ours.
snp::WrappedVlekHashstick wrap_vlek(const Chip& chip, const EndorsementStick& stick);

enum class UnwrapFailure {
  reserved_not_zero,  ///< a reserved byte, or a bit of TCB_VERSION that holds no component
  bad_tag,            ///< not wrapped for this chip, or changed on its way
};

/// The chip's side of SNP_VLEK_LOAD. Failures in the order listed. Whether the TCB suits the platform is the caller's
/// question: the stick says which it is.
Result<EndorsementStick, UnwrapFailure> unwrap_vlek(const Chip& chip, const snp::WrappedVlekHashstick& wrapped);

}  // namespace swtee::keys
