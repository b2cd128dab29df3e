// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/vlek.h"

#include <gtest/gtest.h>

namespace swtee::keys {
namespace {

constexpr std::string_view kCsp = "CN=cc-us-east-2.example.com";

struct VlekTest : testing::Test {
  Universe universe = Universe::test_default();
  const ProductRow& row = product_row(Product::milan);
  Chip chip = make_chip(universe, row, 0);
  EndorsementStick stick = vlek_stick(universe, row, kCsp, row.tcb);
  snp::WrappedVlekHashstick wrapped = wrap_vlek(chip, stick);
};

TEST_F(VlekTest, UnwrapsToTheProvidersStickAndTcb) {
  const auto unwrapped = unwrap_vlek(chip, wrapped);
  ASSERT_TRUE(unwrapped.ok());
  EXPECT_TRUE(crypto::equal(unwrapped.value().links().expose(), stick.links().expose()));
  EXPECT_EQ(unwrapped.value().tcb(), row.tcb);
  EXPECT_EQ(unwrapped.value().key().public_key().x(), stick.key().public_key().x());
}

TEST_F(VlekTest, IsTheSameOnEveryChipOfTheProviderButWrappedDifferently) {
  const Chip other = make_chip(universe, row, 1);
  const auto there = wrap_vlek(other, stick);
  EXPECT_NE(there.wrapped, wrapped.wrapped);
  EXPECT_TRUE(crypto::equal(unwrap_vlek(other, there).value().links().expose(), stick.links().expose()));
}

TEST_F(VlekTest, IsRefusedByAnotherChip) {
  const auto result = unwrap_vlek(make_chip(universe, row, 1), wrapped);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), UnwrapFailure::bad_tag);
}

TEST_F(VlekTest, RefusesEveryChangedByte) {
  const MutableBytes bytes = mutable_bytes_of(wrapped);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 0x80;
    const auto result = unwrap_vlek(chip, wrapped);
    const bool reserved = (i >= 0xc && i < 0x10) || (i >= 0x192 && i < 0x196) || (i >= 0x198 && i < 0x1a0);
    ASSERT_FALSE(result.ok()) << i;
    EXPECT_EQ(result.error(), reserved ? UnwrapFailure::reserved_not_zero : UnwrapFailure::bad_tag) << i;
    bytes[i] ^= 0x80;
  }
  EXPECT_TRUE(unwrap_vlek(chip, wrapped).ok());
}

TEST_F(VlekTest, DiffersByProviderLineAndTcb) {
  const auto x = [](const EndorsementStick& each) { return each.key().public_key().x(); };
  snp::Tcb lower = row.tcb;
  --lower.microcode;
  EXPECT_NE(x(stick), x(vlek_stick(universe, row, "CN=other.example.com", row.tcb)));
  EXPECT_NE(x(stick), x(vlek_stick(universe, product_row(Product::genoa), kCsp, row.tcb)));
  EXPECT_NE(x(stick), x(vlek_stick(universe, row, kCsp, lower)));
  EXPECT_EQ(x(vlek_stick(universe, product_row(Product::siena), kCsp, row.tcb)),
            x(vlek_stick(universe, product_row(Product::genoa), kCsp, row.tcb)));
}

TEST_F(VlekTest, UsesAnotherIvForEveryContent) {
  snp::Tcb lower = row.tcb;
  --lower.microcode;
  EXPECT_NE(wrap_vlek(chip, vlek_stick(universe, row, kCsp, lower)).iv, wrapped.iv);
  EXPECT_EQ(wrap_vlek(chip, stick).iv, wrapped.iv);
}

}  // namespace
}  // namespace swtee::keys
