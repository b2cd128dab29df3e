// SPDX-License-Identifier: Apache-2.0
/// Key derivation functions.
#pragma once

#include "firmware/crypto/secret.h"

#include <string_view>

namespace swtee::crypto {

/// NIST SP 800-108 counter mode with HMAC-SHA-256: blocks of HMAC(key, le32 counter || label || 00 || context || le32 bits),
/// counter from 1. Little-endian counter and length, as the AMD endorsement-key construction has them.
void kdf_counter_sha256(ByteView key, std::string_view label, ByteView context, MutableBytes out);

/// HKDF with SHA-384 (RFC 5869), the derivation swtee uses where no specification names one.
void hkdf_sha384(ByteView key, ByteView salt, std::string_view label, ByteView context, MutableBytes out);

}  // namespace swtee::crypto
