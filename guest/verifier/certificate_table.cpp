// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/certificate_table.h"

#include "firmware/contract/require.h"
#include "guest/verifier/hex.h"

#include <array>

namespace swtee::verifier {
namespace {

constexpr std::size_t kEntrySize = sizeof(snp::CertificateTableEntry);

struct GuidName {
  snp::CertificateGuid guid;
  std::string_view name;
};

constexpr std::array kGuidNames{
    GuidName{snp::kArkGuid, "ARK"},   GuidName{snp::kAskGuid, "ASK or ASVK"}, GuidName{snp::kVcekGuid, "VCEK"},
    GuidName{snp::kVlekGuid, "VLEK"}, GuidName{snp::kCrlGuid, "CRL"},
};

Result<std::vector<snp::CertificateTableEntry>> read_entries(ByteView bytes) {
  std::vector<snp::CertificateTableEntry> entries;
  for (std::size_t at = 0; at + kEntrySize <= bytes.size(); at += kEntrySize) {
    const ByteView entry = bytes.subspan(at, kEntrySize);
    if (all_zero(entry)) return entries;
    entries.push_back(from_bytes<snp::CertificateTableEntry>(entry));
  }
  return fail("certificate table: no all-zero entry ends the list within its " + std::to_string(bytes.size()) + " bytes");
}

}  // namespace

Result<std::vector<TableCertificate>> parse_certificate_table(ByteView bytes) {
  std::vector<TableCertificate> certificates;
  if (bytes.empty()) return certificates;
  if (bytes.size() > snp::kCertificateTableMax)
    return fail("certificate table: " + std::to_string(bytes.size()) + " bytes are more than the 16384 that a table can have");
  const std::vector<snp::CertificateTableEntry> entries = SWTEE_TRY(read_entries(bytes));
  const std::size_t list_end = (entries.size() + 1) * kEntrySize;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t offset = entries[i].offset;
    const std::size_t length = entries[i].length;
    const std::string where = "certificate table: entry " + std::to_string(i) + " (" + text_of(entries[i].guid) + ")";
    if (all_zero(entries[i].guid)) return fail(where + " has a GUID of zero but is not all zero");
    if (offset < list_end) return fail(where + " points at " + hex_number(offset) + ", into the list of entries");
    if (offset > bytes.size() || length > bytes.size() - offset)
      return fail(where + " ends at " + hex_number(offset + length) + ", beyond the table's " + hex_number(bytes.size()));
    const ByteView content = bytes.subspan(offset, length);
    certificates.push_back({entries[i].guid, {content.begin(), content.end()}});
  }
  return certificates;
}

Result<std::vector<std::uint8_t>> build_certificate_table(const std::vector<TableCertificate>& certificates) {
  std::size_t size = (certificates.size() + 1) * kEntrySize;
  std::vector<std::uint8_t> table;
  for (const TableCertificate& certificate : certificates) {
    SWTEE_REQUIRE(!all_zero(certificate.guid), Error("certificate table: a GUID of zero would end the list"));
    if (certificate.bytes.size() > snp::kCertificateTableMax || size + certificate.bytes.size() > snp::kCertificateTableMax)
      return fail("certificate table: these certificates do not fit into 16384 bytes");
    snp::CertificateTableEntry entry;
    entry.guid = certificate.guid;
    entry.offset = static_cast<std::uint32_t>(size);
    entry.length = static_cast<std::uint32_t>(certificate.bytes.size());
    size += certificate.bytes.size();
    const ByteView bytes = bytes_of(entry);
    table.insert(table.end(), bytes.begin(), bytes.end());
  }
  table.resize(table.size() + kEntrySize);
  for (const TableCertificate& certificate : certificates)
    table.insert(table.end(), certificate.bytes.begin(), certificate.bytes.end());
  return table;
}

std::string_view name_of(const snp::CertificateGuid& guid) {
  for (const GuidName& known : kGuidNames)
    if (known.guid == guid) return known.name;
  return {};
}

std::string text_of(const snp::CertificateGuid& guid) {
  std::string text = to_hex(guid);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace swtee::verifier
