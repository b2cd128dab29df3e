// SPDX-License-Identifier: Apache-2.0
/// Certificates of legacy SEV with elliptic-curve keys: built, signed and checked.  [SEV-API r0.24 §SEV Certificates]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/ecdsa.h"

#include <swtee/abi/sev/certificate.h>

namespace swtee::keys {

/// A certificate without signatures. The algorithm is ECDSA with SHA-256, for a PDH ECDH with SHA-256, as the vendor's platforms
/// have them; the key is one of P-384.
sev::Certificate make_certificate(sev::Usage usage, const crypto::EcPublicKey& key);

/// What a signature covers.
ByteView signed_part(const sev::Certificate& certificate);

/// Puts an ECDSA signature with SHA-256 into slot 0 or 1.
void sign(sev::Certificate& certificate, std::size_t slot, sev::Usage signer, const crypto::EcPrivateKey& key);

/// The key, when the structure is well formed (curve P-384, numbers below 2^384) and the point lies on the curve. What follows the
/// numbers may be anything: sevctl leaves it uninitialised.
Result<crypto::EcPublicKey> public_key(const sev::Certificate& certificate);

/// True when one of the two signatures names the signer's usage and algorithm and fits. ECDSA with SHA-256 or SHA-384.
bool signed_by(const sev::Certificate& certificate, const sev::Certificate& signer);

}  // namespace swtee::keys
