// SPDX-License-Identifier: Apache-2.0
/// Every misuse of a page by a guest or its host has its exact outcome: page_misuse_matrix.h walked, then what needs more than
/// one page to say.
#include "sim/cpu/guest_core.h"
#include "sim/cpu/rmp_instructions.h"
#include "tests/unit/sim/cpu/page_misuse_matrix.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace swtee::cpu {
namespace {

using namespace misuse;

constexpr Asid kOwner{5};
constexpr Asid kOther{6};
constexpr Gpa kGpa{0x10000};
constexpr Spa kSpa{0x203000};
constexpr std::uint64_t kKindBits = SWTEE_NPF_WRITE | SWTEE_NPF_EXECUTE | SWTEE_NPF_USER;

memory::MemorySettings settings() {
  memory::MemorySettings s;
  s.size = 0x4000000;
  return s;
}

RmpEntry entry_in(swtee_rmp_state state) {
  RmpEntry e{};
  const bool guests = state >= SWTEE_RMP_PRE_GUEST;
  e.assigned = state != SWTEE_RMP_HYPERVISOR && state != SWTEE_RMP_HV_FIXED;
  e.immutable = state != SWTEE_RMP_HYPERVISOR && state != SWTEE_RMP_RECLAIM && state < SWTEE_RMP_GUEST_INVALID;
  e.validated = state == SWTEE_RMP_PRE_SWAP || state == SWTEE_RMP_GUEST_VALID;
  e.vmsa = state == SWTEE_RMP_CONTEXT;
  e.asid = guests ? kOwner.value : 0;
  e.gpa = guests ? kGpa.value : state == SWTEE_RMP_METADATA ? 0x9000 : 0;
  if (guests) e.vmpl_permissions[0] = SWTEE_VMPL_ALL;
  return e;
}

/// A page in a state, mapped by the host for its owner and for another guest.
struct Scene {
  memory::MemoryController memory{settings()};
  NestedPageTable table;
  RunningVmsas running;
  std::vector<std::uint8_t> data = std::vector<std::uint8_t>(8, 0x5a);

  explicit Scene(swtee_rmp_state state) {
    memory.load_key(kOwner, Bytes<64>{1, 2, 3});
    memory.load_key(kOther, Bytes<64>{4, 5, 6});
    memory.rmp().set_entry(kSpa, entry_in(state));
    table.map(kGpa, kSpa);
  }
  GuestCore core(Asid asid = kOwner, std::uint8_t vmpl = 0) { return {memory, table, running, asid, vmpl}; }
  swtee_rmp_state state(Spa page = kSpa) const {
    const auto e = memory.rmp().entry(page);
    return swtee_rmp_state_of(&*e);
  }
  std::vector<std::uint8_t> raw(Spa page = kSpa) {
    std::vector<std::uint8_t> bytes(kPageSize);
    EXPECT_TRUE(memory.read(Access::bus(), page, bytes).ok());
    return bytes;
  }
  swtee_rmp_result assign(Spa page, Gpa gpa, Asid asid = kOwner, bool large = false) {
    RmpEntry e{};
    e.assigned = true;
    e.asid = asid.value;
    e.gpa = gpa.value;
    e.large = large;
    return rmpupdate(memory.rmp(), page, e);
  }
  swtee_guest_outcome read(Gpa at = kGpa) { return core().read(at, data); }
};

struct Act {
  const char* what;
  std::function<swtee_guest_outcome(Scene&)> perform;
};
const std::vector<Act> kActs{
    {"read, C-bit", [](Scene& s) { return s.core().read(kGpa, s.data); }},
    {"write, C-bit", [](Scene& s) { return s.core().write(kGpa, s.data); }},
    {"execute, C-bit", [](Scene& s) { return s.core().read(kGpa, s.data, {true, true, false}); }},
    {"read, no C-bit", [](Scene& s) { return s.core().read(kGpa, s.data, {false}); }},
    {"write, no C-bit", [](Scene& s) { return s.core().write(kGpa, s.data, {false}); }},
    {"read at VMPL1", [](Scene& s) { return s.core(kOwner, 1).read(kGpa, s.data); }},
    {"write at VMPL3", [](Scene& s) { return s.core(kOwner, 3).write(kGpa, s.data); }},
    {"another guest reads, C-bit", [](Scene& s) { return s.core(kOther).read(kGpa, s.data); }},
    {"another guest reads, no C-bit", [](Scene& s) { return s.core(kOther).read(kGpa, s.data, {false}); }},
    {"PVALIDATE 1", [](Scene& s) { return s.core().pvalidate(kGpa, 0, true); }},
    {"PVALIDATE 0", [](Scene& s) { return s.core().pvalidate(kGpa, 0, false); }},
    {"PVALIDATE 1 at VMPL1", [](Scene& s) { return s.core(kOwner, 1).pvalidate(kGpa, 0, true); }},
    {"another guest's PVALIDATE 1", [](Scene& s) { return s.core(kOther).pvalidate(kGpa, 0, true); }},
    {"RMPADJUST of VMPL1", [](Scene& s) { return s.core().rmpadjust(kGpa, 0, 1 | SWTEE_VMPL_READ << 8); }},
    {"RMPADJUST of VMPL1 at VMPL1", [](Scene& s) { return s.core(kOwner, 1).rmpadjust(kGpa, 0, 1); }},
    {"RMPQUERY of VMPL1",
     [](Scene& s) {
       RmpAttributes attributes;
       return s.core().rmpquery(kGpa, 1, attributes);
     }},
};

void expect_outcome(const swtee_guest_outcome& outcome, const Expected& expected, const std::string& cell) {
  EXPECT_EQ(outcome.event, expected.event) << cell;
  EXPECT_EQ(outcome.event == SWTEE_GUEST_NPF ? outcome.error & ~kKindBits : outcome.error, expected.error) << cell;
  EXPECT_EQ(outcome.eax, expected.eax) << cell;
  EXPECT_EQ(outcome.carry, expected.carry) << cell;
}

TEST(PageMisuse, HasOneActForEachRow) {
  ASSERT_EQ(std::size(kRows), kActs.size());
  for (std::size_t i = 0; i < kActs.size(); ++i) EXPECT_STREQ(kRows[i].what, kActs[i].what);
}

TEST(PageMisuse, HasItsOutcomeInEachState) {
  for (std::size_t row = 0; row < kActs.size(); ++row)
    for (std::size_t column = 0; column < kStates.size(); ++column) {
      const Expected& expected = kRows[row].outcomes[column];
      const std::string cell = std::string(kActs[row].what) + ", " + kStateNames[column];
      Scene scene(kStates[column]);
      ASSERT_EQ(scene.state(), kStates[column]);
      const auto before = scene.raw();
      expect_outcome(kActs[row].perform(scene), expected, cell);
      EXPECT_EQ(scene.state(), expected.becomes == SWTEE_RMP_UNDEFINED ? kStates[column] : expected.becomes) << cell;
      if (expected.event != SWTEE_GUEST_DONE) {
        EXPECT_EQ(scene.raw(), before) << cell << ": a refused access wrote";
        EXPECT_EQ(scene.data, std::vector<std::uint8_t>(8, 0x5a)) << cell << ": a refused access read";
      }
    }
}

TEST(PageMisuse, SaysWhatKindOfAccessFaulted) {
  Scene s(SWTEE_RMP_FIRMWARE);
  EXPECT_EQ(s.core().write(kGpa, s.data).error, kRmpFault | SWTEE_NPF_ENC | SWTEE_NPF_WRITE);
  EXPECT_EQ(s.core().read(kGpa, s.data, {true, true, true}).error, kRmpFault | SWTEE_NPF_ENC | SWTEE_NPF_EXECUTE | SWTEE_NPF_USER);
}

// A host reads every page and sees ciphertext where it is a guest's; it and devices write to what is nobody's only.
TEST(PageMisuse, LetsTheHostReadCiphertextAndWriteNothingThatIsAssigned) {
  for (std::size_t column = 0; column < kStates.size(); ++column) {
    const bool nobodys = kStates[column] == SWTEE_RMP_HYPERVISOR || kStates[column] == SWTEE_RMP_HV_FIXED;
    Scene s(SWTEE_RMP_GUEST_VALID);
    EXPECT_EQ(s.core().write(kGpa, s.data).event, SWTEE_GUEST_DONE);
    s.memory.rmp().set_entry(kSpa, entry_in(kStates[column]));
    const auto before = s.raw();
    std::vector<std::uint8_t> seen(8);
    EXPECT_TRUE(s.memory.read(Access::host(), kSpa, seen).ok()) << kStateNames[column];
    EXPECT_NE(seen, s.data) << kStateNames[column];
    for (const Access& access : {Access::host(), Access{Access::Agent::device}}) {
      const auto written = s.memory.write(access, kSpa, s.data);
      EXPECT_EQ(written.ok(), nobodys) << kStateNames[column];
      if (!written.ok()) {
        EXPECT_EQ(written.error(), MemoryFault::rmp_violation);
        EXPECT_EQ(s.raw(), before) << kStateNames[column];
      }
    }
  }
}

// What the host may map in place of a guest's page, and that its content never comes through.
TEST(PageMisuse, FaultsOnWhateverTheHostMapsInstead) {
  struct Lie {
    const char* what;
    Spa spa;
    Expected expected;
  };
  Scene s(SWTEE_RMP_GUEST_VALID);
  ASSERT_EQ(s.core().write(kGpa, s.data).event, SWTEE_GUEST_DONE);
  ASSERT_EQ(s.assign({0x206000}, {0x55000}), SWTEE_RMP_OK);
  ASSERT_EQ(s.assign({0x207000}, kGpa, kOther), SWTEE_RMP_OK);
  ASSERT_EQ(s.assign({0x208000}, kGpa), SWTEE_RMP_OK);
  s.memory.rmp().set_entry({0x209000}, entry_in(SWTEE_RMP_FIRMWARE));
  s.memory.rmp().set_entry({0x20a000}, entry_in(SWTEE_RMP_PRE_SWAP));
  const Lie lies[] = {
      {"a hypervisor page", {0x205000}, npfE},         {"its own page of another GPA", {0x206000}, npfE},
      {"another guest's page", {0x207000}, npfE},      {"a fresh page for the same GPA", {0x208000}, vc},
      {"a firmware page", {0x209000}, npfE},           {"its page that is being swapped out", {0x20a000}, npfE},
      {"the table itself", {s.memory.rmp().layout().base.value}, npfE},
  };
  for (const Lie& lie : lies) {
    s.table.map(kGpa, lie.spa);
    std::vector<std::uint8_t> seen(8, 1);
    expect_outcome(s.core().read(kGpa, seen), lie.expected, lie.what);
    EXPECT_EQ(seen, std::vector<std::uint8_t>(8, 1)) << lie.what;
    EXPECT_NE(s.core().write(kGpa, seen).event, SWTEE_GUEST_DONE) << lie.what;
  }
  s.table.map(kGpa, kSpa);
  std::vector<std::uint8_t> seen(8);
  EXPECT_EQ(s.core().read(kGpa, seen).event, SWTEE_GUEST_DONE);
  EXPECT_EQ(seen, s.data) << "nothing of this touched the guest's page";
}

constexpr Gpa kLargeGpa{0x400000};
constexpr Spa kLargeSpa{0x600000};

TEST(PageMisuse, FaultsWhenMappingAndEntryDifferInSize) {
  Scene s(SWTEE_RMP_GUEST_VALID);
  ASSERT_EQ(s.assign(kLargeSpa, kLargeGpa, kOwner, true), SWTEE_RMP_OK);
  s.table.map(kLargeGpa, kLargeSpa, true);
  ASSERT_EQ(s.core().pvalidate(kLargeGpa, 1, true).eax, SWTEE_RMP_OK);
  expect_outcome(s.read(kLargeGpa), done, "2 MiB both");

  // 4 KiB in the nested page table, 2 MiB in the RMP.
  s.table.map(kLargeGpa, kLargeSpa);
  expect_outcome(s.read(kLargeGpa), npfE, "mapped in 4 KiB");
  const Expected size{SWTEE_GUEST_NPF, kRmpFault | SWTEE_NPF_ENC | SWTEE_NPF_SIZEM};
  expect_outcome(s.core().pvalidate(kLargeGpa, 0, false), size, "PVALIDATE of 4 KiB in a 2 MiB entry");
  expect_outcome(s.core().rmpadjust(kLargeGpa, 0, 1), size, "RMPADJUST of 4 KiB in a 2 MiB entry");

  // The other way round: PSMASH under a 2 MiB mapping.
  s.table.map(kLargeGpa, kLargeSpa, true);
  ASSERT_EQ(psmash(s.memory.rmp(), kLargeSpa), SWTEE_RMP_OK);
  expect_outcome(s.read(kLargeGpa), npfE, "mapped in 2 MiB");
  const Expected mismatch{SWTEE_GUEST_DONE, 0, 6};
  expect_outcome(s.core().pvalidate(kLargeGpa, 1, false), mismatch, "PVALIDATE of 2 MiB over 4 KiB entries");
  expect_outcome(s.core().rmpadjust(kLargeGpa, 1, 1), mismatch, "RMPADJUST of 2 MiB over 4 KiB entries");
  const Expected input{SWTEE_GUEST_DONE, 0, 1};
  expect_outcome(s.core().pvalidate({kLargeGpa.value + kPageSize}, 1, true), input, "PVALIDATE of 2 MiB, misaligned");
  expect_outcome(s.core().rmpadjust({kLargeGpa.value + kPageSize}, 1, 1), input, "RMPADJUST of 2 MiB, misaligned");
}

TEST(PageMisuse, LosesContentAndValidationOnAConversionToSharedAndBack) {
  Scene s(SWTEE_RMP_GUEST_VALID);
  ASSERT_EQ(s.core().write(kGpa, s.data).event, SWTEE_GUEST_DONE);
  // The host takes the page without the guest's PVALIDATE(0), as it may at any time, and gives it back.
  ASSERT_EQ(rmpupdate(s.memory.rmp(), kSpa, RmpEntry{}), SWTEE_RMP_OK);
  expect_outcome(s.read(), npfE, "the page left the guest");
  std::vector<std::uint8_t> shared(8);
  expect_outcome(s.core().read(kGpa, shared, {false}), done, "shared");
  EXPECT_NE(shared, s.data) << "the private content is not carried over";
  ASSERT_TRUE(s.memory.write(Access::host(), kSpa, std::vector<std::uint8_t>(8, 0)).ok());
  ASSERT_EQ(s.assign(kSpa, kGpa), SWTEE_RMP_OK);
  expect_outcome(s.read(), vc, "private again, not validated");
  ASSERT_EQ(s.core().pvalidate(kGpa, 0, true).carry, false);
  std::vector<std::uint8_t> again(8);
  expect_outcome(s.core().read(kGpa, again), done, "validated again");
  EXPECT_NE(again, s.data);
}

// KVM skips RMPUPDATE for a page that is assigned already. A host that does issue it with what the page has keeps Validated;
// either way the guest's next PVALIDATE says that nothing changed, and Linux ends itself.
TEST(PageMisuse, TellsAGuestThatAsksTwiceForPrivate) {
  Scene s(SWTEE_RMP_GUEST_VALID);
  ASSERT_EQ(s.assign(kSpa, kGpa), SWTEE_RMP_OK);
  expect_outcome(s.core().pvalidate(kGpa, 0, true), carry, "private twice");
}

TEST(PageMisuse, KeepsAVmplToItsPermissions) {
  Scene s(SWTEE_RMP_GUEST_VALID);
  ASSERT_EQ(s.core().rmpadjust(kGpa, 0, 1 | (SWTEE_VMPL_READ | SWTEE_VMPL_EXECUTE_USER) << 8).eax, SWTEE_RMP_OK);
  GuestCore vmpl1 = s.core(kOwner, 1);
  expect_outcome(vmpl1.read(kGpa, s.data), done, "read");
  expect_outcome(vmpl1.read(kGpa, s.data, {true, true, true}), done, "user execute");
  expect_outcome(vmpl1.read(kGpa, s.data, {true, true, false}), vmpl, "supervisor execute");
  expect_outcome(vmpl1.write(kGpa, s.data), vmpl, "write");
  expect_outcome(vmpl1.rmpadjust(kGpa, 0, 2 | SWTEE_VMPL_WRITE << 8), perm, "more than it has");
  expect_outcome(s.core(kOwner, 2).read(kGpa, s.data), vmpl, "VMPL2 has nothing");
}

TEST(PageMisuse, RefusesToTouchAVmsaInUse) {
  Scene s(SWTEE_RMP_GUEST_VALID);
  s.running.insert(kSpa.value);
  const Expected in_use{SWTEE_GUEST_DONE, 0, 3};
  expect_outcome(s.core().rmpadjust(kGpa, 0, 1), in_use, "RMPADJUST of a running VMSA");
  s.running.clear();
  expect_outcome(s.core().rmpadjust(kGpa, 0, 1 | 1 << 16), done, "of one that does not run");
  EXPECT_TRUE(s.memory.rmp().entry(kSpa)->vmsa);
  expect_outcome(s.core(kOwner, 1).rmpadjust(kGpa, 0, 2), done, "VMPL1 does not change the VMSA mark");
  EXPECT_TRUE(s.memory.rmp().entry(kSpa)->vmsa);
}

TEST(PageMisuse, FaultsWithoutRmpBitWhereNothingIsMapped) {
  Scene s(SWTEE_RMP_GUEST_VALID);
  const Expected missing{SWTEE_GUEST_NPF, SWTEE_NPF_FINAL_GPA};
  expect_outcome(s.read({0x99000}), missing, "access");
  expect_outcome(s.core().pvalidate({0x99000}, 0, true), missing, "PVALIDATE");
}

}  // namespace
}  // namespace swtee::cpu
