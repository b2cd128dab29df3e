// SPDX-License-Identifier: Apache-2.0
/// A guest's owner: ID keys, author keys, and what they sign. Own code for the wire form of keys and signatures.
#pragma once

#include "firmware/crypto/ecdsa.h"

#include <swtee/abi/snp/id_block.h>

#include <optional>

namespace swtee::test {

/// The P-384 key that belongs to this number.
crypto::EcPrivateKey owner_key(std::uint8_t number);

snp::WirePublicKey wire_key(const crypto::EcPublicKey& key);
/// Over SHA-384 of the message.
snp::WireSignature wire_signature(const crypto::EcPrivateKey& key, ByteView message);
/// True when the signature over SHA-384 of the message fits; checked with OpenSSL.
bool signature_fits(const crypto::EcPublicKey& key, ByteView message, const snp::WireSignature& signature);

/// Signs the block with the ID key, and the ID key with the author key if there is one.
snp::IdAuthInfo sign_identity(const snp::IdBlock& block, const crypto::EcPrivateKey& id_key,
                              const std::optional<crypto::EcPrivateKey>& author_key = {});

}  // namespace swtee::test
