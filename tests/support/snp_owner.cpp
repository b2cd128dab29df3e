// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_owner.h"

#include <algorithm>

namespace swtee::test {
namespace {

Bytes<72> reversed(ByteView big) {
  Bytes<72> out{};
  for (std::size_t i = 0; i < big.size(); ++i) out[i] = big[big.size() - 1 - i];
  return out;
}

std::vector<std::uint8_t> significant(const Bytes<72>& little) {
  std::vector<std::uint8_t> big(little.begin(), little.begin() + 48);
  std::reverse(big.begin(), big.end());
  return big;
}

}  // namespace

crypto::EcPrivateKey owner_key(std::uint8_t number) {
  Bytes<56> seed{};
  seed.fill(number);
  return crypto::EcPrivateKey::from_seed(crypto::Curve::p384, seed);
}

snp::WirePublicKey wire_key(const crypto::EcPublicKey& key) {
  snp::WirePublicKey wire{};
  wire.curve = 2u;
  wire.qx = reversed(key.x());
  wire.qy = reversed(key.y());
  return wire;
}

snp::WireSignature wire_signature(const crypto::EcPrivateKey& key, ByteView message) {
  const crypto::EcdsaSignature signature = key.sign(crypto::sha384(message));
  snp::WireSignature wire{};
  wire.r = reversed(signature.r);
  wire.s = reversed(signature.s);
  return wire;
}

bool signature_fits(const crypto::EcPublicKey& key, ByteView message, const snp::WireSignature& signature) {
  return key.verify(crypto::sha384(message), significant(signature.r), significant(signature.s));
}

snp::IdAuthInfo sign_identity(const snp::IdBlock& block, const crypto::EcPrivateKey& id_key,
                              const std::optional<crypto::EcPrivateKey>& author_key) {
  snp::IdAuthInfo auth{};
  auth.id_key_algo = 1u;
  auth.id_key = wire_key(id_key.public_key());
  auth.id_block_sig = wire_signature(id_key, bytes_of(block));
  if (author_key.has_value()) {
    auth.auth_key_algo = 1u;
    auth.author_key = wire_key(author_key->public_key());
    auth.id_key_sig = wire_signature(*author_key, bytes_of(auth.id_key));
  }
  return auth;
}

}  // namespace swtee::test
