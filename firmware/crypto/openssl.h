// SPDX-License-Identifier: Apache-2.0
/// Private to firmware/crypto: ownership of OpenSSL objects, and the algorithms, fetched once for the process.
///
/// Fetching by name takes longer than hashing a small message, so nobody below this file fetches. The library context
/// is our own: configuration files and providers of the surrounding program do not change what we compute.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

namespace swtee::crypto {

template <auto Free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using MdCtx = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;
using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, OpensslDeleter<BN_clear_free>>;
using Montgomery = std::unique_ptr<BN_MONT_CTX, OpensslDeleter<BN_MONT_CTX_free>>;
using Point = std::unique_ptr<EC_POINT, OpensslDeleter<EC_POINT_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, OpensslDeleter<EC_GROUP_free>>;

/// Drops the errors that a call expected to fail puts in the thread's queue: TLS on the same thread reads that queue.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

/// What the process shares. Lives until the process ends, so that destructors of other statics may still use it.
struct Openssl {
  OSSL_LIB_CTX* library = nullptr;
  EVP_MD* sha256 = nullptr;
  EVP_MD* sha384 = nullptr;
  EVP_CIPHER* aes256_gcm = nullptr;
  EVP_CIPHER* aes128_ctr = nullptr;
  EVP_CIPHER* aes128_xts = nullptr;
  EVP_CIPHER* aes256_xts = nullptr;
};
const Openssl& openssl();

/// Scratch space for big numbers, one for each thread, from the secure-wiping allocator.
BN_CTX* bn_scratch();

}  // namespace swtee::crypto
