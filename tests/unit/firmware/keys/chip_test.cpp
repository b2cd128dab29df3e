// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/chip.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace swtee::keys {
namespace {

const Universe universe = Universe::test_default();

TEST(Universe, TakesSeedsOfThirtyTwoBytesOnly) {
  EXPECT_TRUE(Universe::from_seed(std::vector<std::uint8_t>(32)).ok());
  EXPECT_FALSE(Universe::from_seed(std::vector<std::uint8_t>(31)).ok());
  EXPECT_FALSE(Universe::from_seed(std::vector<std::uint8_t>(33)).ok());
  EXPECT_FALSE(Universe::from_seed({}).ok());
}

TEST(Universe, KeepsContextPiecesApart) {
  const std::vector<std::uint8_t> ab{'a', 'b'}, c{'c'}, a{'a'}, bc{'b', 'c'};
  Bytes<32> first{}, second{};
  universe.derive("test", {ab, c}, first);
  universe.derive("test", {a, bc}, second);
  EXPECT_NE(first, second);
}

TEST(Chip, HasAnIdOfItsOwnInEveryProductNumberAndUniverse) {
  std::set<ChipId> ids;
  std::size_t expected = 0;
  const Universe other = Universe::from_seed(std::vector<std::uint8_t>(32, 1)).value();
  for (const Universe& each : {universe, other})
    for (const ProductRow& row : products())
      for (std::uint64_t number = 0; number < 200; ++number) {
        ids.insert(chip_id(each, row, number));
        ++expected;
      }
  EXPECT_EQ(ids.size(), expected);
}

TEST(Chip, IdFillsTheProductsWidthAndNoMore) {
  for (const ProductRow& row : products()) {
    const Chip chip = make_chip(universe, row, 0);
    EXPECT_EQ(chip.hardware_id().size(), row.chip_id_size);
    EXPECT_TRUE(all_zero(ByteView(chip.id).subspan(row.chip_id_size)));
    EXPECT_FALSE(all_zero(ByteView(chip.id).first(8)));
    EXPECT_EQ(all_zero(ByteView(chip.id).subspan(8)), row.chip_id_size == 8) << row.platform;
  }
}

TEST(Chip, BeginsLikeAsn1OnlyWhenAsked) {
  const ProductRow& row = products()[0];
  // Of 2,000 ids about 16 would begin with 02 or 04 by chance.
  for (std::uint64_t number = 0; number < 2000; ++number) {
    const ChipId id = chip_id(universe, row, number);
    EXPECT_TRUE(id[0] != 0x02 && id[0] != 0x04) << number;
  }
  EXPECT_EQ(chip_id(universe, row, 5, ChipIdStart::like_integer)[0], 0x02);
  EXPECT_EQ(chip_id(universe, row, 5, ChipIdStart::like_octet_string)[0], 0x04);
}

TEST(Chip, IsFoundAgainByItsId) {
  const ProductRow& row = products()[0];
  const Chip made = make_chip(universe, row, 3);
  const Chip found = chip_of_id(universe, row, made.id);
  EXPECT_TRUE(crypto::equal(made.secret.expose(), found.secret.expose()));
  EXPECT_FALSE(crypto::equal(made.secret.expose(), make_chip(universe, row, 4).secret.expose()));
}

}  // namespace
}  // namespace swtee::keys
