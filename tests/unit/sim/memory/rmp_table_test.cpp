// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/rmp_table.h"

#include <gtest/gtest.h>

namespace swtee::memory {
namespace {

RmpEntry guest_entry(std::uint64_t gpa, bool large = false) {
  RmpEntry e{};
  e.assigned = true;
  e.asid = 1;
  e.gpa = gpa;
  e.large = large;
  return e;
}

struct Table {
  explicit Table(bool segmented = false, std::uint64_t size = 0x4000000) : dram(size), table(dram, lines, RmpLayout::at_top_of(size, segmented)) {}
  CiphertextDram dram;
  AddressLines lines;
  RmpTable table;
};

TEST(RmpTable, CoversExactlyItsMemory) {
  Table memory;
  RmpTable& table = memory.table;
  EXPECT_TRUE(table.entry({0}).has_value());
  EXPECT_TRUE(table.entry({0x3fff000}).has_value());
  EXPECT_FALSE(table.entry({0x4000000}).has_value());
  EXPECT_FALSE(table.entry({~std::uint64_t{0xfff}}).has_value());
  EXPECT_FALSE(table.entry({0x800}).has_value()) << "not a page";
}

TEST(RmpTable, BeginsWithHypervisorPages) {
  Table memory;
  RmpTable& table = memory.table;
  const auto entry = table.entry({0x1000});
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_HYPERVISOR);
}

TEST(RmpTable, ShowsA2MiBEntryForEachOfItsPages) {
  Table memory;
  RmpTable& table = memory.table;
  table.set_entry({0x200000}, guest_entry(0x600000, true));
  EXPECT_EQ(table.entry({0x200000})->gpa, 0x600000u);
  EXPECT_EQ(table.entry({0x201000})->gpa, 0x601000u);
  EXPECT_EQ(table.entry({0x3ff000})->gpa, 0x7ff000u);
  EXPECT_TRUE(table.entry({0x3ff000})->large);
  EXPECT_FALSE(table.entry({0x1ff000})->large);
  table.set_entry({0x200000}, {});
  EXPECT_FALSE(table.entry({0x3ff000})->assigned);
}

TEST(RmpTable, KnowsWhetherARegionHasSmallEntries) {
  Table memory;
  RmpTable& table = memory.table;
  EXPECT_FALSE(table.has_small_entries({0x200000}));
  table.set_entry({0x3ff000}, guest_entry(0x1000));
  EXPECT_TRUE(table.has_small_entries({0x200000}));
  EXPECT_FALSE(table.has_small_entries({0}));
  table.set_entry({0x3ff000}, {});
  EXPECT_FALSE(table.has_small_entries({0x200000}));
  table.set_entry({0x200000}, guest_entry(0, true));
  EXPECT_FALSE(table.has_small_entries({0x200000})) << "a 2 MiB entry is not a small one";
}

Bytes<16> raw_entry(const Table& t, Spa page) {
  Bytes<16> raw{};
  t.dram.read(t.table.address_of_entry(page)->value, Lens{}, raw);
  return raw;
}

/// The layout of Linux' `struct rmpentry` (Family 19h): written here by hand from its bit numbers.
TEST(RmpTable, KeepsEntriesInTheLayoutOfTheProcessor) {
  Table t;
  RmpEntry e{};
  e.assigned = e.immutable = e.validated = e.vmsa = true;
  e.gpa = 0x7ffffffff000;
  e.asid = 0x155;
  e.vmpl_permissions[0] = 15;
  e.vmpl_permissions[3] = 1;
  t.table.set_entry({0x5000}, e);
  const std::uint64_t low = 1ull | 1ull << 2 | 0x7ffffffff000ull | 0x155ull << 51 | 1ull << 61 | 1ull << 62;
  Bytes<16> expected{};
  for (std::size_t i = 0; i < 8; ++i) expected[i] = static_cast<std::uint8_t>(low >> (8 * i));
  expected[8] = 15;
  expected[11] = 1;
  EXPECT_EQ(raw_entry(t, {0x5000}), expected);
  EXPECT_EQ(t.table.address_of_entry({0x5000}), t.table.layout().base + 0x4000 + 5 * 16);
}

TEST(RmpTable, CountsSmallEntriesInTheFirstOfTheRegion) {
  Table t;
  t.table.set_entry({0x201000}, guest_entry(0x1000));
  t.table.set_entry({0x202000}, guest_entry(0x2000));
  t.table.set_entry({0x202000}, guest_entry(0x3000));
  EXPECT_EQ(swtee_rmp_subpages(raw_entry(t, {0x200000}).data()), 2u);
  t.table.set_entry({0x201000}, {});
  EXPECT_EQ(swtee_rmp_subpages(raw_entry(t, {0x200000}).data()), 1u);
  t.table.set_entry({0x200000}, guest_entry(0x5000));
  EXPECT_EQ(t.table.entry({0x200000})->gpa, 0x5000u);
  EXPECT_EQ(swtee_rmp_subpages(raw_entry(t, {0x200000}).data()), 1u) << "kept";
}

TEST(RmpTable, SurvivesNonsenseInItsCells) {
  Table t;
  const Spa at = *t.table.address_of_entry({0x200000});
  for (int n = 0; n < 256; ++n) {
    Bytes<16> noise{};
    for (std::size_t i = 0; i < 16; ++i) noise[i] = static_cast<std::uint8_t>(n * 73 + static_cast<int>(i) * 151);
    t.dram.write(at.value, Lens{}, noise);
    ASSERT_TRUE(t.table.entry({0x200000}).has_value());
    ASSERT_TRUE(t.table.entry({0x3ff000}).has_value());
    (void)t.table.has_small_entries({0x200000});
    t.table.set_entry({0x201000}, guest_entry(0x1000));
    t.table.set_entry({0x201000}, {});
  }
}

TEST(RmpTable, FindsEntriesThroughItsSegments) {
  Table t(true, std::uint64_t{3} << 36);
  const RmpLayout& layout = t.table.layout();
  for (const Spa page : {Spa{0x1000}, Spa{(std::uint64_t{1} << 36) + 0x2000}, Spa{(std::uint64_t{2} << 36) + 0x3000}}) {
    t.table.set_entry(page, guest_entry(page.value));
    EXPECT_EQ(t.table.entry(page)->gpa, page.value);
    std::array<std::uint8_t, 8> descriptor;
    t.dram.read(layout.base.value + 0x4000 + 8 * (page.value >> 36), Lens{}, descriptor);
    const std::uint64_t value = swtee_rmp_load64(descriptor.data());
    EXPECT_EQ(value & 0xfffff, 64u) << "GiB";
    EXPECT_EQ(t.table.address_of_entry(page)->value, (value & 0x000ffffffff00000ull) + (page.value & 0xfffffffffull) / 4096 * 16);
  }
  EXPECT_FALSE(t.table.entry({std::uint64_t{3} << 36}).has_value());
}

TEST(RmpTable, HasNoEntriesWhereASegmentIsAbsent) {
  Table t(true);
  ASSERT_TRUE(t.table.entry({0x1000}).has_value());
  t.dram.write(t.table.layout().base.value + 0x4000, Lens{}, std::array<std::uint8_t, 8>{});
  EXPECT_FALSE(t.table.entry({0x1000}).has_value());
}

}  // namespace
}  // namespace swtee::memory
