// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/digest.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/hmac.h"
#include "firmware/crypto/openssl.h"
#include "firmware/crypto/secret.h"

namespace swtee::crypto {
namespace {

MdCtx new_context() {
  MdCtx context(EVP_MD_CTX_new());
  SWTEE_ASSERT(context != nullptr);
  return context;
}

void begin(EVP_MD_CTX* context, const EVP_MD* md) { SWTEE_ASSERT(EVP_DigestInit_ex2(context, md, nullptr) == 1); }
void feed(EVP_MD_CTX* context, ByteView data) { SWTEE_ASSERT(EVP_DigestUpdate(context, data.data(), data.size()) == 1); }
void end(EVP_MD_CTX* context, std::uint8_t* out) { SWTEE_ASSERT(EVP_DigestFinal_ex(context, out, nullptr) == 1); }

/// One context for each algorithm and thread: beginning anew on the same context allocates nothing.
EVP_MD_CTX* context_of_thread_256() {
  thread_local const MdCtx context = new_context();
  return context.get();
}
EVP_MD_CTX* context_of_thread_384() {
  thread_local const MdCtx context = new_context();
  return context.get();
}

/// RFC 2104 for a digest of `Size` bytes with blocks of `Block` bytes.
template <std::size_t Size, std::size_t Block>
void hmac(EVP_MD_CTX* context, const EVP_MD* md, ByteView key, std::initializer_list<ByteView> pieces,
          std::span<std::uint8_t, Size> out) {
  std::array<std::uint8_t, Block> pad{};
  if (key.size() > Block) {
    begin(context, md);
    feed(context, key);
    end(context, pad.data());
  } else if (!key.empty()) {
    std::memcpy(pad.data(), key.data(), key.size());
  }
  for (auto& byte : pad) byte ^= 0x36;
  begin(context, md);
  feed(context, pad);
  for (const ByteView piece : pieces) feed(context, piece);
  std::array<std::uint8_t, Size> inner;
  end(context, inner.data());
  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  begin(context, md);
  feed(context, pad);
  feed(context, inner);
  end(context, out.data());
  cleanse(pad);
  cleanse(inner);
}

}  // namespace

Sha256Digest sha256(ByteView data) {
  Sha256Digest digest;
  EVP_MD_CTX* const context = context_of_thread_256();
  begin(context, openssl().sha256);
  feed(context, data);
  end(context, digest.data());
  return digest;
}

Sha384Digest sha384(ByteView data) {
  Sha384Digest digest;
  EVP_MD_CTX* const context = context_of_thread_384();
  begin(context, openssl().sha384);
  feed(context, data);
  end(context, digest.data());
  return digest;
}

void hmac_sha256_of(ByteView key, std::initializer_list<ByteView> pieces, std::span<std::uint8_t, 32> out) {
  hmac<32, 64>(context_of_thread_256(), openssl().sha256, key, pieces, out);
}

void hmac_sha384_of(ByteView key, std::initializer_list<ByteView> pieces, std::span<std::uint8_t, 48> out) {
  hmac<48, 128>(context_of_thread_384(), openssl().sha384, key, pieces, out);
}

Sha256Digest hmac_sha256(ByteView key, ByteView data) {
  Sha256Digest digest;
  hmac_sha256_of(key, {data}, digest);
  return digest;
}

Sha384Digest hmac_sha384(ByteView key, ByteView data) {
  Sha384Digest digest;
  hmac_sha384_of(key, {data}, digest);
  return digest;
}

struct Sha384::State {
  MdCtx context = new_context();
};

Sha384::Sha384() : state_(std::make_unique<State>()) { begin(state_->context.get(), openssl().sha384); }
Sha384::~Sha384() = default;
void Sha384::update(ByteView data) { feed(state_->context.get(), data); }
Sha384Digest Sha384::finish() {
  Sha384Digest digest;
  end(state_->context.get(), digest.data());
  begin(state_->context.get(), openssl().sha384);
  return digest;
}

struct Sha256::State {
  MdCtx context = new_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) { begin(state_->context.get(), openssl().sha256); }
Sha256::~Sha256() = default;
void Sha256::update(ByteView data) { feed(state_->context.get(), data); }
Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  end(state_->context.get(), digest.data());
  begin(state_->context.get(), openssl().sha256);
  return digest;
}

}  // namespace swtee::crypto
