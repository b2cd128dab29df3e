// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu/rmp_instructions.h"

#include <gtest/gtest.h>

namespace swtee::cpu {
namespace {

constexpr Spa kPage{0x201000};
constexpr Spa kRegion{0x200000};

RmpEntry request(bool assigned, std::uint32_t asid = 0, std::uint64_t gpa = 0, bool immutable = false, bool large = false) {
  RmpEntry e{};
  e.assigned = assigned;
  e.asid = asid;
  e.gpa = gpa;
  e.immutable = immutable;
  e.large = large;
  return e;
}

struct Table {
  memory::CiphertextDram dram{0x4000000};
  memory::AddressLines lines;
  memory::RmpTable rmp{dram, lines, memory::RmpLayout::at_top_of(0x4000000)};
  RmpState state(Spa page) const {
    const auto e = rmp.entry(page);
    return swtee_rmp_state_of(&*e);
  }
  swtee_rmp_result update(Spa page, const RmpEntry& r) { return rmpupdate(rmp, page, r); }
};

TEST(Rmpupdate, TakesAPageThroughItsStates) {
  Table t;
  EXPECT_EQ(t.update(kPage, request(true, 0, 0, true)), SWTEE_RMP_OK);
  EXPECT_EQ(t.state(kPage), SWTEE_RMP_FIRMWARE);
  Table u;
  EXPECT_EQ(u.update(kPage, request(true, 7, 0x5000, true)), SWTEE_RMP_OK);
  EXPECT_EQ(u.state(kPage), SWTEE_RMP_PRE_GUEST);
  Table v;
  EXPECT_EQ(v.update(kPage, request(true, 7, 0x5000)), SWTEE_RMP_OK);
  EXPECT_EQ(v.state(kPage), SWTEE_RMP_GUEST_INVALID);
  EXPECT_EQ(v.update(kPage, request(false)), SWTEE_RMP_OK);
  EXPECT_EQ(v.state(kPage), SWTEE_RMP_HYPERVISOR);
}

TEST(Rmpupdate, LeavesImmutablePagesAlone) {
  for (const RmpEntry& first : {request(true, 0, 0, true), request(true, 7, 0x5000, true)}) {
    Table t;
    ASSERT_EQ(t.update(kPage, first), SWTEE_RMP_OK);
    const RmpState state = t.state(kPage);
    for (const RmpEntry& next : {request(false), request(true, 7, 0x5000), request(true, 8, 0x6000, true)})
      EXPECT_EQ(t.update(kPage, next), SWTEE_RMP_FAIL_PERMISSION);
    EXPECT_EQ(t.state(kPage), state);
  }
}

TEST(Rmpupdate, RefusesRequestsThatMakeNoSense) {
  Table t;
  EXPECT_EQ(t.update(kPage, request(false, 1)), SWTEE_RMP_FAIL_INPUT) << "not assigned, with ASID";
  EXPECT_EQ(t.update(kPage, request(false, 0, 0, true)), SWTEE_RMP_FAIL_INPUT) << "not assigned, immutable";
  EXPECT_EQ(t.update(kPage, request(true, 0, 0x1000, true)), SWTEE_RMP_FAIL_INPUT) << "firmware page with GPA";
  EXPECT_EQ(t.update(kPage, request(true, 0, 0, false)), SWTEE_RMP_FAIL_INPUT) << "Reclaim is not the host's to make";
  EXPECT_EQ(t.update(kPage + 8, request(false)), SWTEE_RMP_FAIL_INPUT);
  EXPECT_EQ(t.update(kPage, request(true, 1, 0, false, true)), SWTEE_RMP_FAIL_INPUT) << "2 MiB, unaligned";
  EXPECT_EQ(t.update({0x4000000}, request(false)), SWTEE_RMP_FAIL_INPUT) << "outside the table";
  EXPECT_EQ(t.state(kPage), SWTEE_RMP_HYPERVISOR);
}

TEST(Rmpupdate, RefusesOverlapsOf4KiBAnd2MiB) {
  Table t;
  ASSERT_EQ(t.update(kPage, request(true, 1, 0x1000)), SWTEE_RMP_OK);
  EXPECT_EQ(t.update(kRegion, request(true, 1, 0, false, true)), SWTEE_RMP_FAIL_OVERLAP);
  EXPECT_EQ(t.update(kRegion, request(false, 0, 0, false, true)), SWTEE_RMP_FAIL_OVERLAP);
  ASSERT_EQ(t.update(kPage, request(false)), SWTEE_RMP_OK);
  ASSERT_EQ(t.update(kRegion, request(true, 1, 0, false, true)), SWTEE_RMP_OK);
  EXPECT_EQ(t.update(kPage, request(false)), SWTEE_RMP_FAIL_OVERLAP);
  EXPECT_EQ(t.update(kRegion, request(false)), SWTEE_RMP_FAIL_OVERLAP) << "the first 4 KiB alone";
  EXPECT_EQ(t.state(kPage), SWTEE_RMP_GUEST_INVALID);
  EXPECT_EQ(t.update(kRegion, request(false, 0, 0, false, true)), SWTEE_RMP_OK);
  EXPECT_EQ(t.state(kPage), SWTEE_RMP_HYPERVISOR);
}

TEST(Rmpupdate, KeepsValidatedOnlyForTheSameOwnerAddressAndSize) {
  RmpEntry valid = request(true, 7, 0x5000);
  valid.validated = true;
  valid.vmsa = true;
  valid.vmpl_permissions[0] = SWTEE_VMPL_ALL;
  valid.vmpl_permissions[1] = SWTEE_VMPL_READ;
  const auto after = [&](const RmpEntry& r) {
    Table t;
    t.rmp.set_entry(kPage, valid);
    EXPECT_EQ(t.update(kPage, r), SWTEE_RMP_OK);
    return *t.rmp.entry(kPage);
  };
  const RmpEntry same = after(request(true, 7, 0x5000, true));
  EXPECT_TRUE(same.validated && same.vmsa);
  EXPECT_EQ(same.vmpl_permissions[1], SWTEE_VMPL_READ);
  for (const RmpEntry& r : {request(true, 8, 0x5000), request(true, 7, 0x6000)}) {
    const RmpEntry other = after(r);
    EXPECT_FALSE(other.validated || other.vmsa);
    EXPECT_EQ(other.vmpl_permissions[1], 0);
    EXPECT_EQ(other.vmpl_permissions[0], SWTEE_VMPL_ALL);
  }
  EXPECT_FALSE(after(request(false)).validated);
}

/// A host that sets bits which are not its to set gets what it would get without them.
TEST(Rmpupdate, IgnoresValidatedVmsaAndPermissionsInTheRequest) {
  Table t;
  RmpEntry r = request(true, 7, 0x5000);
  r.validated = true;
  r.vmsa = true;
  r.vmpl_permissions[3] = SWTEE_VMPL_ALL;
  ASSERT_EQ(t.update(kPage, r), SWTEE_RMP_OK);
  const auto e = t.rmp.entry(kPage);
  EXPECT_FALSE(e->validated || e->vmsa);
  EXPECT_EQ(e->vmpl_permissions[3], 0);
}

}  // namespace
}  // namespace swtee::cpu
