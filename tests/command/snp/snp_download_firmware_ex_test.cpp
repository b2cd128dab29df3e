// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/digest.h"
#include "firmware/keys/firmware_signer.h"
#include "firmware/keys/vlek.h"
#include "tests/support/firmware_update.h"
#include "tests/support/sev_host.h"
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"
#include "tests/support/snp_owner.h"

#include <algorithm>

namespace swtee::test {
namespace {

using snp::Status;
using snp::Tcb;
using vendor::FirmwareImageContent;

/// Genoa at firmware 1.55.40, TCB bl 10, tee 0, snp 23, ucode 84, all committed; an image with a higher SNP version.
struct Download {
  SnpMachine machine;
  Spa at;
  FirmwareImageContent content;
  std::vector<std::uint8_t> image;
  snp::SnpDownloadFirmwareExBuffer buffer{};

  Download() {
    machine.init();
    at = machine.take_page();
    content = running_image(machine);
    content.tcb.snp += 1;
    content.version.build += 1;
    content.mit_vector = 5;
    make();
  }
  void make() { place(vendor_image(machine, content)); }
  void place(std::vector<std::uint8_t> bytes) {
    image = std::move(bytes);
    buffer = download_buffer(machine, at, image);
  }
  void flip(std::size_t byte) {
    image.at(byte) ^= 1;
    machine.write(at, image);
  }
  void sign_for(const keys::Universe& universe, const ProductRow& product) {
    place(vendor::make_firmware_image(universe, product, content, std::vector<std::uint8_t>(9, 1)));
  }
  Status call() { return machine.command(kDownloadFirmwareEx, buffer); }
};

const FaultList<Download> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Download& a) { a.machine.shutdown(); }},
    {"length 23", "length", Status::invalid_len, [](Download& a) { a.buffer.length = 23u; }},
    {"reserved field", "reserved", Status::invalid_param, [](Download& a) { a.buffer.reserved_4h = 1u; }},
    {"flag 1", "flags", Status::invalid_param, [](Download& a) { a.buffer.flags = 2u; }},
    {"flag 31", "flags", Status::invalid_param, [](Download& a) { a.buffer.flags = 0x80000000u; }},
    {"shorter than a header", "size", Status::invalid_len, [](Download& a) { a.buffer.fw_length = 0x27fu; }},
    {"longer than 128 KiB", "size", Status::invalid_len, [](Download& a) { a.buffer.fw_length = 0x20001u; }},
    {"unaligned", "address", Status::invalid_address, [](Download& a) { a.buffer.fw_paddr = a.at.value + 16; }},
    {"outside memory", "address", Status::invalid_address, [](Download& a) { a.buffer.fw_paddr = kNoMemory; }},
    {"a legacy guest", "legacy guest", Status::shutdown_required,
     [](Download& a) {
       SevHost host(a.machine);
       ASSERT_EQ(host.init(), Status::success);
       ASSERT_NE(host.launch_start(), 0u);
     }},
    {"an ASID not flushed", "platform", Status::dfflush_required,
     [](Download& a) {
       const Spa gctx = a.machine.guest(snp::GuestState::launch, {5});
       ASSERT_EQ(a.machine.gctx_command(id::kDecommission, gctx), Status::success);
     }},
    {"one byte missing", "image", Status::invalid_len, [](Download& a) { a.buffer.fw_length = a.buffer.fw_length - 1u; }},
    {"magic", "image", Status::bad_signature, [](Download& a) { a.flip(0); }},
    {"format", "image", Status::bad_signature, [](Download& a) { a.flip(0x10); }},
    {"TCB changed", "image", Status::bad_signature, [](Download& a) { a.flip(0x1e); }},
    {"reserved byte", "image", Status::bad_signature, [](Download& a) { a.flip(0x4f); }},
    {"signature", "image", Status::bad_signature, [](Download& a) { a.flip(0x80); }},
    {"padding of the signature", "image", Status::bad_signature, [](Download& a) { a.flip(0x27f); }},
    {"body", "image", Status::bad_signature, [](Download& a) { a.flip(a.image.size() - 1); }},
    {"signed for another product line", "image", Status::bad_signature,
     [](Download& a) { a.sign_for(keys::Universe::test_default(), product_row(Product::milan)); }},
    {"signed by another universe's vendor", "image", Status::bad_signature,
     [](Download& a) {
       const auto other = keys::Universe::from_seed(Bytes<32>{1});
       a.sign_for(other.value(), *a.machine.machine().config().product);
     }},
    {"a report version that is none", "image", Status::bad_signature, [](Download& a) { a.content.report_version = 4, a.make(); }},
    {"a TCB component that the product lacks", "image", Status::bad_signature, [](Download& a) { a.content.tcb.fmc = 1, a.make(); }},
    {"boot loader below committed", "image", Status::bad_svn, [](Download& a) { a.content.tcb.boot_loader = 9, a.make(); }},
    {"microcode below committed", "image", Status::bad_svn, [](Download& a) { a.content.tcb.microcode = 83, a.make(); }},
    {"build below committed", "image", Status::bad_version, [](Download& a) { a.content.version.build = 39, a.make(); }},
};
SWTEE_COMMAND_TESTS(SnpDownloadFirmwareEx, Download, kFaults)

TEST(SnpDownloadFirmwareEx, AnswersBadSvnBeforeBadVersion) {
  Download a;
  a.content.tcb.snp = 22;
  a.content.version.build = 39;
  a.make();
  EXPECT_EQ(a.call(), Status::bad_svn);
}

TEST(SnpDownloadFirmwareEx, RunsTheImageProvisionallyWhileGuestsLive) {
  Download a;
  SnpGuest guest(a.machine);
  const auto before = guest.report();
  const auto record = a.machine.nv.record;
  ASSERT_EQ(a.call(), Status::success);
  const auto report = guest.report();
  EXPECT_EQ(report.current_tcb, 0x541800000000000au);
  EXPECT_EQ(report.current_build, 41);
  for (const auto tcb : {report.committed_tcb, report.reported_tcb, report.launch_tcb}) EXPECT_EQ(tcb, before.committed_tcb);
  EXPECT_EQ(report.committed_build, 40);
  EXPECT_EQ(report.measurement, before.measurement);
  EXPECT_EQ(report.report_id, before.report_id);
  EXPECT_EQ(a.machine.nv.record, record) << "nothing is committed";
}

TEST(SnpDownloadFirmwareEx, CommitsAtOnceWhenAsked) {
  Download a;
  a.buffer.flags = 1u;
  SnpGuest guest(a.machine);
  ASSERT_EQ(a.call(), Status::success);
  const auto report = guest.report();
  for (const auto tcb : {report.current_tcb, report.committed_tcb, report.reported_tcb}) EXPECT_EQ(tcb, 0x541800000000000au);
  EXPECT_EQ(report.launch_tcb, 0x541700000000000au);
  EXPECT_EQ(report.committed_build, 41);
  const keys::Chip& chip = a.machine.machine().chip();
  const auto vcek = keys::EndorsementStick::from_secret(chip.secret.expose(), a.content.tcb).key().public_key();
  EXPECT_TRUE(signature_fits(vcek, bytes_of(report).first(0x2a0), report.signature)) << "the new TCB's key";
}

TEST(SnpDownloadFirmwareEx, LetsProvisionalImagesGoBackToTheCommittedOneAndNoFurther) {
  Download a;
  const FirmwareImageContent committed = running_image(a.machine);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(download(a.machine, committed), Status::success) << "nothing was committed yet";
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_EQ(a.machine.commit(), Status::success);
  EXPECT_EQ(download(a.machine, committed), Status::bad_svn);
  FirmwareImageContent same_tcb = a.content;
  same_tcb.version.build -= 1;
  EXPECT_EQ(download(a.machine, same_tcb), Status::bad_version);
  EXPECT_EQ(download(a.machine, a.content, true), Status::success) << "the same again";
}

TEST(SnpDownloadFirmwareEx, BringsTheReportVersionAndMitigationsOfTheImage) {
  Download a;
  a.content.report_version = 5;
  a.make();
  SnpGuest old(a.machine);
  ASSERT_EQ(a.call(), Status::success);
  LaunchOptions options;
  options.asid = {2};
  SnpGuest fresh(a.machine, options);
  EXPECT_EQ(old.report().version, 5u);
  EXPECT_EQ(old.report().current_mit_vector, 5u);
  EXPECT_EQ(old.report().launch_mit_vector, 0u);
  EXPECT_EQ(fresh.report().launch_mit_vector, 5u);
  EXPECT_EQ(fresh.report().launch_tcb, 0x541800000000000au);
}

TEST(SnpDownloadFirmwareEx, DropsTheVlekOnlyWhenItCommits) {
  for (const bool commits : {false, true}) {
    Download a;
    const Spa page = a.machine.take_page();
    const ProductRow& product = *a.machine.machine().config().product;
    a.machine.write(page, bytes_of(keys::wrap_vlek(a.machine.machine().chip(), keys::vlek_stick(keys::Universe::test_default(), product, "csp",
                                                                                                a.machine.world().reported_tcb))));
    snp::SnpVlekLoadBuffer load{};
    load.length = sizeof(load);
    load.vlek_wrapped_paddr = page.value;
    ASSERT_EQ(a.machine.command(id::kVlekLoad, load), Status::success);
    a.buffer.flags = commits ? 1u : 0u;
    ASSERT_EQ(a.call(), Status::success);
    EXPECT_EQ(a.machine.world().vlek.has_value(), !commits);
  }
}

TEST(SnpDownloadFirmwareEx, ChangesNothingWhenTheStorageFails) {
  Download a;
  a.buffer.flags = 1u;
  a.machine.nv.store_fails = true;
  const std::uint64_t before = state_hash(a.machine);
  EXPECT_EQ(a.call(), Status::hwerror_platform);
  EXPECT_EQ(state_hash(a.machine), before);
  a.machine.nv.store_fails = false;
  EXPECT_EQ(a.call(), Status::success);
}

/// The boot loader's image is the configuration's: it must keep up with what was committed, and need not with a provisional one.
TEST(SnpDownloadFirmwareEx, KeepsWhatWasCommittedOverAPowerCycleAndForgetsTheRest) {
  Download a;
  auto config = a.machine.machine().config();
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_TRUE(a.machine.power_cycle(config).ok());
  EXPECT_EQ(a.machine.world().current().tcb, config.tcb.current);
  a.machine.init();
  a.buffer = download_buffer(a.machine, a.at, a.image, true);
  ASSERT_EQ(a.call(), Status::success);
  const auto older = a.machine.power_cycle(config);
  ASSERT_FALSE(older.ok());
  EXPECT_NE(older.error().what().find("rolled back"), std::string::npos) << older.error().what();
  config.tcb.current = a.content.tcb;
  config.firmware = a.content.version;
  ASSERT_TRUE(a.machine.power_cycle(config).ok());
  EXPECT_EQ(a.machine.world().permanent.committed_tcb, a.content.tcb);
}

}  // namespace
}  // namespace swtee::test
