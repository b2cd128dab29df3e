// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/aead.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/openssl.h"

#include <limits>

namespace swtee::crypto {
namespace {

/// The context holds the key schedule, so it is not kept: freeing it wipes it.
CipherCtx new_context() {
  CipherCtx context(EVP_CIPHER_CTX_new());
  SWTEE_ASSERT(context != nullptr);
  return context;
}

int length_of(ByteView bytes) {
  SWTEE_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(bytes.size());
}

}  // namespace

GcmTag aes256_gcm_seal(const GcmKey& key, const GcmIv& iv, ByteView aad, ByteView plaintext, MutableBytes ciphertext) {
  SWTEE_ASSERT(plaintext.size() == ciphertext.size());
  const CipherCtx context = new_context();
  int done = 0;
  SWTEE_ASSERT(EVP_EncryptInit_ex2(context.get(), openssl().aes256_gcm, key.expose().data(), iv.data(), nullptr) == 1);
  if (!aad.empty()) SWTEE_ASSERT(EVP_EncryptUpdate(context.get(), nullptr, &done, aad.data(), length_of(aad)) == 1);
  if (!plaintext.empty())
    SWTEE_ASSERT(EVP_EncryptUpdate(context.get(), ciphertext.data(), &done, plaintext.data(), length_of(plaintext)) == 1);
  GcmTag tag;
  std::uint8_t none[16];
  SWTEE_ASSERT(EVP_EncryptFinal_ex(context.get(), none, &done) == 1);
  SWTEE_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1);
  return tag;
}

bool aes256_gcm_open(const GcmKey& key, const GcmIv& iv, ByteView aad, ByteView ciphertext, const GcmTag& tag,
                     MutableBytes plaintext) {
  SWTEE_ASSERT(plaintext.size() == ciphertext.size());
  const CipherCtx context = new_context();
  int done = 0;
  GcmTag expected = tag;
  SWTEE_ASSERT(EVP_DecryptInit_ex2(context.get(), openssl().aes256_gcm, key.expose().data(), iv.data(), nullptr) == 1);
  SWTEE_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), expected.data()) == 1);
  if (!aad.empty()) SWTEE_ASSERT(EVP_DecryptUpdate(context.get(), nullptr, &done, aad.data(), length_of(aad)) == 1);
  if (!ciphertext.empty())
    SWTEE_ASSERT(EVP_DecryptUpdate(context.get(), plaintext.data(), &done, ciphertext.data(), length_of(ciphertext)) == 1);
  std::uint8_t none[16];
  const QuietErrors quiet;
  if (EVP_DecryptFinal_ex(context.get(), none, &done) == 1) return true;
  cleanse(plaintext);
  return false;
}

}  // namespace swtee::crypto
