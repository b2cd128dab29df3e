// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/universe.h"

#include "firmware/crypto/digest.h"
#include "firmware/crypto/kdf.h"

#include <vector>

namespace swtee::keys {
namespace {

constexpr std::string_view kDefaultPhrase = "swtee TEST ONLY default universe 1";

}  // namespace

Universe Universe::test_default() {
  const crypto::Sha256Digest seed =
      crypto::sha256({reinterpret_cast<const std::uint8_t*>(kDefaultPhrase.data()), kDefaultPhrase.size()});
  return Universe(std::make_shared<const crypto::Secret<kSeedSize>>(std::span(seed)));
}

Result<Universe> Universe::from_seed(ByteView seed) {
  if (seed.size() != kSeedSize) return fail("a universe's seed has 32 bytes, not " + std::to_string(seed.size()));
  return Universe(std::make_shared<const crypto::Secret<kSeedSize>>(seed.first<kSeedSize>()));
}

void Universe::derive(std::string_view label, std::initializer_list<ByteView> context, MutableBytes out) const {
  // Each piece goes in with its length before it, so that no two lists of pieces read the same.
  std::vector<std::uint8_t> joined;
  for (const ByteView piece : context) {
    const le32 length(static_cast<std::uint32_t>(piece.size()));
    const ByteView prefix = bytes_of(length);
    joined.insert(joined.end(), prefix.begin(), prefix.end());
    joined.insert(joined.end(), piece.begin(), piece.end());
  }
  crypto::hkdf_sha384(seed_->expose(), {}, label, joined, out);
}

}  // namespace swtee::keys
