// SPDX-License-Identifier: Apache-2.0
/// What reports say, bit by bit, on every product and in every version; and who signed them.
#include "firmware/keys/vlek.h"
#include "tests/support/snp_guest.h"
#include "tests/support/snp_owner.h"
#include "tests/support/snp_state_hash.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using snp::AttestationReport;
using snp::KeySelect;
using snp::Status;
using snp::Tcb;

/// Keys derived beside the firmware, from the same chip.
crypto::EcPublicKey vcek_of(const config::PlatformConfig& config, const Tcb& tcb) {
  const auto chip = keys::make_chip(config.universe_keys(), *config.product, config.chip);
  return keys::EndorsementStick::from_secret(chip.secret.expose(), tcb).key().public_key();
}

crypto::EcPublicKey vlek_of(const config::PlatformConfig& config, const Tcb& tcb) {
  return keys::vlek_stick(config.universe_keys(), *config.product, "swtee-csp", tcb).key().public_key();
}

bool signed_by(const crypto::EcPublicKey& key, const AttestationReport& report) {
  return signature_fits(key, bytes_of(report).first(0x2a0), report.signature);
}

void load_vlek(SnpMachine& machine) {
  const auto& config = machine.machine().config();
  const Spa page = machine.take_page();
  machine.write(page, bytes_of(keys::wrap_vlek(
                          machine.machine().chip(),
                          keys::vlek_stick(config.universe_keys(), *config.product, "swtee-csp", machine.world().reported_tcb))));
  snp::SnpVlekLoadBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.vlek_wrapped_paddr = page.value;
  ASSERT_EQ(machine.command(id::kVlekLoad, buffer), Status::success);
}

/// The bits that the format wants zero, by offset, written down from its table and not from the structure.
void expect_reserved_zero(const AttestationReport& report) {
  const ByteView raw = bytes_of(report);
  const auto zero = [&](std::size_t first, std::size_t last) {
    EXPECT_TRUE(all_zero(raw.subspan(first, last - first + 1))) << std::hex << first << " to " << last;
  };
  EXPECT_EQ(raw[0x0a] & 2, 2) << "policy bit 17";
  EXPECT_EQ(raw[0x0b] & 0xfc, 0) << "policy bits from 26";
  zero(0x0c, 0x0f);
  EXPECT_EQ(raw[0x40] & 0x40, 0) << "platform info bit 6";
  zero(0x41, 0x47);
  EXPECT_EQ(raw[0x48] & 0xe0, 0) << "key info";
  zero(0x49, 0x4f);
  const std::uint32_t version = report.version;
  zero(version == 2 ? 0x188 : 0x18b, 0x19f);
  zero(0x1eb, 0x1eb);
  zero(0x1ef, 0x1ef);
  zero(version >= 5 ? 0x208 : 0x1f8, 0x29f);
  zero(0x2d0, 0x2e7);
  zero(0x318, 0x49f);
  if (version == 2) {
    EXPECT_EQ(raw[0x40] & 0x20, 0) << "alias check, which version 2 does not have";
  }
}

struct Platform {
  const char* name;
  std::uint8_t family, model, stepping;
  std::uint32_t default_version;
};
constexpr Platform kPlatforms[] = {{"snp:milan", 0x19, 0x01, 1, 3},
                                   {"snp:genoa", 0x19, 0x11, 1, 3},
                                   {"snp:bergamo", 0x19, 0xa0, 2, 3},
                                   {"snp:siena", 0x19, 0xa0, 2, 3},
                                   {"snp:turin", 0x1a, 0x02, 1, 5}};

TEST(AttestationReport, IsSignedByTheVcekOfReportedTcbOnEveryProductAndVersion) {
  for (const Platform& platform : kPlatforms)
    for (const std::uint32_t version : {0u, 2u, 3u, 5u}) {
      auto config = small_platform(platform.name);
      const bool turin = config.product->tcb_layout == snp::TcbLayout::turin;
      if (version == 2 && turin) continue;
      if (version != 0) config.report_version = version;
      config.mit_vector = 0x8000000000000005;
      SnpMachine machine(config);
      machine.init();
      SnpGuest guest(machine);
      const AttestationReport report = guest.report(0x3c, 2);
      SCOPED_TRACE(std::string(platform.name) + " version " + std::to_string(version));
      const std::uint32_t effective = version == 0 ? platform.default_version : version;
      EXPECT_EQ(report.version, effective);
      EXPECT_TRUE(signed_by(vcek_of(config, config.tcb.current), report));
      expect_reserved_zero(report);
      EXPECT_EQ(report.cpuid_fam_id, effective == 2 ? 0 : platform.family);
      EXPECT_EQ(report.cpuid_mod_id, effective == 2 ? 0 : platform.model);
      EXPECT_EQ(report.cpuid_step, effective == 2 ? 0 : platform.stepping);
      EXPECT_EQ(report.current_mit_vector, effective == 5 ? config.mit_vector : 0);
      EXPECT_EQ(report.launch_mit_vector, effective == 5 ? config.mit_vector : 0);
      EXPECT_EQ(report.vmpl, 2u);
      EXPECT_EQ(report.signature_algo, 1u);
      EXPECT_EQ(report.key_info, 0u);
      EXPECT_EQ(report.report_data[63], 0x3c);
      EXPECT_EQ(report.measurement, guest.measurement);
      EXPECT_EQ(report.policy, 0x30000u);
      EXPECT_FALSE(all_zero(ByteView(report.chip_id).first(8)));
      EXPECT_EQ(all_zero(ByteView(report.chip_id).subspan(8)), turin);
    }
}

TEST(AttestationReport, ChangesItsSignatureWithAnySignedByte) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  const AttestationReport report = guest.report();
  const auto key = vcek_of(machine.machine().config(), machine.world().reported_tcb);
  for (std::size_t byte = 0; byte < 0x2a0; byte += 37) {
    auto changed = report;
    mutable_bytes_of(changed)[byte] ^= 1;
    EXPECT_FALSE(signed_by(key, changed)) << byte;
  }
}

TEST(AttestationReport, KeepsTheFourTcbsApart) {
  auto config = small_platform("snp:milan");
  config.tcb.current = {.boot_loader = 4, .tee = 3, .snp = 24, .microcode = 115};
  config.tcb.launch = Tcb{.boot_loader = 4, .tee = 2, .snp = 23, .microcode = 115};
  config.tcb.committed = Tcb{.boot_loader = 3, .tee = 1, .snp = 22, .microcode = 114};
  config.firmware = {1, 55, 29};
  config.committed_firmware = FirmwareVersion{1, 54, 3};
  SnpMachine machine(config);
  machine.init();
  const Tcb reported{.boot_loader = 3, .tee = 0, .snp = 8, .microcode = 100};
  ASSERT_EQ(machine.configure(encode(reported, snp::TcbLayout::milan_genoa)), Status::success);
  SnpGuest guest(machine);
  ASSERT_EQ(machine.machine().update_firmware(), Status::success);

  AttestationReport report = guest.report();
  EXPECT_EQ(report.current_tcb, 0x7318000000000304u);
  EXPECT_EQ(report.launch_tcb, 0x7317000000000204u);
  EXPECT_EQ(report.committed_tcb, 0x7216000000000103u);
  EXPECT_EQ(report.reported_tcb, 0x6408000000000003u);
  EXPECT_EQ(report.current_major, 1);
  EXPECT_EQ(report.current_minor, 55);
  EXPECT_EQ(report.current_build, 29);
  EXPECT_EQ(report.committed_major, 1);
  EXPECT_EQ(report.committed_minor, 54);
  EXPECT_EQ(report.committed_build, 3);
  EXPECT_TRUE(signed_by(vcek_of(config, reported), report));
  EXPECT_FALSE(signed_by(vcek_of(config, config.tcb.current), report));

  ASSERT_EQ(machine.commit(), Status::success);
  report = guest.report();
  EXPECT_EQ(report.committed_tcb, 0x7318000000000304u);
  EXPECT_EQ(report.reported_tcb, 0x7318000000000304u);
  EXPECT_EQ(report.launch_tcb, 0x7317000000000204u) << "of the running guest's launch";
  EXPECT_EQ(report.committed_minor, 55);
  EXPECT_TRUE(signed_by(vcek_of(config, config.tcb.current), report));
}

TEST(AttestationReport, PutsTurinsTcbBytesWhereTurinHasThem) {
  auto config = small_platform("snp:turin");
  config.tcb.current = {.fmc = 1, .boot_loader = 2, .tee = 3, .snp = 4, .microcode = 5};
  SnpMachine machine(config);
  machine.init();
  SnpGuest guest(machine);
  EXPECT_EQ(guest.report().current_tcb, 0x0500000004030201u);
}

TEST(AttestationReport, HidesTheChipIdAndIsStillSigned) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  ASSERT_EQ(machine.configure(0, true, false), Status::success);
  const auto report = guest.report();
  EXPECT_TRUE(all_zero(report.chip_id));
  EXPECT_TRUE(signed_by(vcek_of(machine.machine().config(), machine.world().reported_tcb), report));
  expect_reserved_zero(report);
}

TEST(AttestationReport, IsNotSignedWhenTheChipKeyIsMasked) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  ASSERT_EQ(machine.configure(0, false, true), Status::success);
  for (const KeySelect key : {KeySelect::vlek_or_vcek, KeySelect::vcek}) {
    const auto report = guest.report(0, 0, key);
    EXPECT_TRUE(all_zero(bytes_of(report.signature)));
    EXPECT_EQ(report.key_info, 0x1eu);  // MASK_CHIP_KEY, SIGNING_KEY 7
    expect_reserved_zero(report);
  }
}

TEST(AttestationReport, IsSignedByTheVlekWhenOneIsLoaded) {
  SnpMachine machine;
  machine.init();
  load_vlek(machine);
  SnpGuest guest(machine);
  const auto& config = machine.machine().config();
  for (const KeySelect key : {KeySelect::vlek_or_vcek, KeySelect::vlek}) {
    const auto report = guest.report(0, 0, key);
    EXPECT_TRUE(signed_by(vlek_of(config, machine.world().reported_tcb), report));
    EXPECT_EQ(report.key_info, 4u);
    expect_reserved_zero(report);
  }
  const auto report = guest.report(0, 0, KeySelect::vcek);
  EXPECT_TRUE(signed_by(vcek_of(config, machine.world().reported_tcb), report));
  EXPECT_EQ(report.key_info, 0u);
}

TEST(AttestationReport, OfAGuestWithoutVcekNeedsTheVlek) {
  SnpMachine machine;
  machine.init();
  LaunchOptions options;
  options.vcek_disabled = true;
  SnpGuest guest(machine, options);
  load_vlek(machine);
  EXPECT_TRUE(signed_by(vlek_of(machine.machine().config(), machine.world().reported_tcb), guest.report()));
}

TEST(AttestationReport, CarriesTheOwnersIdentity) {
  SnpMachine machine;
  machine.init();
  LaunchOptions options;
  options.with_id_block = true;
  options.with_author_key = true;
  options.host_data.fill(0x5d);
  SnpGuest guest(machine, options);
  const auto report = guest.report();
  EXPECT_EQ(report.guest_svn, 7u);
  EXPECT_EQ(report.family_id[0], 0x11);
  EXPECT_EQ(report.image_id[15], 0x22);
  EXPECT_EQ(report.host_data, options.host_data);
  EXPECT_EQ(report.id_key_digest, crypto::sha384(bytes_of(wire_key(owner_key(1).public_key()))));
  EXPECT_EQ(report.author_key_digest, crypto::sha384(bytes_of(wire_key(owner_key(99).public_key()))));
  EXPECT_EQ(report.key_info, 1u);
}

TEST(AttestationReport, HasNoIdentityWithoutAnIdBlock) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  const auto report = guest.report();
  EXPECT_EQ(report.guest_svn, 0u);
  EXPECT_TRUE(all_zero(report.family_id) && all_zero(report.image_id));
  EXPECT_TRUE(all_zero(report.id_key_digest) && all_zero(report.author_key_digest));
  EXPECT_EQ(report.key_info & 1u, 0u);
  Bytes<32> ones;
  ones.fill(0xff);
  EXPECT_EQ(report.report_id_ma, ones);
}

TEST(AttestationReport, HasOneReportIdForTheGuestsLife) {
  SnpMachine machine;
  machine.init();
  SnpGuest one(machine);
  LaunchOptions options;
  options.asid = {2};
  SnpGuest two(machine, options);
  EXPECT_EQ(one.report().report_id, one.report(9, 3).report_id);
  EXPECT_NE(one.report().report_id, two.report().report_id);
}

TEST(AttestationReport, DescribesThePlatform) {
  auto config = small_platform("snp:turin");
  config.smt = false;
  config.tsme = true;
  config.ecc = true;
  SnpMachine machine(config);
  snp::SnpInitExBuffer init{};
  init.flags = 0xdu;
  ASSERT_EQ(machine.command(id::kInitEx, init), Status::success);
  SnpGuest guest(machine);
  EXPECT_EQ(guest.report().platform_info, 0x3eu);
  config.smt = true;
  config.tsme = false;
  config.ecc = false;
  SnpMachine other(config);
  other.init();
  SnpGuest other_guest(other);
  EXPECT_EQ(other_guest.report().platform_info, 0x21u);
}

/// SNP_HV_REPORT_REQ.
struct HvReport {
  SnpMachine machine;
  std::unique_ptr<SnpGuest> guest;
  Spa page;
  snp::SnpHvReportReqBuffer buffer{};
  HvReport() {
    machine.init();
    guest = std::make_unique<SnpGuest>(machine);
    page = machine.firmware_page();
    buffer.length = sizeof(buffer);
    buffer.gctx_paddr = guest->gctx.value;
    buffer.report_paddr = page.value;
  }
  Status call() { return machine.command(id::kHvReportReq, buffer); }
};

TEST(SnpHvReportReq, ReportsForTheHost) {
  HvReport a;
  const auto count = a.guest->context().message_count;
  ASSERT_EQ(a.call(), Status::success);
  const auto response = a.machine.read_as<snp::ReportRsp>(a.page);
  EXPECT_EQ(response.status, 0u);
  EXPECT_EQ(response.report_size, 0x4a0u);
  EXPECT_EQ(response.report.vmpl, 0xffffffffu);
  EXPECT_TRUE(all_zero(response.report.report_data));
  EXPECT_EQ(response.report.report_id, a.guest->context().report_id);
  EXPECT_TRUE(signed_by(vcek_of(a.machine.machine().config(), a.machine.world().reported_tcb), response.report));
  EXPECT_EQ(a.machine.state_of(a.page), SWTEE_RMP_FIRMWARE);
  EXPECT_EQ(a.guest->context().message_count, count);
}

}  // namespace
}  // namespace swtee::test
