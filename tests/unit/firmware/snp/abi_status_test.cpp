// SPDX-License-Identifier: Apache-2.0
/// docs/abi-status.md against the tables of the firmware: neither may know a command or message that the other lacks.
#include "firmware/snp/command_table.h"
#include "firmware/snp/messages/messages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace swtee::snp {
namespace {

struct DocumentRow {
  std::string name;
  std::string status;
  std::string test;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" `");
  const auto last = text.find_last_not_of(" `");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

/// The rows below this heading, by their id (hexadecimal in the first column).
std::map<std::uint32_t, DocumentRow> rows_of(const std::string& heading) {
  std::ifstream file(SWTEE_SOURCE_DIR "/docs/abi-status.md");
  EXPECT_TRUE(file.good());
  std::map<std::uint32_t, DocumentRow> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) inside = line == heading;
    if (!inside || !line.starts_with("| `")) continue;
    std::istringstream cells(line.substr(1));
    std::string id, name, status, test;
    std::getline(cells, id, '|');
    std::getline(cells, name, '|');
    std::getline(cells, status, '|');
    std::getline(cells, test, '|');
    const auto number = static_cast<std::uint32_t>(std::stoul(trimmed(id), nullptr, 16));
    EXPECT_TRUE(rows.emplace(number, DocumentRow{trimmed(name), trimmed(status), trimmed(test)}).second) << line;
  }
  return rows;
}

void expect_row(const std::map<std::uint32_t, DocumentRow>& rows, std::uint32_t id, std::string_view name, bool modelled) {
  const auto row = rows.find(id);
  ASSERT_NE(row, rows.end()) << "docs/abi-status.md has no row for " << name;
  EXPECT_EQ(row->second.name, name);
  EXPECT_EQ(row->second.status, modelled ? "modelled" : "status only") << name;
  EXPECT_TRUE(std::filesystem::exists(std::string(SWTEE_SOURCE_DIR "/") + row->second.test)) << name << ": " << row->second.test;
}

TEST(AbiStatus, HasARowForEveryCommandAndNoOther) {
  const auto rows = rows_of("## Commands");
  for (const CommandRow& command : command_table()) expect_row(rows, command.id, command.name, command.modelled());
  EXPECT_EQ(rows.size(), command_table().size());
}

TEST(AbiStatus, HasARowForEveryMessageAndNoOther) {
  const auto rows = rows_of("## Guest messages");
  for (const MessageRow& message : message_table())
    expect_row(rows, static_cast<std::uint32_t>(message.type), message.name, message.handler != nullptr);
  EXPECT_EQ(rows.size(), message_table().size());
}

}  // namespace
}  // namespace swtee::snp
