// SPDX-License-Identifier: Apache-2.0
/// ECDSA P-384 in the firmware's wire form: numbers little-endian, padded with zeros to 72 bytes.
#pragma once

#include "firmware/crypto/ecdsa.h"

#include <swtee/abi/snp/id_block.h>

namespace swtee::snp {

WireSignature to_wire(const crypto::EcdsaSignature& signature);

/// The key, when the structure is well formed (curve P-384, padding zero) and the point lies on the curve.
Result<crypto::EcPublicKey> from_wire(const WirePublicKey& key);

/// True when the signature over SHA-384 of `message` fits. Non-zero padding never verifies.
bool verify(const crypto::EcPublicKey& key, ByteView message, const WireSignature& signature);

}  // namespace swtee::snp
