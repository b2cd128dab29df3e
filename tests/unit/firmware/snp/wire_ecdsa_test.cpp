// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/wire_ecdsa.h"

#include "tests/support/snp_owner.h"

#include <gtest/gtest.h>

namespace swtee::snp {
namespace {

const std::array<std::uint8_t, 5> kMessage{1, 2, 3, 4, 5};

TEST(WireEcdsa, AgreesWithTheOwnersOwnEncoding) {
  const auto key = test::owner_key(1);
  const WirePublicKey wire = test::wire_key(key.public_key());
  const auto decoded = from_wire(wire);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.value().spki(), key.public_key().spki());
  const WireSignature signature = to_wire(key.sign(crypto::sha384(kMessage)));
  EXPECT_EQ(std::memcmp(&signature, bytes_of(test::wire_signature(key, kMessage)).data(), sizeof(signature)), 0);
  EXPECT_TRUE(verify(decoded.value(), kMessage, signature));
}

TEST(WireEcdsa, RefusesPaddingThatIsNotZero) {
  const auto key = test::owner_key(1);
  const WireSignature good = test::wire_signature(key, kMessage);
  for (const std::size_t byte : {std::size_t{48}, std::size_t{71}, std::size_t{0x48 + 48}, std::size_t{0x90}, std::size_t{0x1ff}}) {
    WireSignature bad = good;
    mutable_bytes_of(bad)[byte] = 1;
    EXPECT_FALSE(verify(key.public_key(), kMessage, bad)) << byte;
  }
  const WirePublicKey good_key = test::wire_key(key.public_key());
  for (const std::size_t byte : {std::size_t{4 + 48}, std::size_t{0x4c + 48}, std::size_t{0x94}, std::size_t{0x403}}) {
    WirePublicKey bad = good_key;
    mutable_bytes_of(bad)[byte] = 1;
    EXPECT_FALSE(from_wire(bad).ok()) << byte;
  }
}

TEST(WireEcdsa, RefusesKeysThatAreNoPointsOnP384) {
  const WirePublicKey good = test::wire_key(test::owner_key(1).public_key());
  WirePublicKey bad = good;
  bad.curve = 1u;
  EXPECT_FALSE(from_wire(bad).ok());
  bad = good;
  bad.qy[0] ^= 1;
  EXPECT_FALSE(from_wire(bad).ok());
  bad = good;
  bad.qx = {};
  bad.qy = {};
  EXPECT_FALSE(from_wire(bad).ok());
}

TEST(WireEcdsa, RefusesNumbersOutOfRange) {
  const auto key = test::owner_key(1);
  WireSignature bad = test::wire_signature(key, kMessage);
  bad.r = {};
  EXPECT_FALSE(verify(key.public_key(), kMessage, bad));
  bad = test::wire_signature(key, kMessage);
  std::fill_n(bad.s.begin(), 48, std::uint8_t{0xff});
  EXPECT_FALSE(verify(key.public_key(), kMessage, bad));
}

}  // namespace
}  // namespace swtee::snp
