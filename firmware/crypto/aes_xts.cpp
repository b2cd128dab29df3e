// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/aes_xts.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/openssl.h"

#include <array>

namespace swtee::crypto {
namespace {

std::array<std::uint8_t, 16> tweak_of(std::uint64_t unit) {
  std::array<std::uint8_t, 16> tweak{};
  for (std::size_t i = 0; i < 8; ++i) tweak[i] = static_cast<std::uint8_t>(unit >> (8 * i));
  return tweak;
}

}  // namespace

struct AesXts::Contexts {
  CipherCtx encrypt{EVP_CIPHER_CTX_new()};
  CipherCtx decrypt{EVP_CIPHER_CTX_new()};
};

AesXts::AesXts(ByteView key) : contexts_(std::make_unique<Contexts>()) {
  SWTEE_ASSERT(key.size() == 32 || key.size() == 64);
  const EVP_CIPHER* const cipher = key.size() == 64 ? openssl().aes256_xts : openssl().aes128_xts;
  SWTEE_ASSERT(contexts_->encrypt != nullptr && contexts_->decrypt != nullptr);
  SWTEE_ASSERT(EVP_EncryptInit_ex2(contexts_->encrypt.get(), cipher, key.data(), nullptr, nullptr) == 1);
  SWTEE_ASSERT(EVP_DecryptInit_ex2(contexts_->decrypt.get(), cipher, key.data(), nullptr, nullptr) == 1);
}

AesXts::~AesXts() = default;

void AesXts::encrypt(std::uint64_t unit, ByteView in, MutableBytes out) const {
  SWTEE_ASSERT(in.size() == out.size() && in.size() % 16 == 0 && in.size() <= 0x200000);
  const auto tweak = tweak_of(unit);
  int done = 0;
  SWTEE_ASSERT(EVP_EncryptInit_ex2(contexts_->encrypt.get(), nullptr, nullptr, tweak.data(), nullptr) == 1);
  SWTEE_ASSERT(EVP_EncryptUpdate(contexts_->encrypt.get(), out.data(), &done, in.data(), static_cast<int>(in.size())) == 1);
  SWTEE_ASSERT(static_cast<std::size_t>(done) == in.size());
}

void AesXts::decrypt(std::uint64_t unit, ByteView in, MutableBytes out) const {
  SWTEE_ASSERT(in.size() == out.size() && in.size() % 16 == 0 && in.size() <= 0x200000);
  const auto tweak = tweak_of(unit);
  int done = 0;
  SWTEE_ASSERT(EVP_DecryptInit_ex2(contexts_->decrypt.get(), nullptr, nullptr, tweak.data(), nullptr) == 1);
  SWTEE_ASSERT(EVP_DecryptUpdate(contexts_->decrypt.get(), out.data(), &done, in.data(), static_cast<int>(in.size())) == 1);
  SWTEE_ASSERT(static_cast<std::size_t>(done) == in.size());
}

}  // namespace swtee::crypto
