// SPDX-License-Identifier: Apache-2.0
/// Key derivation functions.
#pragma once

#include "firmware/crypto/secret.h"

#include <string_view>

namespace swtee::crypto {

/// NIST SP 800-108 counter mode with HMAC-SHA-256: blocks of HMAC(key, le32 counter || label || 00 || context || le32 bits),
/// counter from 1. Little-endian counter and length, as the AMD endorsement-key construction has them.
void kdf_counter_sha256(ByteView key, std::string_view label, ByteView context, MutableBytes out);

/// HKDF with SHA-384, the derivation swtee uses where no specification names one. The info string is
/// label || 00 || context, so that no label runs into a context; labels hold no zero byte. At most 255 * 48 bytes.
/// [RFC 5869 §2]
void hkdf_sha384(ByteView key, ByteView salt, std::string_view label, ByteView context, MutableBytes out);

}  // namespace swtee::crypto
