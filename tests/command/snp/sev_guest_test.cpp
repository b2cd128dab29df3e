// SPDX-License-Identifier: Apache-2.0
/// Legacy SEV: ACTIVATE, DEACTIVATE, DECOMMISSION, GUEST_STATUS, ATTESTATION_REPORT, DBG_*, and what SNP and legacy guests share.
#include "firmware/keys/sev_certificate.h"
#include "tests/support/sev_host.h"
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::Status;

struct Guest {
  SnpMachine machine;
  SevHost host{machine};
  std::uint32_t handle = 0;
  explicit Guest(std::uint32_t policy = 0) {
    EXPECT_EQ(host.init(), Status::success);
    handle = host.launch_start(policy);
  }
};

struct Activate : Guest {
  sev::ActivateBuffer buffer{};
  Activate() {
    buffer.handle = handle;
    buffer.asid = 7u;
    EXPECT_EQ(host.activate(host.launch_start(), {5}), Status::success);
    const std::uint32_t gone = host.launch_start();
    EXPECT_EQ(host.activate(gone, {6}), Status::success);
    EXPECT_EQ(host.handle_command(sev_id::kDeactivate, gone), Status::success);
  }
  Status call() { return machine.command(sev_id::kActivate, buffer); }
};
struct ActivateEx : Activate {
  sev::ActivateExBuffer buffer{};
  ActivateEx() {
    buffer.length = 0x18u;
    buffer.handle = handle;
    buffer.asid = 7u;
    buffer.num_ids = 4u;
    buffer.ids_paddr = machine.take_page().value;
  }
  Status call() { return machine.command(sev_id::kActivateEx, buffer); }
};
template <class A>
FaultList<A> with_binding_faults(FaultList<A> faults) {
  const FaultList<A> binding{
      {"nobody", "guest", Status::invalid_guest, [](A& a) { a.buffer.handle = 99u; }},
      {"ASID 0", "asid", Status::invalid_asid, [](A& a) { a.buffer.asid = 0u; }},
      {"ASID beyond the last", "asid", Status::invalid_asid, [](A& a) { a.buffer.asid = 0x10000u; }},
      {"active", "guest", Status::active, [](A& a) { a.host.activate(a.handle, {8}); }},
      {"ASID of another", "asid", Status::asid_owned, [](A& a) { a.buffer.asid = 5u; }},
      {"ASID not flushed", "asid", Status::dfflush_required, [](A& a) { a.buffer.asid = 6u; }},
  };
  faults.insert(faults.end(), binding.begin(), binding.end());
  return faults;
}
const FaultList<Activate> kActivateFaults = with_binding_faults<Activate>(
    {{"not initialised", "platform", Status::invalid_platform_state, [](Activate& a) { a.host.shutdown(); }}});
SWTEE_COMMAND_TESTS(SevActivate, Activate, kActivateFaults)
const FaultList<ActivateEx> kActivateExFaults = with_binding_faults<ActivateEx>({
    {"length 20", "length", Status::invalid_len, [](ActivateEx& a) { a.buffer.length = 20u; }},
    {"no ids", "ids", Status::invalid_param, [](ActivateEx& a) { a.buffer.num_ids = 0u; }},
    {"too many ids", "ids", Status::invalid_param, [](ActivateEx& a) { a.buffer.num_ids = 1025u; }},
    {"ids outside memory", "ids address", Status::invalid_address, [](ActivateEx& a) { a.buffer.ids_paddr = kNoMemory; }},
});
SWTEE_COMMAND_TESTS(SevActivateEx, ActivateEx, kActivateExFaults)

TEST(SevActivateEx, BindsAsActivateDoes) {
  ActivateEx a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.host.guest_status(a.handle).asid, 7u);
}

TEST(SevActivate, BindsUntilDeactivateAndFlush) {
  Guest a;
  ASSERT_EQ(a.host.activate(a.handle, {7}), Status::success);
  EXPECT_EQ(a.host.guest_status(a.handle).asid, 7u);
  EXPECT_EQ(a.host.handle_command(sev_id::kDecommission, a.handle), Status::active);
  ASSERT_EQ(a.host.handle_command(sev_id::kDeactivate, a.handle), Status::success);
  EXPECT_EQ(a.host.guest_status(a.handle).asid, 0u);
  EXPECT_EQ(a.host.handle_command(sev_id::kDeactivate, a.handle), Status::inactive);
  EXPECT_EQ(a.host.activate(a.handle, {7}), Status::dfflush_required);
  EXPECT_EQ(a.machine.command(sev_id::kDfFlush), Status::wbinvd_required);
  a.machine.machine().cores().wbinvd_all();
  ASSERT_EQ(a.machine.command(sev_id::kDfFlush), Status::success);
  EXPECT_EQ(a.host.activate(a.handle, {7}), Status::success);
}

TEST(SevActivate, DrawsFromTheSameAsidsAsSnp) {
  Guest a;
  ASSERT_EQ(a.host.handle_command(sev_id::kDecommission, a.handle), Status::success);
  a.machine.init();
  const std::uint32_t handle = a.host.launch_start();
  const Spa gctx = a.machine.guest(snp::GuestState::launch, {4});
  EXPECT_EQ(a.host.activate(handle, {4}), Status::asid_owned);
  ASSERT_EQ(a.host.activate(handle, {5}), Status::success);
  const Spa other = a.machine.gctx_create();
  ASSERT_EQ(a.machine.launch_start(other), Status::success);
  EXPECT_EQ(a.machine.activate(other, {5}), Status::asid_owned);

  // SNP goes and takes its own ASIDs along, not those of legacy guests.
  ASSERT_EQ(a.machine.shutdown(), Status::success);
  const std::uint32_t second = a.host.launch_start();
  EXPECT_EQ(a.host.activate(second, {5}), Status::asid_owned);
  EXPECT_EQ(a.host.activate(second, {4}), Status::success);
  (void)gctx;
}

TEST(SevGuest, KeepsSnpFromBeingInitialised) {
  Guest a;
  const std::uint64_t before = state_hash(a.machine);
  EXPECT_EQ(a.machine.command(id::kInit), Status::invalid_platform_state);
  EXPECT_EQ(state_hash(a.machine), before);
  ASSERT_EQ(a.host.handle_command(sev_id::kDecommission, a.handle), Status::success);
  EXPECT_EQ(a.machine.command(id::kInit), Status::success);
}

TEST(SevGuest, LeavesADirtyAsidThatSnpDoesNotTakeUnflushed) {
  Guest a;
  ASSERT_EQ(a.host.activate(a.handle, {3}), Status::success);
  ASSERT_EQ(a.host.shutdown(), Status::success);
  ASSERT_EQ(a.machine.command(id::kInit), Status::success);
  const Spa gctx = a.machine.gctx_create();
  ASSERT_EQ(a.machine.launch_start(gctx), Status::success);
  EXPECT_EQ(a.machine.activate(gctx, {3}), Status::dfflush_required);
  EXPECT_EQ(a.machine.command(id::kDfFlush), Status::wbinvd_required);
  a.machine.wbinvd_and_flush();
  EXPECT_EQ(a.machine.activate(gctx, {3}), Status::success);
}

struct Handle : Guest {
  sev::HandleBuffer buffer{};
  Handle() { buffer.handle = handle; }
};
struct Deactivate : Handle {
  Deactivate() { EXPECT_EQ(host.activate(handle, {2}), Status::success); }
  Status call() { return machine.command(sev_id::kDeactivate, buffer); }
};
struct Decommission : Handle {
  Status call() { return machine.command(sev_id::kDecommission, buffer); }
};
struct GuestStatus : Guest {
  sev::GuestStatusBuffer buffer{};
  GuestStatus() { buffer.handle = handle; }
  Status call() { return machine.command(sev_id::kGuestStatus, buffer); }
};
template <class A>
FaultList<A> handle_faults(FaultList<A> special) {
  FaultList<A> faults{
      {"not initialised", "platform", Status::invalid_platform_state, [](A& a) { a.host.shutdown(); }},
      {"nobody", "guest", Status::invalid_guest, [](A& a) { a.buffer.handle = 99u; }},
  };
  faults.insert(faults.end(), special.begin(), special.end());
  return faults;
}
const FaultList<Deactivate> kDeactivateFaults = handle_faults<Deactivate>(
    {{"inactive", "guest", Status::inactive, [](Deactivate& a) { a.host.handle_command(sev_id::kDeactivate, a.handle); }}});
SWTEE_COMMAND_TESTS(SevDeactivate, Deactivate, kDeactivateFaults)
const FaultList<Decommission> kDecommissionFaults = handle_faults<Decommission>(
    {{"active", "guest", Status::active, [](Decommission& a) { a.host.activate(a.handle, {2}); }}});
SWTEE_COMMAND_TESTS(SevDecommission, Decommission, kDecommissionFaults)
const FaultList<GuestStatus> kGuestStatusFaults = handle_faults<GuestStatus>({});
SWTEE_COMMAND_TESTS(SevGuestStatus, GuestStatus, kGuestStatusFaults)

struct Report : Guest {
  sev::AttestationReportBuffer buffer{};
  Report() {
    buffer.handle = handle;
    buffer.report_paddr = machine.take_page().value + 5;
    buffer.report_length = 0xd0u;
  }
  Status call() { return machine.command(sev_id::kAttestationReport, buffer); }
};
const FaultList<Report> kReportFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Report& a) { a.host.shutdown(); }},
    {"reserved word", "reserved", Status::invalid_param, [](Report& a) { a.buffer.reserved_4h = 1u; }},
    {"nobody", "guest", Status::invalid_guest, [](Report& a) { a.buffer.handle = 99u; }},
    {"no room", "length", Status::invalid_len, [](Report& a) { a.buffer.report_length = 0xcfu; }},
    {"outside memory", "address", Status::invalid_address, [](Report& a) { a.buffer.report_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevAttestationReport, Report, kReportFaults)

TEST(SevAttestationReport, SaysWhatWasMeasuredAndWhoAsks) {
  Guest a(1);
  ASSERT_EQ(a.host.activate(a.handle, {2}), Status::success);
  const Spa page = a.machine.take_page();
  const std::vector<std::uint8_t> content(kPageSize, 3);
  a.machine.write(page, content);
  ASSERT_EQ(a.host.launch_update(a.handle, page, kPageSize), Status::success);
  a.host.launch_measure(a.handle);
  ASSERT_EQ(a.host.handle_command(sev_id::kLaunchFinish, a.handle), Status::success);
  const Bytes<16> nonce{1, 2, 3};
  const auto report = a.host.report(a.handle, nonce);
  EXPECT_EQ(report.nonce, nonce);
  EXPECT_EQ(report.launch_digest, crypto::sha256(content));
  EXPECT_EQ(report.policy, 1u);
  EXPECT_EQ(report.signature_usage, 0x1002u);
  EXPECT_EQ(report.signature_algorithm, 2u);
  const auto pek = keys::public_key(a.host.export_certificates().chain.pek).value();
  Bytes<48> r{}, s{};
  std::reverse_copy(report.r.begin(), report.r.begin() + 48, r.begin());
  std::reverse_copy(report.s.begin(), report.s.begin() + 48, s.begin());
  EXPECT_TRUE(pek.verify(crypto::sha256(bytes_of(report).first(0x34)), r, s));
}

struct Debug : Guest {
  Spa from = machine.take_page();
  Spa to = machine.take_page();
  std::uint32_t command = sev_id::kDbgEncrypt;
  sev::DebugBuffer buffer{};
  Debug() {
    EXPECT_EQ(host.activate(handle, {2}), Status::success);
    machine.write(from, std::vector<std::uint8_t>(kPageSize, 0x44));
    buffer.handle = handle;
    buffer.source_paddr = from.value;
    buffer.destination_paddr = to.value;
    buffer.length = 0x40u;
  }
  Status call() { return machine.command(command, buffer); }
};
struct Decrypt : Debug {
  Decrypt() { command = sev_id::kDbgDecrypt; }
};
template <class A>
FaultList<A> debug_faults() {
  return {
      {"not initialised", "platform", Status::invalid_platform_state, [](A& a) { a.host.shutdown(); }},
      {"reserved word", "reserved", Status::invalid_param, [](A& a) { a.buffer.reserved_4h = 1u; }},
      {"nobody", "guest", Status::invalid_guest, [](A& a) { a.buffer.handle = 99u; }},
      {"not active", "guest", Status::inactive, [](A& a) { a.host.handle_command(sev_id::kDeactivate, a.handle); }},
      {"debugging forbidden", "guest", Status::policy_failure,
       [](A& a) {
         a.buffer.handle = a.host.launch_start(1);
         a.host.activate(a.buffer.handle, {9});
       }},
      {"no whole blocks", "length", Status::invalid_len, [](A& a) { a.buffer.length = 0x48u; }},
      {"too much", "length", Status::resource_limit, [](A& a) { a.buffer.length = (16u << 20) + 16; }},
      {"destination unaligned", "destination", Status::invalid_address, [](A& a) { a.buffer.destination_paddr = a.to.value + 8; }},
      {"destination outside memory", "destination", Status::invalid_address, [](A& a) { a.buffer.destination_paddr = kNoMemory; }},
      {"source unaligned", "source", Status::invalid_address, [](A& a) { a.buffer.source_paddr = a.from.value + 8; }},
      {"source outside memory", "source", Status::invalid_address, [](A& a) { a.buffer.source_paddr = kNoMemory; }},
  };
}
const FaultList<Debug> kEncryptFaults = debug_faults<Debug>();
SWTEE_COMMAND_TESTS(SevDbgEncrypt, Debug, kEncryptFaults)
const FaultList<Decrypt> kDecryptFaults = debug_faults<Decrypt>();
SWTEE_COMMAND_TESTS(SevDbgDecrypt, Decrypt, kDecryptFaults)

TEST(SevDbg, CopiesIntoTheGuestAndBack) {
  Debug a;
  ASSERT_EQ(a.call(), Status::success);
  const std::vector<std::uint8_t> content(0x40, 0x44);
  EXPECT_NE(a.machine.read(a.to, 0x40), content);
  const Spa out = a.machine.take_page();
  ASSERT_EQ(a.host.debug(sev_id::kDbgDecrypt, a.handle, a.to, out, 0x40), Status::success);
  EXPECT_EQ(a.machine.read(out, 0x40), content);
}

/// A legacy guest whose owner allows debugging is no way into the memory of an SNP guest.
TEST(SevDbg, DoesNotReachSnpGuests) {
  SnpMachine machine;
  SevHost host(machine);
  machine.init();
  ASSERT_EQ(host.init(), Status::success);
  const std::uint32_t handle = host.launch_start();
  ASSERT_EQ(host.activate(handle, {2}), Status::success);
  const Spa gctx = machine.guest(snp::GuestState::launch, {3});
  const std::vector<std::uint8_t> secret(kPageSize, 0x77);
  const Spa page = machine.pre_guest_page({3}, 0x1000, secret);
  ASSERT_EQ(machine.launch_update(gctx, page), Status::success);
  const Spa out = machine.take_page();
  host.debug(sev_id::kDbgDecrypt, handle, page, out, kPageSize);
  EXPECT_NE(machine.read(out, kPageSize), secret);
  sev::DebugBuffer buffer{};
  buffer.handle = handle;
  buffer.source_paddr = out.value;
  buffer.destination_paddr = page.value;
  buffer.length = 0x1000u;
  EXPECT_EQ(machine.command(sev_id::kDbgEncrypt, buffer), Status::invalid_page_state);
  EXPECT_EQ(machine.read_as_guest({3}, page, kPageSize), secret);
}

}  // namespace
}  // namespace swtee::test
