// SPDX-License-Identifier: Apache-2.0
/// Which command answers what in which state of platform and guest: the firmware against the table of state_matrix.h, which was
/// written down from the specification's, not from the code's. Also: where command buffers may lie.
#include "firmware/snp/command_table.h"
#include "tests/command/snp/state_scene.h"
#include "tests/support/snp_attempt.h"

#include <algorithm>
#include <string>
#include <vector>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

struct Named {
  std::uint32_t id;
  std::string name;
  bool modelled;
};
/// The rows of both tables, in the order of their ids.
std::vector<Named> all_rows() {
  std::vector<Named> rows;
  for (const LegacyRow& row : state_matrix::kLegacy) rows.push_back({row.id, row.name, row.answers != state_matrix::kLegacyNotModelled});
  for (const MatrixRow& row : state_matrix::kSnp) rows.push_back({row.id, row.name, row.answers != state_matrix::kNotModelled});
  return rows;
}

/// SNP_ACTIVATE and SNP_ACTIVATE_EX are about guests that have no ASID; all others need one or do not mind.
bool wants_asid(const MatrixRow& row) { return row.id != id::kActivate && row.id != id::kActivateEx; }

TEST(StateMatrix, HasOneRowForEachCommandOfTheFirmware) {
  const std::vector<Named> rows = all_rows();
  const auto table = snp::command_table();
  ASSERT_EQ(rows.size(), table.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].id, table[i].id);
    EXPECT_EQ(rows[i].name, table[i].name);
    EXPECT_EQ(rows[i].modelled, table[i].modelled())
        << rows[i].name << ": replace its kNotModelled in state_matrix.h, and call it in state_scene.cpp";
  }
}

TEST(StateMatrix, CallsEachModelledCommandWithArgumentsOfItsOwn) {
  std::set<std::uint32_t> modelled;
  for (const Named& row : all_rows())
    if (row.modelled) modelled.insert(row.id);
  EXPECT_EQ(modelled, callable_commands());
}

/// Every cell. The same call succeeds in another column of its row, so a refusal is due to the state; it changes nothing and
/// comes before the hardware is asked.
TEST(StateMatrix, IsWhatTheFirmwareAnswers) {
  for (const MatrixRow& row : state_matrix::kSnp)
    for (const Column column : kColumns) {
      Scene scene(column, wants_asid(row));
      const std::size_t asked = scene.machine.faults.asked.size();
      EXPECT_EQ(scene.call(row.id), row.answer(column)) << row.name << ", " << kColumnNames[static_cast<std::size_t>(column)];
      if (row.answer(column) == Status::success) continue;
      EXPECT_EQ(scene.machine.faults.asked.size(), asked) << row.name;
    }
}

/// Or the two tests below would look at less than they say.
TEST(StateMatrix, ReachesEachLegacyStateWhoseCommandIsModelled) {
  const auto modelled = [](std::uint32_t id) {
    const std::vector<Named> rows = all_rows();
    return std::any_of(rows.begin(), rows.end(), [id](const Named& row) { return row.id == id && row.modelled; });
  };
  for (const Column snp : kColumns) {
    EXPECT_EQ(Scene(snp).bring_legacy_to(LegacyColumn::init), modelled(0x01)) << kColumnNames[static_cast<std::size_t>(snp)];
    EXPECT_EQ(Scene(snp).bring_legacy_to(LegacyColumn::working), modelled(0x30)) << kColumnNames[static_cast<std::size_t>(snp)];
  }
}

/// The legacy platform's state is nothing to the SNP commands, but that SNP does not start, and that the firmware is not
/// exchanged, while a legacy guest exists.
TEST(StateMatrix, IsTheSameForSnpCommandsInEveryStateOfTheLegacyPlatform) {
  for (const MatrixRow& row : state_matrix::kSnp)
    for (const Column column : kColumns)
      for (const LegacyColumn legacy : {LegacyColumn::init, LegacyColumn::working}) {
        Scene scene(column, wants_asid(row));
        if (!scene.bring_legacy_to(legacy)) continue;
        const bool starts_snp = row.id == id::kInit || row.id == id::kInitEx;
        Status expected = row.answer(column);
        if (starts_snp && legacy == LegacyColumn::working) expected = Status::invalid_platform_state;
        if (row.id == 0xca && legacy == LegacyColumn::working && expected == Status::success) expected = Status::shutdown_required;
        EXPECT_EQ(scene.call(row.id), expected) << row.name << ", " << kColumnNames[static_cast<std::size_t>(column)] << ", "
                                                << kLegacyColumnNames[static_cast<std::size_t>(legacy)];
      }
}

TEST(StateMatrix, IsWhatTheFirmwareAnswersToLegacyCommands) {
  for (const LegacyRow& row : state_matrix::kLegacy)
    for (const LegacyColumn column : kLegacyColumns)
      for (const Column snp : {Column::uninit, Column::running}) {
        Scene scene(snp);
        if (!scene.bring_legacy_to(column)) continue;
        const std::string cell = std::string(row.name) + ", " + kLegacyColumnNames[static_cast<std::size_t>(column)] + ", SNP " +
                                 kColumnNames[static_cast<std::size_t>(snp)];
        EXPECT_EQ(scene.call(row.id), row.answer(column)) << cell;
      }
}

TEST(StateMatrix, LeavesTheStateOfTheRefusedAlone) {
  for (const MatrixRow& row : state_matrix::kSnp)
    for (const Column column : kColumns) {
      if (row.answer(column) == Status::success) continue;
      Scene scene(column, wants_asid(row));
      scene.call(row.id);  // takes the pages that the arguments need
      const std::uint64_t before = state_hash(scene.machine);
      EXPECT_EQ(scene.machine.command_again(row.id), row.answer(column)) << row.name;
      EXPECT_EQ(state_hash(scene.machine), before) << row.name << ", " << kColumnNames[static_cast<std::size_t>(column)];
    }
}

TEST(StateMatrix, HasNoOtherIds) {
  std::set<std::uint32_t> known;
  for (const Named& row : all_rows()) known.insert(row.id);
  for (const bool init : {false, true}) {
    SnpMachine machine;
    if (init) machine.init();
    const std::uint64_t before = state_hash(machine);
    for (std::uint32_t command = 0; command < 0x10000; ++command) {
      if (known.contains(command)) continue;
      ASSERT_EQ(machine.machine().snp_command(command, machine.command_page().value), Status::invalid_command) << std::hex << command;
      ASSERT_EQ(machine.machine().snp_command(command, kNoMemory), Status::invalid_command) << std::hex << command;
    }
    EXPECT_EQ(state_hash(machine), before);
  }
  SnpMachine machine;
  EXPECT_EQ(machine.command(0x10081), Status::invalid_command);
  EXPECT_EQ(machine.command(0xffffffff), Status::invalid_command);
}

TEST(StateMatrix, NeedsNoBufferToSayThatACommandIsNotModelled) {
  SnpMachine machine;
  for (const Named& row : all_rows())
    if (!row.modelled) {
      EXPECT_EQ(machine.machine().snp_command(row.id, kNoMemory), Status::unsupported) << row.name;
    }
}

/// A command buffer may lie in any page that the firmware can read, as a whole.
TEST(CommandBuffer, MustLieAlignedInOnePageOfMemory) {
  SnpMachine machine;
  machine.init();
  const Spa gctx = machine.guest(GuestState::launch);
  const Spa page = machine.take_page();
  const Spa guests = machine.pre_guest_page({1}, 0x1000);
  ASSERT_EQ(machine.launch_update(gctx, guests), Status::success);
  const std::uint64_t end = machine.machine().memory().software_size();
  for (const snp::CommandRow& row : snp::command_table()) {
    if (row.handler == nullptr || row.buffer_size == 0 || !row.platform.contains(snp::PlatformState::init)) continue;
    if (!row.sev_platform.contains(snp::SevPlatformState::uninit)) continue;
    for (const std::uint64_t at : {page.value + 4, page.value + 1, page.value + 0xffc, end, end - 4, kNoMemory, ~std::uint64_t{7}, guests.value})
      EXPECT_EQ(machine.machine().snp_command(row.id, at), Status::invalid_address) << row.name << " at " << std::hex << at;
  }
}

TEST(CommandBuffer, MustNotCrossAPage) {
  SnpMachine machine;
  machine.init();
  const Spa page = machine.take_page();
  machine.take_page();
  for (const std::uint32_t command : {id::kActivate, id::kActivateEx, id::kConfig, id::kLaunchFinish, id::kLaunchStart, id::kLaunchUpdate,
                                      id::kGuestRequest, id::kGuestStatus, id::kVlekLoad, id::kFeatureInfo, id::kHvReportReq})
    EXPECT_EQ(machine.machine().snp_command(command, page.value + 0xff8), Status::invalid_address) << std::hex << command;
}

TEST(CommandBuffer, IsNotReadForCommandsWithoutOne) {
  SnpMachine machine;
  EXPECT_EQ(machine.machine().snp_command(id::kInit, kNoMemory), Status::success);
  EXPECT_EQ(machine.machine().snp_command(id::kDfFlush, 3), Status::success);
  EXPECT_EQ(machine.machine().snp_command(id::kShutdown, ~0ull), Status::success);
}

TEST(CommandBuffer, MayHaveTheCBitInItsAddress) {
  SnpMachine machine;
  machine.init();
  snp::SnpCommitBuffer buffer{};
  buffer.length = 4u;
  machine.write(machine.command_page(), bytes_of(buffer));
  EXPECT_EQ(machine.machine().snp_command(id::kCommit, machine.command_page().value | std::uint64_t{1} << 51), Status::success);
}

}  // namespace
}  // namespace swtee::test
