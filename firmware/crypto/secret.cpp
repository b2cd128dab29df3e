// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/secret.h"

#include <openssl/crypto.h>

namespace swtee::crypto {

void cleanse(MutableBytes bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace swtee::crypto
