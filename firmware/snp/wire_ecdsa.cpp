// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/wire_ecdsa.h"

#include "firmware/contract/require.h"
#include "firmware/keys/wire_number.h"

namespace swtee::snp {
using keys::big_endian;
using keys::little_endian;
using keys::padded;

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
