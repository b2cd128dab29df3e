// SPDX-License-Identifier: Apache-2.0
/// CEK: the key of legacy SEV that a chip has for life, whatever its TCB.
#pragma once

#include "firmware/crypto/ecdsa.h"
#include "firmware/keys/chip.h"

#include <swtee/abi/sev/certificate.h>

namespace swtee::keys {

/// P-384, from the chip's secret. DEVIATION: the derivation is ours; on hardware the key follows from fuses.
crypto::EcPrivateKey chip_endorsement_key(const Chip& chip);

/// Its certificate without the vendor's signature, which only the key service adds.
sev::Certificate cek_certificate(const Chip& chip);

}  // namespace swtee::keys
