// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/kdf.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/digest.h"
#include "firmware/crypto/hmac.h"

#include <algorithm>

namespace swtee::crypto {
namespace {

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

void kdf_counter_sha256(ByteView key, std::string_view label, ByteView context, MutableBytes out) {
  SWTEE_ASSERT(out.size() < (std::size_t{1} << 28));
  constexpr std::uint8_t separator[1] = {0};
  const le32 bits(static_cast<std::uint32_t>(out.size() * 8));
  Sha256Digest block;
  for (std::uint32_t counter = 1; !out.empty(); ++counter) {
    const le32 count(counter);
    hmac_sha256_of(key, {bytes_of(count), view(label), separator, context, bytes_of(bits)}, block);
    const std::size_t take = std::min(out.size(), block.size());
    std::memcpy(out.data(), block.data(), take);
    out = out.subspan(take);
  }
  cleanse(block);
}

void hkdf_sha384(ByteView key, ByteView salt, std::string_view label, ByteView context, MutableBytes out) {
  constexpr std::size_t digest_size = 48;
  SWTEE_ASSERT(out.size() <= 255 * digest_size);
  constexpr std::uint8_t separator[1] = {0};
  constexpr std::uint8_t zero_salt[digest_size] = {};
  Sha384Digest prk;
  hmac_sha384_of(salt.empty() ? ByteView(zero_salt) : salt, {key}, prk);
  Sha384Digest block;
  ByteView previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    const std::uint8_t count[1] = {counter};
    hmac_sha384_of(prk, {previous, view(label), separator, context, count}, block);
    previous = block;
    const std::size_t take = std::min(out.size(), block.size());
    std::memcpy(out.data(), block.data(), take);
    out = out.subspan(take);
  }
  cleanse(prk);
  cleanse(block);
}

}  // namespace swtee::crypto
