// SPDX-License-Identifier: Apache-2.0
/// Private to firmware/crypto: HMAC over a message in pieces, without the cost of an EVP_MAC context per call.
#pragma once

#include <swtee/abi/wire.h>

#include <initializer_list>

namespace swtee::crypto {

/// HMAC of the pieces one after the other. `out` is 32 bytes and may alias the key or a piece.  [RFC 2104]
void hmac_sha256_of(ByteView key, std::initializer_list<ByteView> pieces, std::span<std::uint8_t, 32> out);
/// The same with SHA-384 and 48 bytes.
void hmac_sha384_of(ByteView key, std::initializer_list<ByteView> pieces, std::span<std::uint8_t, 48> out);

}  // namespace swtee::crypto
