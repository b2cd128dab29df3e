// SPDX-License-Identifier: Apache-2.0
/// Every legacy command about a guest in every state of that guest: kLegacyGuest of state_matrix.h, walked.
#include "firmware/snp/command_table.h"
#include "tests/command/snp/state_matrix.h"
#include "tests/support/sev_host.h"
#include "tests/support/sev_owner_session.h"
#include "tests/support/snp_state_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace swtee::test {
namespace {

using snp::Status;

constexpr std::uint32_t kEsPolicy = 4;
constexpr Asid kAsid{9};

/// A guest with an owner's session, in the state of a column.
class GuestScene {
 public:
  GuestScene(LegacyGuestColumn column, bool snp, bool activated) {
    if (snp) machine.init();
    EXPECT_EQ(host.init(true), Status::success);
    const SevOwnerSession owner(host.export_certificates().pdh, kEsPolicy);
    EXPECT_EQ(host.launch_start(kEsPolicy, owner.certificate, owner.session, handle), Status::success);
    if (activated) {
      EXPECT_EQ(host.activate(handle, kAsid), Status::success);
    }
    Bytes<32> measure{};
    if (column == LegacyGuestColumn::lsecret || column == LegacyGuestColumn::running) measure = host.launch_measure(handle).measure;
    const auto packet = owner.wrap(Bytes<16>{1, 2, 3}, measure);
    header_ = packet.header;
    data_ = packet.data;
    if (column == LegacyGuestColumn::running) {
      EXPECT_EQ(host.handle_command(sev_id::kLaunchFinish, handle), Status::success);
    }
    if (column == LegacyGuestColumn::no_guest) handle += 77;
  }

  SnpMachine machine;
  SevHost host{machine};
  std::uint32_t handle = 0;

  Status call(std::uint32_t id) {
    switch (id) {
      case sev_id::kActivate: return host.activate(handle, kAsid);
      case sev_id::kActivateEx: return activate_ex();
      case sev_id::kGuestStatus: return guest_status();
      case sev_id::kLaunchUpdateData:
      case sev_id::kLaunchUpdateVmsa: return host.launch_update(handle, machine.take_page(), kPageSize, id);
      case sev_id::kLaunchMeasure: return launch_measure();
      case sev_id::kLaunchSecret: return host.launch_secret(handle, header_, data_, machine.take_page());
      case sev_id::kAttestationReport: return attestation_report();
      case sev_id::kDbgDecrypt:
      case sev_id::kDbgEncrypt: return host.debug(id, handle, machine.take_page(), machine.take_page(), kPageSize);
      default: return host.handle_command(id, handle);
    }
  }

 private:
  Status activate_ex() {
    sev::ActivateExBuffer buffer{};
    buffer.length = sizeof(buffer);
    buffer.handle = handle;
    buffer.asid = kAsid.value;
    buffer.num_ids = 1u;
    buffer.ids_paddr = machine.take_page().value;
    return machine.command(sev_id::kActivateEx, buffer);
  }
  Status guest_status() {
    sev::GuestStatusBuffer buffer{};
    buffer.handle = handle;
    return host.answering(sev_id::kGuestStatus, buffer);
  }
  Spa answer_page() {
    const Spa at = machine.take_page();
    host.to_firmware(at, kPageSize);
    return at;
  }
  Status launch_measure() {
    sev::LaunchMeasureBuffer buffer{};
    buffer.handle = handle;
    buffer.measure_paddr = answer_page().value;
    buffer.measure_length = sizeof(sev::Measurement);
    return host.answering(sev_id::kLaunchMeasure, buffer);
  }
  Status attestation_report() {
    sev::AttestationReportBuffer buffer{};
    buffer.handle = handle;
    buffer.report_paddr = answer_page().value;
    buffer.report_length = sizeof(sev::AttestationReport);
    return host.answering(sev_id::kAttestationReport, buffer);
  }

  sev::PacketHeader header_{};
  std::vector<std::uint8_t> data_;
};

bool wants_asid(std::uint32_t id) { return id != sev_id::kActivate && id != sev_id::kActivateEx && id != sev_id::kDecommission; }

TEST(LegacyGuestMatrix, IsWhatTheFirmwareAnswers) {
  for (const LegacyGuestRow& row : state_matrix::kLegacyGuest)
    for (std::size_t column = 0; column < kLegacyGuestColumns.size(); ++column)
      for (const bool snp : {false, true}) {
        GuestScene scene(kLegacyGuestColumns[column], snp, wants_asid(row.id));
        const std::size_t asked = scene.machine.faults.asked.size();
        const std::string cell = std::string(row.name) + ", " + kLegacyGuestColumnNames[column] + (snp ? ", SNP INIT" : ", SNP UNINIT");
        EXPECT_EQ(scene.call(row.id), row.answers[column]) << cell;
        // Once SNP is INIT the host also reclaims its pages.
        if (row.answers[column] != Status::success && !snp) {
          EXPECT_EQ(scene.machine.faults.asked.size(), asked) << cell << ": hardware was asked before the checks were done";
        }
      }
}

/// Those that are modelled, want a guest and are no start of one.
TEST(LegacyGuestMatrix, HasOneRowForEachCommandAboutAGuest) {
  std::vector<std::string> ours, theirs;
  for (const LegacyGuestRow& row : state_matrix::kLegacyGuest) ours.push_back(row.name);
  for (const snp::CommandRow& row : snp::command_table())
    if (row.id >= 0x20 && row.id < 0x80 && row.modelled() && row.id != sev_id::kLaunchStart) theirs.emplace_back(row.name);
  EXPECT_EQ(ours, theirs);
}

}  // namespace
}  // namespace swtee::test
