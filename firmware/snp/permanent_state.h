// SPDX-License-Identifier: Apache-2.0
/// What survives a power cut: the firmware's record in non-volatile storage.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/platform/nv_store.h"
#include "firmware/platform/product.h"

#include <swtee/abi/snp/tcb.h>

#include <optional>
#include <vector>

namespace swtee::snp {

struct PermanentState {
  FirmwareVersion committed_version;
  Tcb committed_tcb;
  /// The legacy platform's owner, sealed for the chip (sev_owner.h); empty: there is none yet, or INIT_EX keeps it elsewhere.
  /// Damage to it is found by INIT, not at power-on.
  std::vector<std::uint8_t> sev_owner = {};
};

/// The record: magic, version, payload, SHA-256 over all before it, then the sealed owner. docs/state-format.md describes it.
std::vector<std::uint8_t> encode(const PermanentState& state);
/// Fails, with what is wrong, for a record of a wrong size, magic, version or checksum.
Result<PermanentState> decode_permanent_state(ByteView record);

}  // namespace swtee::snp
