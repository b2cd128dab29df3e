// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/crypto/ecdsa.h"
#include "firmware/crypto/pem.h"
#include "firmware/crypto/pkcs8.h"

#include <optional>

namespace swtee::crypto {
namespace {

constexpr std::string_view kEcPublicKey = "1.2.840.10045.2.1";
constexpr std::string_view kP256 = "1.2.840.10045.3.1.7";
constexpr std::string_view kP384 = "1.3.132.0.34";

Result<Curve> curve_named(const std::string& oid) {
  if (oid == kP256) return Curve::p256;
  if (oid == kP384) return Curve::p384;
  return fail("curve " + oid + " is neither P-256 nor P-384");
}

/// ECPrivateKey, whose parameters may stand outside.  [RFC 5915 §3]
Result<EcPrivateKey> parse_sec1(ByteView der, std::optional<Curve> curve) {
  DerReader outer(der);
  DerReader fields = SWTEE_TRY(outer.enter(der::kSequence, "ECPrivateKey"));
  SWTEE_TRY(outer.finish("ECPrivateKey"));
  const std::uint64_t version = SWTEE_TRY(fields.number("ECPrivateKey version"));
  SWTEE_REQUIRE(version == 1, Error("ECPrivateKey version is " + std::to_string(version) + ", not 1"));
  const ByteView scalar = SWTEE_TRY(fields.expect(der::kOctetString, "private key")).content;
  if (fields.next_is(der::context(0, true))) {
    DerReader parameters = SWTEE_TRY(fields.enter(der::context(0, true), "curve"));
    const std::string name = SWTEE_TRY(parameters.oid("named curve"));
    const Curve named = SWTEE_TRY(curve_named(name));
    SWTEE_REQUIRE(!curve || *curve == named, Error("EC private key: two different curves are named"));
    curve = named;
  }
  SWTEE_REQUIRE(curve.has_value(), Error("EC private key: no curve is named"));
  EcPrivateKey key = SWTEE_TRY(EcPrivateKey::from_scalar(*curve, scalar));
  if (fields.next_is(der::context(1, true))) {
    DerReader inner = SWTEE_TRY(fields.enter(der::context(1, true), "public key"));
    const ByteView given = SWTEE_TRY(inner.whole_bits("public key"));
    DerBytes point{0x04};
    for (const auto& coordinate : {key.public_key().x(), key.public_key().y()}) point.insert(point.end(), coordinate.begin(), coordinate.end());
    SWTEE_REQUIRE(equal(given, point), Error("EC private key: the public key in the file is another one"));
  }
  SWTEE_TRY(fields.finish("ECPrivateKey"));
  return key;
}

Result<EcPrivateKey> parse_pkcs8(ByteView der) {
  PrivateKeyInfo info = SWTEE_TRY(parse_private_key_info(der));
  SWTEE_REQUIRE(info.algorithm == kEcPublicKey, Error("private key type " + info.algorithm + " is not id-ecPublicKey"));
  const std::string name = SWTEE_TRY(info.parameters.oid("named curve"));
  const Curve curve = SWTEE_TRY(curve_named(name));
  return parse_sec1(info.key, curve);
}

}  // namespace

Result<EcPrivateKey> EcPrivateKey::from_pem(std::string_view text) {
  std::vector<PemBlock> blocks = SWTEE_TRY(parse_pem(text));
  std::optional<EcPrivateKey> key;
  for (PemBlock& block : blocks) {
    if (block.label == "EC PARAMETERS") continue;
    const bool sec1 = block.label == "EC PRIVATE KEY";
    SWTEE_REQUIRE(sec1 || block.label == "PRIVATE KEY", Error("PEM block is '" + block.label + "', not an unencrypted EC private key"));
    SWTEE_REQUIRE(!key.has_value(), Error("the text holds more than one private key"));
    auto parsed = sec1 ? parse_sec1(block.bytes, std::nullopt) : parse_pkcs8(block.bytes);
    cleanse(block.bytes);
    key = SWTEE_TRY(std::move(parsed));
  }
  SWTEE_REQUIRE(key.has_value(), Error("no PEM block with a private key found"));
  return std::move(*key);
}

}  // namespace swtee::crypto
