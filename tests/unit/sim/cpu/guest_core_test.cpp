// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu/guest_core.h"

#include "sim/cpu/rmp_instructions.h"

#include <gtest/gtest.h>

namespace swtee::cpu {
namespace {

constexpr Asid kGuest{5};
constexpr Gpa kGpa{0x10000};
constexpr Spa kSpa{0x203000};
constexpr Gpa kLargeGpa{0x400000};
constexpr Spa kLargeSpa{0x600000};
constexpr std::uint64_t kNpf = SWTEE_NPF_RMP | SWTEE_NPF_FINAL_GPA;

memory::MemorySettings settings() {
  memory::MemorySettings s;
  s.size = 0x4000000;
  return s;
}

/// One guest with a 4 KiB and a 2 MiB page, assigned by the host and mapped honestly, not validated.
struct Scene {
  memory::MemoryController memory{settings()};
  NestedPageTable table;
  RunningVmsas running;
  GuestCore core{memory, table, running, kGuest, 0};
  GuestCore vmpl1{memory, table, running, kGuest, 1};

  Scene() {
    memory.load_key(kGuest, Bytes<64>{1, 2, 3});
    assign(kSpa, kGpa);
    assign(kLargeSpa, kLargeGpa, true);
    table.map(kGpa, kSpa);
    table.map(kLargeGpa, kLargeSpa, true);
  }
  void assign(Spa page, Gpa gpa, bool large = false, Asid asid = kGuest) {
    RmpEntry e{};
    e.assigned = true;
    e.asid = asid.value;
    e.gpa = gpa.value;
    e.large = large;
    ASSERT_EQ(rmpupdate(memory.rmp(), page, e), SWTEE_RMP_OK);
  }
  RmpEntry entry(Spa page) { return *memory.rmp().entry(page); }
  swtee_guest_outcome touch(Gpa at, const GuestAccess& how = {}) {
    std::array<std::uint8_t, 8> out{};
    return core.read(at, out, how);
  }
};

void expect(const swtee_guest_outcome& outcome, swtee_guest_event event, std::uint64_t error = 0) {
  EXPECT_EQ(outcome.event, event);
  EXPECT_EQ(outcome.error, error);
}
void expect_eax(const swtee_guest_outcome& outcome, swtee_rmp_result eax, bool carry = false) {
  EXPECT_EQ(outcome.event, SWTEE_GUEST_DONE);
  EXPECT_EQ(outcome.eax, eax);
  EXPECT_EQ(outcome.carry, carry);
}

TEST(GuestCore, FaultsOnAPrivatePageBeforeItIsValidated) {
  Scene s;
  expect(s.touch(kGpa), SWTEE_GUEST_VC, 0x404);
  expect_eax(s.core.pvalidate(kGpa, 0, true), SWTEE_RMP_OK);
  expect(s.touch(kGpa), SWTEE_GUEST_DONE);
}

TEST(GuestCore, ReadsWhatItWroteAndTheHostDoesNot) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  const std::vector<std::uint8_t> secret(64, 0x77);
  expect(s.core.write({kGpa.value + 100}, secret), SWTEE_GUEST_DONE);
  std::vector<std::uint8_t> out(64);
  expect(s.core.read({kGpa.value + 100}, out), SWTEE_GUEST_DONE);
  EXPECT_EQ(out, secret);
  ASSERT_TRUE(s.memory.read(Access::host(), kSpa + 100, out).ok());
  EXPECT_NE(out, secret);
}

TEST(GuestCore, ChangesNothingWhenPartOfAWriteFaults) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  expect(s.core.write({kGpa.value + 0xff0}, std::vector<std::uint8_t>(32, 9)), SWTEE_GUEST_NPF, SWTEE_NPF_FINAL_GPA | SWTEE_NPF_WRITE);
  std::vector<std::uint8_t> out(16);
  s.core.read({kGpa.value + 0xff0}, out);
  EXPECT_NE(out, std::vector<std::uint8_t>(16, 9));
}

// snp-platform.md section 9 and section 10, rows 18 to 22.
TEST(GuestCore, ReportsNoChangeOnASecondPvalidate) {
  Scene s;
  expect_eax(s.core.pvalidate(kGpa, 0, true), SWTEE_RMP_OK, false);
  expect_eax(s.core.pvalidate(kGpa, 0, true), SWTEE_RMP_OK, true);
  expect_eax(s.core.pvalidate(kGpa, 0, false), SWTEE_RMP_OK, false);
  expect_eax(s.core.pvalidate(kGpa, 0, false), SWTEE_RMP_OK, true);
  EXPECT_FALSE(s.entry(kSpa).validated);
}

TEST(GuestCore, RefusesPvalidateOfAnotherSize) {
  Scene s;
  expect_eax(s.core.pvalidate(kGpa, 1, true), SWTEE_RMP_FAIL_INPUT);
  expect_eax(s.core.pvalidate(kLargeGpa, 2, true), SWTEE_RMP_FAIL_INPUT);
  expect(s.core.pvalidate(kLargeGpa, 0, true), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC | SWTEE_NPF_SIZEM);
  ASSERT_EQ(psmash(s.memory.rmp(), kLargeSpa), SWTEE_RMP_OK);
  expect_eax(s.core.pvalidate(kLargeGpa, 1, true), SWTEE_RMP_FAIL_SIZEMISMATCH);
}

TEST(GuestCore, ValidatesTwoMebibytesAtOnceAndKeepsThemThroughPsmash) {
  Scene s;
  expect_eax(s.core.pvalidate(kLargeGpa, 1, true), SWTEE_RMP_OK);
  expect(s.touch({kLargeGpa.value + 0x1ff000}), SWTEE_GUEST_DONE);
  ASSERT_EQ(psmash(s.memory.rmp(), kLargeSpa), SWTEE_RMP_OK);
  expect(s.touch({kLargeGpa.value + 0x1ff000}), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC);
  s.table.unmap(kLargeGpa, true);
  for (std::uint64_t n = 0; n < 512; ++n) s.table.map({kLargeGpa.value + n * kPageSize}, kLargeSpa + n * kPageSize);
  expect(s.touch({kLargeGpa.value + 0x1ff000}), SWTEE_GUEST_DONE);
  EXPECT_EQ(s.entry(kLargeSpa + 0x5000).gpa, kLargeGpa.value + 0x5000);
  EXPECT_TRUE(s.entry(kLargeSpa + 0x5000).validated);
}

TEST(GuestCore, FaultsWhereTheHostLies) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  expect(s.touch({0x99000}), SWTEE_GUEST_NPF, SWTEE_NPF_FINAL_GPA);
  s.table.map(kGpa, {0x205000});  // a hypervisor page
  expect(s.touch(kGpa), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC);
  s.assign({0x206000}, {0x55000});  // the guest's own page of another GPA
  s.table.map(kGpa, {0x206000});
  expect(s.touch(kGpa), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC);
  s.assign({0x207000}, kGpa, false, {6});  // another guest's page
  s.table.map(kGpa, {0x207000});
  expect(s.core.pvalidate(kGpa, 0, true), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC);
  s.assign({0x208000}, kGpa);  // a fresh page for the same GPA: an old content cannot come back
  s.table.map(kGpa, {0x208000});
  expect(s.touch(kGpa), SWTEE_GUEST_VC, 0x404);
  s.table.map(kGpa, kSpa);
  expect(s.touch(kGpa), SWTEE_GUEST_DONE);
}

TEST(GuestCore, LosesValidationWhenTheHostTakesThePageAndGivesItBack) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  ASSERT_EQ(rmpupdate(s.memory.rmp(), kSpa, RmpEntry{}), SWTEE_RMP_OK);
  expect(s.touch(kGpa), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC);
  s.assign(kSpa, kGpa);
  expect(s.touch(kGpa), SWTEE_GUEST_VC, 0x404);
}

TEST(GuestCore, TouchesSharedPagesWithoutTheCBitOnly) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  expect(s.touch(kGpa, {false}), SWTEE_GUEST_NPF, kNpf);
  s.table.map({0x20000}, {0x209000});
  expect(s.touch({0x20000}, {false}), SWTEE_GUEST_DONE);
  expect(s.core.write({0x20000}, std::vector<std::uint8_t>{1, 2}, {false}), SWTEE_GUEST_DONE);
  std::vector<std::uint8_t> out(2);
  ASSERT_TRUE(s.memory.read(Access::host(), {0x209000}, out).ok());
  EXPECT_EQ(out, (std::vector<std::uint8_t>{1, 2}));
}

TEST(GuestCore, DetectsVmpl0ByRmpadjust) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  expect_eax(s.core.rmpadjust(kGpa, 0, 1), SWTEE_RMP_OK);
  expect_eax(s.vmpl1.rmpadjust(kGpa, 0, 1), SWTEE_RMP_FAIL_PERMISSION);
  expect(s.vmpl1.pvalidate(kGpa, 0, false), SWTEE_GUEST_GP);
}

TEST(GuestCore, GivesAVmplWhatRmpadjustGaveIt) {
  Scene s;
  s.core.pvalidate(kGpa, 0, true);
  std::vector<std::uint8_t> out(4);
  expect(s.vmpl1.read(kGpa, out), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC | SWTEE_NPF_VMPL);
  expect_eax(s.core.rmpadjust(kGpa, 0, 1 | SWTEE_VMPL_READ << 8), SWTEE_RMP_OK);
  expect(s.vmpl1.read(kGpa, out), SWTEE_GUEST_DONE);
  expect(s.vmpl1.write(kGpa, out), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC | SWTEE_NPF_VMPL | SWTEE_NPF_WRITE);
  expect(s.vmpl1.read(kGpa, out, {true, true, false}), SWTEE_GUEST_NPF, kNpf | SWTEE_NPF_ENC | SWTEE_NPF_VMPL | SWTEE_NPF_EXECUTE);
  expect_eax(s.vmpl1.rmpadjust(kGpa, 0, 2 | SWTEE_VMPL_ALL << 8), SWTEE_RMP_FAIL_PERMISSION);
  expect_eax(s.vmpl1.rmpadjust(kGpa, 0, 2 | SWTEE_VMPL_READ << 8 | 1 << 16), SWTEE_RMP_OK);
  EXPECT_FALSE(s.entry(kSpa).vmsa) << "VMPL1 does not set the VMSA mark";
  RmpAttributes attributes;
  expect_eax(s.core.rmpquery(kGpa, 2, attributes), SWTEE_RMP_OK);
  EXPECT_EQ(attributes.rdx, 2u | SWTEE_VMPL_READ << 8);
}

TEST(GuestCore, RefusesRmpadjustThatMakesNoSense) {
  Scene s;
  expect(s.core.rmpadjust(kGpa, 0, 1), SWTEE_GUEST_VC, 0x404);
  s.core.pvalidate(kGpa, 0, true);
  expect_eax(s.core.rmpadjust(kGpa, 0, 4), SWTEE_RMP_FAIL_INPUT);
  expect_eax(s.core.rmpadjust(kGpa, 2, 1), SWTEE_RMP_FAIL_INPUT);
  expect_eax(s.core.rmpadjust(kGpa, 0, 1 | 0x20 << 8), SWTEE_RMP_FAIL_INPUT);
  expect_eax(s.core.rmpadjust(kGpa, 0, 0), SWTEE_RMP_FAIL_PERMISSION);
  s.running.insert(kSpa.value);
  expect_eax(s.core.rmpadjust(kGpa, 0, 1), SWTEE_RMP_FAIL_INUSE);
}

TEST(Psmash, RefusesWhatIsNo2MiBPage) {
  Scene s;
  EXPECT_EQ(psmash(s.memory.rmp(), kSpa), SWTEE_RMP_FAIL_INPUT);
  EXPECT_EQ(psmash(s.memory.rmp(), {0x800000}), SWTEE_RMP_FAIL_BADADDR);
  EXPECT_EQ(psmash(s.memory.rmp(), {0x4000000}), SWTEE_RMP_FAIL_INPUT);
  RmpEntry e{};
  e.assigned = e.immutable = e.large = true;
  ASSERT_EQ(rmpupdate(s.memory.rmp(), {0x800000}, e), SWTEE_RMP_OK);
  EXPECT_EQ(psmash(s.memory.rmp(), {0x800000}), SWTEE_RMP_FAIL_PERMISSION);
}

TEST(Rmpread, ShowsTheArchitecturalPart) {
  Scene s;
  swtee_rmp_state_record record{};
  ASSERT_EQ(rmpread(s.memory.rmp(), kSpa, record), SWTEE_RMP_OK);
  EXPECT_EQ(record.gpa, kGpa.value);
  EXPECT_EQ(record.assigned, 1);
  EXPECT_EQ(record.asid, kGuest.value);
  EXPECT_EQ(record.page_size, 2) << "4 KiB, in a region with small entries";
  ASSERT_EQ(rmpread(s.memory.rmp(), kLargeSpa, record), SWTEE_RMP_OK);
  EXPECT_EQ(record.page_size, 1);
  EXPECT_EQ(rmpread(s.memory.rmp(), {0x1001}, record), SWTEE_RMP_FAIL_INPUT);
  EXPECT_EQ(rmpread(s.memory.rmp(), {0x4000000}, record), SWTEE_RMP_FAIL_INPUT);
}

}  // namespace
}  // namespace swtee::cpu
