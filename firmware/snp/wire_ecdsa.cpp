// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/wire_ecdsa.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::snp {
namespace {

constexpr std::size_t kNumberSize = 48;

Bytes<72> little_endian(ByteView big) {
  Bytes<72> field{};
  std::reverse_copy(big.begin(), big.end(), field.begin());
  return field;
}

Bytes<kNumberSize> big_endian(const Bytes<72>& field) {
  Bytes<kNumberSize> big{};
  std::reverse_copy(field.begin(), field.begin() + kNumberSize, big.begin());
  return big;
}

bool padded(const Bytes<72>& field) { return all_zero(ByteView(field).subspan(kNumberSize)); }

}  // namespace

WireSignature to_wire(const crypto::EcdsaSignature& signature) {
  WireSignature wire{};
  wire.r = little_endian(signature.r);
  wire.s = little_endian(signature.s);
  return wire;
}

Result<crypto::EcPublicKey> from_wire(const WirePublicKey& key) {
  SWTEE_REQUIRE(key.curve == kCurveP384, Error("the key's curve is not P-384"));
  SWTEE_REQUIRE(padded(key.qx) && padded(key.qy) && all_zero(key.reserved_94h), Error("the key's padding is not zero"));
  return crypto::EcPublicKey::from_point(crypto::Curve::p384, big_endian(key.qx), big_endian(key.qy));
}

bool verify(const crypto::EcPublicKey& key, ByteView message, const WireSignature& signature) {
  if (!padded(signature.r) || !padded(signature.s) || !all_zero(signature.reserved_90h)) return false;
  return key.verify(crypto::sha384(message), big_endian(signature.r), big_endian(signature.s));
}

}  // namespace swtee::snp
