// SPDX-License-Identifier: Apache-2.0
/// AES-256-GCM with a 96-bit IV and a 128-bit tag: guest messages, VLEK wrapping, swapped pages.  [NIST SP 800-38D]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/secret.h"

namespace swtee::crypto {

using GcmKey = Secret<32>;
using GcmIv = Bytes<12>;
using GcmTag = Bytes<16>;

/// Encrypts `plaintext` to `ciphertext` (same length, may be the same memory) and returns the tag.
GcmTag aes256_gcm_seal(const GcmKey& key, const GcmIv& iv, ByteView aad, ByteView plaintext, MutableBytes ciphertext);

/// Decrypts and checks the tag. False when the tag does not fit; `plaintext` is then all zero.
[[nodiscard]] bool aes256_gcm_open(const GcmKey& key, const GcmIv& iv, ByteView aad, ByteView ciphertext, const GcmTag& tag,
                                   MutableBytes plaintext);

}  // namespace swtee::crypto
