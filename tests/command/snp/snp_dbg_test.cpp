// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

constexpr Asid kAsid{1};
constexpr std::uint64_t kGpa = 0x7000;
constexpr std::uint64_t kDebug = snp::policy::kDefault | snp::policy::Debug::mask;

std::vector<std::uint8_t> page_of(std::uint8_t value) { return std::vector<std::uint8_t>(kPageSize, value); }

/// A page of a debuggable guest and one of the host. Which is source and which target is the command's.
struct Dbg {
  SnpMachine machine;
  Spa gctx;
  Spa guests;
  Spa hosts;
  snp::SnpDbgBuffer buffer{};

  Dbg() {
    machine.init();
    gctx = machine.guest(GuestState::running, kAsid, kDebug);
    guests = machine.guest_page(kAsid, kGpa, page_of(0x42), SWTEE_RMP_GUEST_VALID);
    buffer.gctx_paddr = gctx.value;
  }
  virtual ~Dbg() = default;
  virtual void guest_side(Spa page) = 0;
  virtual void host_side(Spa page) = 0;
};

struct Decrypt : Dbg {
  Decrypt() {
    hosts = machine.firmware_page();
    guest_side(guests);
    host_side(hosts);
  }
  void guest_side(Spa page) final { buffer.src_paddr = page.value; }
  void host_side(Spa page) final { buffer.dst_paddr = page.value; }
  Status call() { return machine.command(id::kDbgDecrypt, buffer); }
};

struct Encrypt : Dbg {
  Encrypt() {
    hosts = machine.take_page();
    machine.write(hosts, page_of(0x77));
    guest_side(guests);
    host_side(hosts);
  }
  void guest_side(Spa page) final { buffer.dst_paddr = page.value; }
  void host_side(Spa page) final { buffer.src_paddr = page.value; }
  Status call() { return machine.command(id::kDbgEncrypt, buffer); }
};

template <class Attempt>
FaultList<Attempt> about_the_guest() {
  return {
      {"platform not initialised", "platform", Status::invalid_platform_state, [](Attempt& a) { a.machine.shutdown(); }},
      {"context page unaligned", "gctx", Status::invalid_address, [](Attempt& a) { a.buffer.gctx_paddr = a.gctx.value + 1; }},
      {"no context page", "gctx", Status::invalid_guest, [](Attempt& a) { a.buffer.gctx_paddr = a.guests.value; }},
      {"guest in INIT", "gctx", Status::invalid_guest_state, [](Attempt& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
      {"guest without ASID", "gctx", Status::inactive,
       [](Attempt& a) {
         const Spa gctx = a.machine.gctx_create();
         ASSERT_EQ(a.machine.launch_start(gctx, kDebug), Status::success);
         a.buffer.gctx_paddr = gctx.value;
       }},
      {"guest's page unaligned", "guest side", Status::invalid_address, [](Attempt& a) { a.guest_side(a.guests + 0x10); }},
      {"guest's page outside memory", "guest side", Status::invalid_address, [](Attempt& a) { a.guest_side({kNoMemory}); }},
      {"host's page unaligned", "host side", Status::invalid_address, [](Attempt& a) { a.host_side(a.hosts + 0x10); }},
      {"host's page outside memory", "host side", Status::invalid_address, [](Attempt& a) { a.host_side({kNoMemory}); }},
  };
}

/// Faults of the guest's side of either command.
template <class Attempt>
FaultList<Attempt> guest_side_faults() {
  return {
      {"guest's page is Hypervisor", "guest side", Status::invalid_page_state, [](Attempt& a) { a.guest_side(a.machine.take_page()); }},
      {"guest's page is Pre-Guest", "guest side", Status::invalid_page_state,
       [](Attempt& a) { a.guest_side(a.machine.pre_guest_page(kAsid, kGpa)); }},
      {"guest's page is Context", "guest side", Status::invalid_page_state, [](Attempt& a) { a.guest_side(a.gctx); }},
      {"guest's page is a 2 MiB page", "guest side", Status::invalid_page_size,
       [](Attempt& a) { a.guest_side(a.machine.guest_page(kAsid, 0x200000, page_of(1), SWTEE_RMP_GUEST_VALID, false, true)); }},
      {"guest's page of another ASID", "guest side", Status::invalid_page_owner,
       [](Attempt& a) { a.guest_side(a.machine.guest_page({2}, kGpa, page_of(1), SWTEE_RMP_GUEST_VALID)); }},
  };
}

template <class Attempt>
FaultList<Attempt> operator+(FaultList<Attempt> a, const FaultList<Attempt>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const FaultList<Decrypt> kDecryptFaults = about_the_guest<Decrypt>() + guest_side_faults<Decrypt>() + FaultList<Decrypt>{
    {"target is Hypervisor", "host side", Status::invalid_page_state, [](Decrypt& a) { a.host_side(a.machine.take_page()); }},
    {"target is the source", "host side", Status::invalid_page_state, [](Decrypt& a) { a.host_side(a.guests); }},
    {"target is Metadata", "host side", Status::invalid_page_state, [](Decrypt& a) { a.host_side(a.machine.metadata_page(a.gctx)); }},
    {"target in a 2 MiB page", "host side", Status::invalid_page_size, [](Decrypt& a) { a.host_side(a.machine.firmware_page(true)); }},
};
SWTEE_COMMAND_TESTS(SnpDbgDecrypt, Decrypt, kDecryptFaults)

const FaultList<Encrypt> kEncryptFaults = about_the_guest<Encrypt>() + FaultList<Encrypt>{
    {"source is the target", "host side", Status::invalid_page_state, [](Encrypt& a) { a.host_side(a.guests); }},
    {"source is Context", "host side", Status::invalid_page_state, [](Encrypt& a) { a.host_side(a.gctx); }},
    {"source is Metadata", "host side", Status::invalid_page_state, [](Encrypt& a) { a.host_side(a.machine.metadata_page(a.gctx)); }},
} + guest_side_faults<Encrypt>();
SWTEE_COMMAND_TESTS(SnpDbgEncrypt, Encrypt, kEncryptFaults)

template <class Attempt>
void expect_policy_failure() {
  Attempt a;
  a.buffer.gctx_paddr = a.machine.guest(GuestState::running, {2}).value;
  a.guest_side(a.machine.guest_page({2}, kGpa, page_of(1), SWTEE_RMP_GUEST_VALID));
  expect_refused(a, Status::policy_failure, "no DEBUG");
}
TEST(SnpDbgDecrypt, RefusesAGuestWhosePolicyForbidsDebugging) { expect_policy_failure<Decrypt>(); }
TEST(SnpDbgEncrypt, RefusesAGuestWhosePolicyForbidsDebugging) { expect_policy_failure<Encrypt>(); }

TEST(SnpDbgDecrypt, ShowsTheHostWhatTheGuestWrote) {
  Decrypt a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read(a.hosts, kPageSize), page_of(0x42));
  EXPECT_EQ(a.machine.state_of(a.hosts), SWTEE_RMP_FIRMWARE);
  EXPECT_EQ(a.machine.state_of(a.guests), SWTEE_RMP_GUEST_VALID);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, a.guests, kPageSize), page_of(0x42));
}

/// As KVM dumps the VMSAs of a guest that ended.
TEST(SnpDbgDecrypt, ShowsAVmsa) {
  Decrypt a;
  a.guest_side(a.machine.guest_page(kAsid, 0xfffffffff000, page_of(0x99), SWTEE_RMP_GUEST_VALID, /*vmsa=*/true));
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read(a.hosts, kPageSize), page_of(0x99));
  EXPECT_EQ(a.machine.reclaim(a.hosts), Status::success);
}

TEST(SnpDbgDecrypt, ShowsALaunchedPage) {
  Decrypt a;
  const Spa gctx = a.machine.guest(GuestState::launch, {2}, kDebug);
  const Spa page = a.machine.pre_guest_page({2}, kGpa, page_of(0x31));
  ASSERT_EQ(a.machine.launch_update(gctx, page), Status::success);
  a.buffer.gctx_paddr = gctx.value;
  a.guest_side(page);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read(a.hosts, kPageSize), page_of(0x31));
}

TEST(SnpDbgEncrypt, ChangesWhatTheGuestReads) {
  Encrypt a;
  const RmpEntry before = *a.machine.machine().rmp().entry(a.guests);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, a.guests, kPageSize), page_of(0x77));
  const RmpEntry after = *a.machine.machine().rmp().entry(a.guests);
  EXPECT_EQ(swtee_rmp_state_of(&after), SWTEE_RMP_GUEST_VALID);
  EXPECT_EQ(after.gpa, before.gpa);
  EXPECT_EQ(after.vmsa, before.vmsa);
  EXPECT_EQ(a.machine.read(a.hosts, kPageSize), page_of(0x77));
}

TEST(SnpDbgEncrypt, TakesItsSourceFromAFirmwarePage) {
  Encrypt a;
  ASSERT_EQ(a.machine.rmpupdate(a.hosts, true, {}, 0, true), SWTEE_RMP_OK);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, a.guests, kPageSize), page_of(0x77));
}

}  // namespace
}  // namespace swtee::test
