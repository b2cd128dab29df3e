// SPDX-License-Identifier: Apache-2.0
// EVP contexts cannot be stored, the plain structure of the older interface can.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "firmware/crypto/running_sha256.h"

#include "firmware/contract/require.h"

#include <openssl/sha.h>

namespace swtee::crypto {
namespace {

SHA256_CTX load(ByteView state) {
  static_assert(std::is_trivially_copyable_v<SHA256_CTX> && sizeof(SHA256_CTX) == 112);
  SHA256_CTX context;
  std::memcpy(&context, state.data(), sizeof(context));
  return context;
}

}  // namespace

RunningSha256::RunningSha256() {
  SHA256_CTX context{};
  SWTEE_ASSERT(SHA256_Init(&context) == 1);
  std::memcpy(state_.data(), &context, sizeof(context));
}

std::optional<RunningSha256> RunningSha256::from_state(ByteView state) {
  RunningSha256 running;
  if (state.size() != running.state_.size()) return std::nullopt;
  const SHA256_CTX context = load(state);
  // `num` counts the bytes that wait in `data`, and OpenSSL trusts it.
  if (context.md_len != SHA256_DIGEST_LENGTH || context.num != context.Nl / 8 % SHA256_CBLOCK || context.Nl % 8 != 0) return std::nullopt;
  std::memcpy(running.state_.data(), state.data(), state.size());
  return running;
}

void RunningSha256::update(ByteView data) {
  SHA256_CTX context = load(state_);
  SWTEE_ASSERT(SHA256_Update(&context, data.data(), data.size()) == 1);
  std::memcpy(state_.data(), &context, sizeof(context));
}

Sha256Digest RunningSha256::digest() const {
  SHA256_CTX context = load(state_);
  Sha256Digest digest;
  SWTEE_ASSERT(SHA256_Final(digest.data(), &context) == 1);
  return digest;
}

}  // namespace swtee::crypto
