// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"

#include <functional>

namespace swtee::test {
namespace {

using snp::Status;

constexpr std::uint64_t kGpa = 0x600000;
constexpr std::size_t kSmallPages = 512;

/// 512 Pre-Guest pages in sequence, as PSMASH leaves them.
struct Unsmash {
  SnpMachine machine;
  Spa page;
  snp::SnpPageUnsmashBuffer buffer{};

  Unsmash() {
    machine.init();
    page = machine.take_large_page();
    for (std::size_t i = 0; i < kSmallPages; ++i)
      EXPECT_EQ(machine.rmpupdate(page + i * kPageSize, true, {1}, kGpa + i * kPageSize, true), SWTEE_RMP_OK);
    buffer.page_paddr = page.value;
  }
  Status call() { return machine.command(id::kPageUnsmash, buffer); }
  void change(std::size_t i, const std::function<void(RmpEntry&)>& change) {
    RmpEntry entry = *machine.machine().rmp().entry(page + i * kPageSize);
    change(entry);
    machine.machine().rmp().set_entry(page + i * kPageSize, entry);
  }
  void change_all(const std::function<void(RmpEntry&)>& what) {
    for (std::size_t i = 0; i < kSmallPages; ++i) change(i, what);
  }
};

const FaultList<Unsmash> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Unsmash& a) { a.machine.shutdown(); }},
    {"page aligned to 4 KiB only", "page", Status::invalid_address, [](Unsmash& a) { a.buffer.page_paddr = a.page.value + kPageSize; }},
    {"bit 0 set", "page", Status::invalid_address, [](Unsmash& a) { a.buffer.page_paddr = a.page.value | 1; }},
    {"page outside memory", "page", Status::invalid_address, [](Unsmash& a) { a.buffer.page_paddr = kNoMemory; }},
    {"pages are Hypervisor", "state", Status::invalid_page_state, [](Unsmash& a) { a.change_all([](RmpEntry& e) { e = {}; }); }},
    {"pages are Firmware", "state", Status::invalid_page_state, [](Unsmash& a) { a.change_all([](RmpEntry& e) { e.asid = 0, e.gpa = 0; }); }},
    {"pages are Guest-Invalid", "state", Status::invalid_page_state, [](Unsmash& a) { a.change_all([](RmpEntry& e) { e.immutable = false; }); }},
    {"the last is Pre-Swap", "state", Status::invalid_page_state, [](Unsmash& a) { a.change(511, [](RmpEntry& e) { e.validated = true; }); }},
    {"one is the host's", "state", Status::invalid_page_state, [](Unsmash& a) { a.change(7, [](RmpEntry& e) { e = {}; }); }},
    {"one is a VMSA", "state", Status::invalid_page_state, [](Unsmash& a) { a.change(9, [](RmpEntry& e) { e.vmsa = true; }); }},
    {"one is another guest's", "owner", Status::invalid_page_owner, [](Unsmash& a) { a.change(100, [](RmpEntry& e) { e.asid = 2; }); }},
    {"the last is another guest's", "owner", Status::invalid_page_owner, [](Unsmash& a) { a.change(511, [](RmpEntry& e) { e.asid = 2; }); }},
    {"two GPAs exchanged", "gpa", Status::invalid_page_state,
     [](Unsmash& a) { a.change(3, [](RmpEntry& e) { e.gpa += kPageSize; }), a.change(4, [](RmpEntry& e) { e.gpa -= kPageSize; }); }},
    {"GPAs not 2 MiB aligned", "gpa", Status::invalid_page_state, [](Unsmash& a) { a.change_all([](RmpEntry& e) { e.gpa += kPageSize; }); }},
    {"one has other permissions", "vmpl", Status::invalid_page_state,
     [](Unsmash& a) { a.change(200, [](RmpEntry& e) { e.vmpl_permissions[2] = 1; }); }},
};

TEST(SnpPageUnsmash, RefusesEachFaultAloneAndChangesNothing) { expect_each_alone<Unsmash>(kFaults); }
TEST(SnpPageUnsmash, ChangesNothingWhenTheHardwareFails) { expect_hardware_errors<Unsmash>(); }

/// By hand: a page has one state, so faults of the RMP entries cannot all be had together.
TEST(SnpPageUnsmash, ReportsTheStateBeforeTheOwnerBeforeTheGpa) {
  Unsmash a;
  a.change(5, [](RmpEntry& e) { e.gpa += kPageSize; });
  a.change(6, [](RmpEntry& e) { e.asid = 2; });
  expect_refused(a, Status::invalid_page_owner, "owner and GPA");
  a.change(511, [](RmpEntry& e) { e.validated = true; });
  expect_refused(a, Status::invalid_page_state, "state and owner");
}

TEST(SnpPageUnsmash, RefusesA2MiBPage) {
  Unsmash a;
  a.buffer.page_paddr = a.machine.pre_guest_page({1}, kGpa, {}, true).value;
  expect_refused(a, Status::invalid_page_size, "2 MiB already");
}

TEST(SnpPageUnsmash, JoinsPreGuestPages) {
  Unsmash a;
  ASSERT_EQ(a.call(), Status::success);
  const auto first = a.machine.machine().rmp().entry(a.page);
  EXPECT_TRUE(first->large);
  EXPECT_EQ(first->gpa, kGpa);
  EXPECT_EQ(first->asid, 1u);
  EXPECT_EQ(swtee_rmp_state_of(&*first), SWTEE_RMP_PRE_GUEST);
  const auto last = a.machine.machine().rmp().entry(a.page + (kLargePageSize - kPageSize));
  EXPECT_TRUE(last->large);
  EXPECT_EQ(last->gpa, kGpa + kLargePageSize - kPageSize);
  EXPECT_FALSE(a.machine.machine().rmp().has_small_entries(a.page));
}

TEST(SnpPageUnsmash, JoinsPreSwapPagesAndKeepsWhatTheyHold) {
  Unsmash a;
  const std::vector<std::uint8_t> content(kLargePageSize, 0x3c);
  ASSERT_TRUE(a.machine.machine().memory().write(Access::psp_as_guest({1}), a.page, content).ok());
  a.change_all([](RmpEntry& e) { e.validated = true, e.vmpl_permissions[1] = 5; });
  ASSERT_EQ(a.call(), Status::success);
  const auto entry = a.machine.machine().rmp().entry(a.page);
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_PRE_SWAP);
  EXPECT_EQ(entry->vmpl_permissions[1], 5);
  ASSERT_EQ(a.machine.reclaim(a.page, true), Status::success);
  EXPECT_EQ(a.machine.read_as_guest({1}, a.page, kLargePageSize), content);
}

}  // namespace
}  // namespace swtee::test
