// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/openssl.h"

#include "firmware/contract/require.h"

namespace swtee::crypto {
namespace {

const Openssl* load() {
  auto* shared = new Openssl;
  shared->library = OSSL_LIB_CTX_new();
  SWTEE_ASSERT(shared->library != nullptr);
  shared->sha256 = EVP_MD_fetch(shared->library, "SHA2-256", nullptr);
  shared->sha384 = EVP_MD_fetch(shared->library, "SHA2-384", nullptr);
  shared->aes256_gcm = EVP_CIPHER_fetch(shared->library, "AES-256-GCM", nullptr);
  shared->aes128_ctr = EVP_CIPHER_fetch(shared->library, "AES-128-CTR", nullptr);
  shared->aes128_xts = EVP_CIPHER_fetch(shared->library, "AES-128-XTS", nullptr);
  shared->aes256_xts = EVP_CIPHER_fetch(shared->library, "AES-256-XTS", nullptr);
  SWTEE_ASSERT(shared->sha256 != nullptr && shared->sha384 != nullptr && shared->aes256_gcm != nullptr && shared->aes128_ctr != nullptr);
  SWTEE_ASSERT(shared->aes128_xts != nullptr && shared->aes256_xts != nullptr);
  return shared;
}

}  // namespace

const Openssl& openssl() {
  static const Openssl* const shared = load();
  return *shared;
}

BN_CTX* bn_scratch() {
  thread_local const std::unique_ptr<BN_CTX, OpensslDeleter<BN_CTX_free>> scratch(BN_CTX_secure_new_ex(openssl().library));
  SWTEE_ASSERT(scratch != nullptr);
  return scratch.get();
}

}  // namespace swtee::crypto
