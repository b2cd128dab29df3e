// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"

#include <swtee/abi/snp/metadata.h>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

struct MdInit {
  SnpMachine machine;
  Spa gctx;
  Spa page;
  snp::SnpPageMdInitBuffer buffer{};

  MdInit() {
    machine.init();
    gctx = machine.guest(GuestState::running);
    page = machine.take_page();
    machine.write(page, std::vector<std::uint8_t>(kPageSize, 0xee));
    EXPECT_EQ(machine.rmpupdate(page, true, {}, 0, true), SWTEE_RMP_OK);
    buffer.gctx_paddr = gctx.value;
    buffer.page_paddr = page.value;
  }
  Status call() { return machine.command(id::kPageMdInit, buffer); }
};

const FaultList<MdInit> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](MdInit& a) { a.machine.shutdown(); }},
    {"context page unaligned", "gctx", Status::invalid_address, [](MdInit& a) { a.buffer.gctx_paddr = a.gctx.value + 8; }},
    {"context page outside memory", "gctx", Status::invalid_address, [](MdInit& a) { a.buffer.gctx_paddr = kNoMemory; }},
    {"no context page", "gctx", Status::invalid_guest, [](MdInit& a) { a.buffer.gctx_paddr = a.page.value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](MdInit& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"page unaligned", "page", Status::invalid_address, [](MdInit& a) { a.buffer.page_paddr = a.page.value + 0x40; }},
    {"page outside memory", "page", Status::invalid_address, [](MdInit& a) { a.buffer.page_paddr = kNoMemory; }},
    {"page is Hypervisor", "page", Status::invalid_page_state, [](MdInit& a) { a.buffer.page_paddr = a.machine.take_page().value; }},
    {"page is Context", "page", Status::invalid_page_state, [](MdInit& a) { a.buffer.page_paddr = a.gctx.value; }},
    {"page is Metadata", "page", Status::invalid_page_state, [](MdInit& a) { a.buffer.page_paddr = a.machine.metadata_page(a.gctx).value; }},
    {"page of a 2 MiB entry", "page", Status::invalid_page_size, [](MdInit& a) { a.buffer.page_paddr = a.machine.firmware_page(true).value; }},
    {"page inside a 2 MiB entry", "page", Status::invalid_page_size,
     [](MdInit& a) { a.buffer.page_paddr = a.machine.firmware_page(true).value + kPageSize; }},
};
SWTEE_COMMAND_TESTS(SnpPageMdInit, MdInit, kFaults)

TEST(SnpPageMdInit, BindsAnEmptyPageToTheGuest) {
  MdInit a;
  ASSERT_EQ(a.call(), Status::success);
  const auto entry = a.machine.machine().rmp().entry(a.page);
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_METADATA);
  EXPECT_EQ(entry->gpa, a.gctx.value);
  EXPECT_TRUE(all_zero(a.machine.read(a.page, kPageSize)));
}

TEST(SnpPageMdInit, WorksForAGuestWithoutAsid) {
  MdInit a;
  const Spa gctx = a.machine.gctx_create();
  ASSERT_EQ(a.machine.launch_start(gctx), Status::success);
  a.buffer.gctx_paddr = gctx.value;
  EXPECT_EQ(a.call(), Status::success);
}

/// The host cannot write to it, and has it back with SNP_PAGE_RECLAIM.
TEST(SnpPageMdInit, TakesThePageFromTheHostUntilReclaim) {
  MdInit a;
  ASSERT_EQ(a.call(), Status::success);
  const Bytes<8> forged{0xff};
  EXPECT_FALSE(a.machine.machine().memory().write(Access::host(), a.page, forged).ok());
  EXPECT_EQ(a.machine.rmpupdate(a.page, false), SWTEE_RMP_FAIL_PERMISSION);
  ASSERT_EQ(a.machine.reclaim(a.page), Status::success);
  EXPECT_EQ(a.machine.rmpupdate(a.page, false), SWTEE_RMP_OK);
}

/// The RMP could not tell the page from a Firmware page.
TEST(SnpPageMdInit, RefusesAContextPageAtAddressZero) {
  MdInit a;
  ASSERT_EQ(a.machine.rmpupdate({0}, true, {}, 0, true), SWTEE_RMP_OK);
  ASSERT_EQ(a.machine.gctx_command(id::kGctxCreate, {0}), Status::success);
  ASSERT_EQ(a.machine.launch_start({0}), Status::success);
  a.buffer.gctx_paddr = std::uint64_t{0};
  expect_refused(a, Status::invalid_address, "context page at 0");
}

}  // namespace
}  // namespace swtee::test
