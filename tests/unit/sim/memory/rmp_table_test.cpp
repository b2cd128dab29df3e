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

TEST(RmpTable, CoversExactlyItsMemory) {
  RmpTable table(0x400000);
  EXPECT_TRUE(table.entry({0}).has_value());
  EXPECT_TRUE(table.entry({0x3ff000}).has_value());
  EXPECT_FALSE(table.entry({0x400000}).has_value());
  EXPECT_FALSE(table.entry({~std::uint64_t{0xfff}}).has_value());
  EXPECT_FALSE(table.entry({0x800}).has_value()) << "not a page";
}

TEST(RmpTable, BeginsWithHypervisorPages) {
  RmpTable table(0x400000);
  const auto entry = table.entry({0x1000});
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_HYPERVISOR);
}

TEST(RmpTable, ShowsA2MiBEntryForEachOfItsPages) {
  RmpTable table(0x400000);
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
  RmpTable table(0x400000);
  EXPECT_FALSE(table.has_small_entries({0x200000}));
  table.set_entry({0x3ff000}, guest_entry(0x1000));
  EXPECT_TRUE(table.has_small_entries({0x200000}));
  EXPECT_FALSE(table.has_small_entries({0}));
  table.set_entry({0x3ff000}, {});
  EXPECT_FALSE(table.has_small_entries({0x200000}));
  table.set_entry({0x200000}, guest_entry(0, true));
  EXPECT_FALSE(table.has_small_entries({0x200000})) << "a 2 MiB entry is not a small one";
}

}  // namespace
}  // namespace swtee::memory
