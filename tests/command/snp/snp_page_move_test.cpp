// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

constexpr Asid kAsid{1};
constexpr std::uint64_t kGpa = 0x7000;
constexpr std::uint64_t kSwapDisabled = snp::policy::kDefault | snp::policy::PageSwapDisable::mask;

std::vector<std::uint8_t> page_of(std::uint8_t value, std::size_t size = kPageSize) { return std::vector<std::uint8_t>(size, value); }

struct Move {
  SnpMachine machine;
  Spa gctx;
  Spa src;
  Spa dst;
  snp::SnpPageMoveBuffer buffer{};

  Move() {
    machine.init();
    gctx = machine.guest(GuestState::running, kAsid);
    src = machine.guest_page(kAsid, kGpa, page_of(0x5a));
    dst = machine.pre_guest_page(kAsid, kGpa);
    buffer.gctx_paddr = gctx.value;
    buffer.src_paddr = src.value;
    buffer.dst_paddr = dst.value;
  }
  Status call() { return machine.command(id::kPageMove, buffer); }
  void from(Spa page) { buffer.src_paddr = page.value; }
  void to(Spa page) { buffer.dst_paddr = page.value; }
};

const FaultList<Move> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Move& a) { a.machine.shutdown(); }},
    {"flag 1", "flags", Status::invalid_param, [](Move& a) { a.buffer.flags = a.buffer.flags | 2u; }},
    {"flag 31", "flags", Status::invalid_param, [](Move& a) { a.buffer.flags = a.buffer.flags | 0x80000000u; }},
    {"reserved field ch", "reserved", Status::invalid_param, [](Move& a) { a.buffer.reserved_ch = 1u; }},
    {"context page unaligned", "gctx", Status::invalid_address, [](Move& a) { a.buffer.gctx_paddr = a.gctx.value + 1; }},
    {"no context page", "gctx", Status::invalid_guest, [](Move& a) { a.buffer.gctx_paddr = a.src.value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](Move& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"guest without ASID", "gctx", Status::inactive,
     [](Move& a) {
       const Spa gctx = a.machine.gctx_create();
       ASSERT_EQ(a.machine.launch_start(gctx), Status::success);
       a.buffer.gctx_paddr = gctx.value;
     }},
    {"source unaligned", "src", Status::invalid_address, [](Move& a) { a.from(a.src + 0x10); }},
    {"source outside memory", "src", Status::invalid_address, [](Move& a) { a.from({kNoMemory}); }},
    {"target unaligned", "dst", Status::invalid_address, [](Move& a) { a.to(a.dst + 1); }},
    {"target outside memory", "dst", Status::invalid_address, [](Move& a) { a.to({kNoMemory}); }},
    {"source is Hypervisor", "src", Status::invalid_page_state, [](Move& a) { a.from(a.machine.take_page()); }},
    {"source is Guest-Valid", "src", Status::invalid_page_state,
     [](Move& a) { a.from(a.machine.guest_page(kAsid, kGpa, page_of(1), SWTEE_RMP_GUEST_VALID)); }},
    {"source is the target", "src", Status::invalid_page_state, [](Move& a) { a.from(a.dst); }},
    {"source is a metadata page", "src", Status::invalid_page_state, [](Move& a) { a.from(a.machine.metadata_page(a.gctx)); }},
    {"source is a 2 MiB page", "src", Status::invalid_page_size,
     [](Move& a) { a.from(a.machine.guest_page(kAsid, 0x200000, page_of(1), SWTEE_RMP_PRE_SWAP, false, true)); }},
    {"source of another ASID", "src", Status::invalid_page_owner, [](Move& a) { a.from(a.machine.guest_page({2}, kGpa, page_of(1))); }},
    {"target is the source", "dst", Status::invalid_page_state, [](Move& a) { a.to(a.src); }},
    {"target is Guest-Valid", "dst", Status::invalid_page_state,
     [](Move& a) { a.to(a.machine.guest_page(kAsid, kGpa, page_of(1), SWTEE_RMP_GUEST_VALID)); }},
    {"target is Firmware", "dst", Status::invalid_page_state, [](Move& a) { a.to(a.machine.firmware_page()); }},
    {"target is a 2 MiB page", "dst", Status::invalid_page_size,
     [](Move& a) { a.to(a.machine.pre_guest_page(kAsid, 0x200000, {}, true)); }},
    {"target of another ASID", "dst", Status::invalid_page_owner, [](Move& a) { a.to(a.machine.pre_guest_page({2}, kGpa)); }},
    {"target at another GPA", "dst", Status::invalid_param, [](Move& a) { a.to(a.machine.pre_guest_page(kAsid, kGpa + kPageSize)); }},
};
SWTEE_COMMAND_TESTS(SnpPageMove, Move, kFaults)

TEST(SnpPageMove, RefusesAGuestWhosePolicyForbidsSwapping) {
  Move a;
  a.buffer.gctx_paddr = a.machine.guest(GuestState::running, {2}, kSwapDisabled).value;
  a.from(a.machine.guest_page({2}, kGpa, page_of(1)));
  a.to(a.machine.pre_guest_page({2}, kGpa));
  expect_refused(a, Status::policy_failure, "policy bit 25");
}

TEST(SnpPageMove, TakesContentAndAttributesAlong) {
  Move a;
  RmpEntry wanted = *a.machine.machine().rmp().entry(a.src);
  wanted.vmsa = true;
  wanted.vmpl_permissions[1] = 3;
  wanted.vmpl_permissions[3] = 9;
  a.machine.machine().rmp().set_entry(a.src, wanted);
  ASSERT_EQ(a.call(), Status::success);
  const auto entry = a.machine.machine().rmp().entry(a.dst);
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_GUEST_VALID);
  EXPECT_TRUE(entry->vmsa);
  EXPECT_EQ(entry->gpa, kGpa);
  for (int vmpl = 0; vmpl < 4; ++vmpl) EXPECT_EQ(entry->vmpl_permissions[vmpl], wanted.vmpl_permissions[vmpl]) << vmpl;
  EXPECT_EQ(a.machine.read_as_guest(kAsid, a.dst, kPageSize), page_of(0x5a));
}

TEST(SnpPageMove, LeavesNothingInTheSource) {
  Move a;
  ASSERT_EQ(a.call(), Status::success);
  const auto entry = a.machine.machine().rmp().entry(a.src);
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_PRE_GUEST);
  EXPECT_FALSE(entry->vmsa);
  EXPECT_EQ(entry->vmpl_permissions[1], 0);
  std::vector<std::uint8_t> through_the_key(kPageSize);
  ASSERT_TRUE(a.machine.machine().memory().read(Access::psp_as_guest(kAsid), a.src, through_the_key).ok());
  EXPECT_NE(through_the_key, page_of(0x5a));
  ASSERT_EQ(a.machine.reclaim(a.src), Status::success);
  ASSERT_EQ(a.machine.rmpupdate(a.src, false), SWTEE_RMP_OK);
  EXPECT_TRUE(all_zero(a.machine.read(a.src, kPageSize)));
}

TEST(SnpPageMove, Moves2MiB) {
  Move a;
  std::vector<std::uint8_t> content = page_of(0x11, kLargePageSize);
  content[kLargePageSize - 1] = 0x99;
  a.from(a.machine.guest_page(kAsid, 0x400000, content, SWTEE_RMP_PRE_SWAP, false, true));
  const Spa dst = a.machine.pre_guest_page(kAsid, 0x400000, {}, true);
  a.to(dst);
  a.buffer.flags = 1u;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(dst + (kLargePageSize - kPageSize)), SWTEE_RMP_GUEST_VALID);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, dst, kLargePageSize), content);
}

}  // namespace
}  // namespace swtee::test
