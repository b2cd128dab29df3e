// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/aes_ctr.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/openssl.h"

#include <limits>

namespace swtee::crypto {

void aes128_ctr(const Secret<16>& key, const Bytes<16>& iv, ByteView in, MutableBytes out) {
  SWTEE_ASSERT(in.size() == out.size() && in.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  if (in.empty()) return;
  const CipherCtx context(EVP_CIPHER_CTX_new());
  SWTEE_ASSERT(context != nullptr);
  int done = 0;
  SWTEE_ASSERT(EVP_EncryptInit_ex2(context.get(), openssl().aes128_ctr, key.expose().data(), iv.data(), nullptr) == 1);
  SWTEE_ASSERT(EVP_EncryptUpdate(context.get(), out.data(), &done, in.data(), static_cast<int>(in.size())) == 1);
  SWTEE_ASSERT(static_cast<std::size_t>(done) == in.size());
}

}  // namespace swtee::crypto
