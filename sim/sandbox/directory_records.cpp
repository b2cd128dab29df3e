// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/directory_records.h"

#include "sim/sandbox/node_stat.h"

#include <cstring>

namespace swtee::sandbox {
namespace {

/// linux_dirent64: inode 8, next 8, length 2, type 1, name. linux_dirent has no such type; it hides in the last byte.
void append_record(std::vector<std::byte>& out, const DirectoryEntry& entry, std::uint64_t next, RecordForm form) {
  const bool wide = form == RecordForm::linux_dirent64;
  const std::size_t fixed = wide ? 19 : 18;
  const std::size_t length = (fixed + entry.name.size() + (wide ? 1 : 2) + 7) & ~std::size_t{7};
  const std::size_t start = out.size();
  out.resize(start + length);
  std::byte* record = out.data() + start;
  const auto short_length = static_cast<std::uint16_t>(length);
  std::memcpy(record, &entry.inode, 8);
  std::memcpy(record + 8, &next, 8);
  std::memcpy(record + 16, &short_length, 2);
  std::memcpy(record + fixed, entry.name.c_str(), entry.name.size() + 1);
  record[wide ? 18 : length - 1] = static_cast<std::byte>(entry_type(entry.kind));
}

}  // namespace

std::vector<std::byte> directory_records(std::span<const DirectoryEntry> entries, std::uint64_t& next, std::size_t room,
                                         RecordForm form) {
  std::vector<std::byte> records;
  for (; next < entries.size(); ++next) {
    const std::size_t before = records.size();
    append_record(records, entries[next], next + 1, form);
    if (records.size() <= room) continue;
    records.resize(before);
    break;
  }
  return records;
}

}  // namespace swtee::sandbox
