// SPDX-License-Identifier: Apache-2.0
/// The vendor's part of a legacy SEV chain: ARK -> ASK -> CEK.  [SEV-API r0.24 §AMD Signing Key Certificate Format]
#pragma once

#include "firmware/crypto/rsa.h"
#include "firmware/keys/chip.h"
#include "sim/vendor/product_line.h"

namespace swtee::vendor {

/// CEK certificate of a chip with the ASK's signature in slot 0.
crypto::DerBytes sev_cek(const keys::Chip& chip, const crypto::RsaPrivateKey& ask);

/// ASK, then ARK. These structures have no names, so the test mark stands in the key ids: fifteen characters, and a byte
/// that tells the keys apart.
crypto::DerBytes sev_ask_ark(const ProductLine& line, const crypto::RsaPrivateKey& ask, const crypto::RsaPrivateKey& ark);

}  // namespace swtee::vendor
