// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

struct HvReport {
  SnpMachine machine;
  Spa gctx;
  Spa page;
  snp::SnpHvReportReqBuffer buffer{};
  HvReport() {
    machine.init();
    gctx = machine.guest(GuestState::running);
    page = machine.firmware_page();
    buffer.length = sizeof(buffer);
    buffer.gctx_paddr = gctx.value;
    buffer.report_paddr = page.value;
  }
  Status call() { return machine.command(id::kHvReportReq, buffer); }
};

const FaultList<HvReport> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](HvReport& a) { a.machine.shutdown(); }},
    {"length 23", "length", Status::invalid_len, [](HvReport& a) { a.buffer.length = 23u; }},
    {"reserved bit 2", "key", Status::invalid_param, [](HvReport& a) { a.buffer.key_select = 4u; }},
    {"reserved bit 31", "key", Status::invalid_param, [](HvReport& a) { a.buffer.key_select = 0x80000000u; }},
    {"context unaligned", "gctx", Status::invalid_address, [](HvReport& a) { a.buffer.gctx_paddr = a.gctx.value + 8; }},
    {"no context", "gctx", Status::invalid_guest, [](HvReport& a) { a.buffer.gctx_paddr = a.page.value; }},
    {"guest in LAUNCH", "gctx", Status::invalid_guest_state,
     [](HvReport& a) { a.buffer.gctx_paddr = a.machine.guest(GuestState::launch, {2}).value; }},
    {"page unaligned", "page", Status::invalid_address, [](HvReport& a) { a.buffer.report_paddr = a.page.value + 0x100; }},
    {"page outside memory", "page", Status::invalid_address, [](HvReport& a) { a.buffer.report_paddr = kNoMemory; }},
    {"page is Hypervisor", "page", Status::invalid_page_state, [](HvReport& a) { a.buffer.report_paddr = a.machine.take_page().value; }},
    {"KEY_SEL 3", "key", Status::invalid_param, [](HvReport& a) { a.buffer.key_select = 3u; }},
    {"VLEK that is not loaded", "key", Status::invalid_key, [](HvReport& a) { a.buffer.key_select = 2u; }},
};
SWTEE_COMMAND_TESTS(SnpHvReportReq, HvReport, kFaults)

TEST(SnpHvReportReq, RefusesTheVcekOfAGuestThatForbadeIt) {
  HvReport a;
  LaunchOptions options;
  options.asid = {2};
  options.vcek_disabled = true;
  a.buffer.gctx_paddr = SnpGuest(a.machine, options).gctx.value;
  expect_refused(a, Status::invalid_key, "VCEK_DIS");
}

}  // namespace
}  // namespace swtee::test
