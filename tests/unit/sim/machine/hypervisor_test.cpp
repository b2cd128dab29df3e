// SPDX-License-Identifier: Apache-2.0
#include "sim/host/hypervisor.h"
#include "tests/support/snp_fakes.h"
#include "tests/support/snp_machine.h"
#include "tests/support/snp_owner.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using host::Guest;
using host::GuestOptions;
using host::Hypervisor;
using snp::PageType;
using snp::Status;

struct Host {
  explicit Host(const config::PlatformConfig& config = small_platform())
      : machine(std::move(machine::Machine::power_on(config, {entropy, nv, faults})).value()), hypervisor(*machine) {}
  MemoryNvStore nv;
  CountingEntropy entropy;
  ScriptedFaults faults;
  std::unique_ptr<machine::Machine> machine;
  Hypervisor hypervisor;

  void bring_up() {
    const auto up = hypervisor.bring_up();
    ASSERT_TRUE(up.ok()) << up.error().what;
  }
  Guest launch(const host::LaunchPlan& plan, const GuestOptions& options = {}) {
    auto guest = hypervisor.launch(plan, options);
    EXPECT_TRUE(guest.ok()) << (guest.ok() ? "" : guest.error().what);
    return guest.value();
  }
  std::size_t guests() const { return machine->snp().guests.size(); }
};

host::LaunchPlan small_plan() {
  const auto content = std::make_shared<const std::vector<std::uint8_t>>(kPageSize, std::uint8_t{0x61});
  const host::RawPages pages[] = {{PageType::normal, {0x1000}, 0, content, {}},
                                  {PageType::zero, {0x2000}, 3 * kPageSize, {}, {}},
                                  {PageType::secrets, {0x8000}, kPageSize, {}, {}},
                                  {PageType::vmsa, {0x9000}, 0, content, {}}};
  auto plan = host::plan_raw_launch(pages);
  EXPECT_TRUE(plan.ok());
  return std::move(plan).value();
}

TEST(Hypervisor, BringsThePlatformUpAsItsConfigurationSays) {
  auto config = small_platform("snp:turin");
  config.rapl_disable = true;
  config.ciphertext_hiding = true;
  config.mask_chip_id = true;
  config.vlek = "csp";
  config.tcb.reported = snp::Tcb{.fmc = 1, .boot_loader = 1, .tee = 0, .snp = 2, .microcode = 3};
  Host h(config);
  ASSERT_NO_FATAL_FAILURE(h.bring_up());
  const snp::World& world = h.machine->snp();
  EXPECT_TRUE(world.init_options.rapl_disabled && world.init_options.ciphertext_hiding);
  EXPECT_TRUE(world.config.mask_chip_id && !world.config.mask_chip_key);
  EXPECT_EQ(world.reported_tcb, *config.tcb.reported);
  ASSERT_TRUE(world.vlek.has_value());
  EXPECT_EQ(world.vlek->tcb(), *config.tcb.reported);
}

TEST(Hypervisor, SaysWhichCommandWasRefused) {
  Host h;
  h.machine->silence_a_core(true);
  const auto up = h.hypervisor.bring_up();
  ASSERT_FALSE(up.ok());
  EXPECT_EQ(up.error().what, "SNP_INIT_EX was refused with INVALID_CONFIG");
  EXPECT_EQ(up.error().status, Status::invalid_config);
}

TEST(Hypervisor, LaunchesAGuestThatReadsItsPages) {
  Host h;
  h.bring_up();
  const Guest guest = h.launch(small_plan());
  std::array<std::uint8_t, 4> out{};
  ASSERT_TRUE(h.hypervisor.read_guest(guest, {0x1ffc}, 0, out));
  EXPECT_EQ(out[3], 0x61);
  EXPECT_FALSE(h.hypervisor.read_guest(guest, {0x1ffd}, 0, out)) << "over the end of the page";
  EXPECT_FALSE(h.hypervisor.read_guest(guest, {0x5000}, 0, out)) << "no such page";
  EXPECT_FALSE(h.hypervisor.read_guest(guest, {0x1000}, 1, out)) << "VMPL1 has no permissions";
  EXPECT_EQ(guest.secrets_gpa, Gpa{0x8000});
  EXPECT_EQ(guest.vmsa_pages.size(), 1u);
  h.hypervisor.destroy(guest);
  EXPECT_EQ(h.guests(), 0u);
}

TEST(Hypervisor, GivesEverythingBackAfterEachRefusedLaunch) {
  Host h;
  h.bring_up();
  GuestOptions wrong;
  wrong.id_block = snp::IdBlock{};  // another digest
  wrong.id_auth = sign_identity(*wrong.id_block, owner_key(1));
  GuestOptions policy;
  policy.policy = 0x30000 | std::uint64_t{1} << 40;
  const auto plan = small_plan();
  for (int round = 0; round < 1500; ++round) {  // more than there are ASIDs
    const auto refused = h.hypervisor.launch(plan, round % 2 == 0 ? wrong : policy);
    ASSERT_FALSE(refused.ok());
    ASSERT_EQ(refused.error().status, round % 2 == 0 ? Status::bad_measurement : Status::policy_failure) << refused.error().what;
    ASSERT_EQ(h.guests(), 0u);
  }
  for (int round = 0; round < 1500; ++round) h.hypervisor.destroy(h.launch(plan));
}

TEST(Hypervisor, RefusesTwoPagesForOneGuestAddress) {
  Host h;
  h.bring_up();
  const host::RawPages pages[] = {{PageType::zero, {0x1000}, kPageSize, {}, {}}, {PageType::zero, {0x1000}, kPageSize, {}, {}}};
  const auto plan = host::plan_raw_launch(pages);
  ASSERT_TRUE(plan.ok());
  const auto refused = h.hypervisor.launch(plan.value(), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_FALSE(refused.error().status.has_value());
  EXPECT_EQ(h.guests(), 0u);
}

TEST(Hypervisor, RunsOutOfMemoryWithoutHarm) {
  Host h;
  h.bring_up();
  const host::RawPages huge[] = {{PageType::zero, {0x1000}, std::uint64_t{80} << 20, {}, {}}};
  const auto plan = host::plan_raw_launch(huge);
  ASSERT_TRUE(plan.ok());
  const auto refused = h.hypervisor.launch(plan.value(), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().what, "the host has no more memory");
  h.hypervisor.destroy(h.launch(small_plan()));
}

TEST(Hypervisor, ReportsAboutItsGuests) {
  Host h;
  h.bring_up();
  const Guest guest = h.launch(small_plan());
  const auto report = h.hypervisor.host_report(guest, snp::KeySelect::vcek);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report.value().vmpl, 0xffffffffu);
  const auto refused = h.hypervisor.host_report(guest, snp::KeySelect::vlek);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), Status::invalid_key);
}

/// The guest's end of the channel.
struct Channel : Host {
  Guest guest;
  std::array<std::uint8_t, kPageSize> request{};
  std::array<std::uint8_t, kPageSize> response{};
  std::vector<std::uint8_t> table;  ///< of certificates
  host::CertificateSource source() {
    return [this]() -> const std::vector<std::uint8_t>& { return table; };
  }
  Channel() {
    bring_up();
    guest = launch(small_plan());
    crypto::GcmKey key;
    std::array<std::uint8_t, 32> vmpck0{};
    EXPECT_TRUE(hypervisor.read_guest(guest, {0x8020}, 0, vmpck0));
    std::copy(vmpck0.begin(), vmpck0.end(), key.fill().begin());
    guest::snp::seal_message(key, {1, snp::MessageType::report_req, 1, 0}, bytes_of(snp::ReportReq{}), request);
  }
};

TEST(HostTransport, CarriesARequestAndTheFirmwaresStatus) {
  Channel c;
  host::HostTransport transport(c.hypervisor, c.guest, c.source());
  EXPECT_EQ(transport.guest_request(c.request, c.response).exit_info_2(), 0u);
  EXPECT_EQ(from_bytes<snp::GuestMessageHeader>(c.response).msg_seqno, 2u);
  EXPECT_EQ(transport.guest_request(c.request, c.response).exit_info_2(), 0x1du) << "a replay";
}

TEST(HostTransport, AnswersBusyWithoutTroublingTheFirmware) {
  Channel c;
  host::HostTransport transport(c.hypervisor, c.guest, c.source());
  transport.answer_busy(2);
  EXPECT_EQ(transport.guest_request(c.request, c.response).exit_info_2(), std::uint64_t{2} << 32);
  EXPECT_EQ(transport.extended_guest_request(c.request, c.response, {}).exit_info_2(), std::uint64_t{2} << 32);
  EXPECT_EQ(transport.guest_request(c.request, c.response).exit_info_2(), 0u) << "the same ciphertext again";
}

TEST(HostTransport, AsksForMorePagesWhenTheCertificatesDoNotFit) {
  Channel c;
  c.table.assign(kPageSize + 1, 0x11);
  host::HostTransport transport(c.hypervisor, c.guest, c.source());
  std::vector<std::uint8_t> certs(kPageSize);
  const auto small = transport.extended_guest_request(c.request, c.response, certs);
  EXPECT_EQ(small.exit_info_2(), std::uint64_t{1} << 32);
  EXPECT_EQ(small.certs_pages_needed, 2u);
  certs.assign(2 * kPageSize, 0xee);
  EXPECT_EQ(transport.extended_guest_request(c.request, c.response, certs).exit_info_2(), 0u);
  EXPECT_EQ(certs[kPageSize], 0x11);
  EXPECT_EQ(certs[kPageSize + 1], 0);
}

TEST(HostTransport, EndsAnEmptyCertificateTableWithAZeroEntry) {
  Channel c;
  host::HostTransport transport(c.hypervisor, c.guest, c.source());
  std::vector<std::uint8_t> certs(kPageSize, 0xee);
  EXPECT_EQ(transport.extended_guest_request(c.request, c.response, certs).exit_info_2(), 0u);
  EXPECT_TRUE(all_zero(ByteView(certs).first(24)));
}

}  // namespace
}  // namespace swtee::test
