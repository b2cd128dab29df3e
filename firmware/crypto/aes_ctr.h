// SPDX-License-Identifier: Apache-2.0
/// AES-128 in counter mode: how keys and secrets travel to a legacy SEV platform.  [NIST SP 800-38A]
#pragma once

#include "firmware/crypto/secret.h"

namespace swtee::crypto {

/// Encrypts or decrypts: both are the same. `iv` is the first counter block, big-endian. `out` is as long as `in` and may
/// be the same memory.
void aes128_ctr(const Secret<16>& key, const Bytes<16>& iv, ByteView in, MutableBytes out);

}  // namespace swtee::crypto
