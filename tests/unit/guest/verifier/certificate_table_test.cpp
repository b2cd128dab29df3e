// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/certificate_table.h"

#include <gtest/gtest.h>

namespace swtee::verifier {
namespace {

std::vector<std::uint8_t> table_of(std::uint32_t offset, std::uint32_t length, std::size_t size) {
  std::vector<std::uint8_t> table(size);
  snp::CertificateTableEntry entry;
  entry.guid = snp::kVcekGuid;
  entry.offset = offset;
  entry.length = length;
  std::copy_n(bytes_of(entry).begin(), sizeof entry, table.begin());
  return table;
}

TEST(VerifierCertificateTable, ReadsWhatItBuilt) {
  const std::vector<TableCertificate> certificates{
      {snp::kArkGuid, {1, 2, 3}}, {snp::kAskGuid, {}}, {snp::kVcekGuid, std::vector<std::uint8_t>(1360, 9)}};
  const auto table = build_certificate_table(certificates);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table.value().size(), 4 * 24 + 3 + 1360u);
  const auto read = parse_certificate_table(table.value());
  ASSERT_TRUE(read.ok()) << read.error().what();
  ASSERT_EQ(read.value().size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.value()[i].guid, certificates[i].guid);
    EXPECT_EQ(read.value()[i].bytes, certificates[i].bytes);
  }
}

TEST(VerifierCertificateTable, LiesInMemoryAsTheGhcbSpecificationSays) {
  const auto table = build_certificate_table({{snp::kArkGuid, {0xaa, 0xbb}}}).value();
  const std::vector<std::uint8_t> expected{0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01,
                                           0x4c, 0xd0, 0xae, 48,   0,    0,    0,    2,    0,    0,    0,    0,    0,
                                           0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                                           0,    0,    0,    0,    0,    0,    0,    0,    0,    0xaa, 0xbb};
  EXPECT_EQ(table, expected);
  EXPECT_EQ(text_of(snp::kArkGuid), "c0b406a4-a803-4952-9743-3fb6014cd0ae");
}

TEST(VerifierCertificateTable, TakesAnEmptyTableAsNoCertificates) {
  EXPECT_TRUE(parse_certificate_table({}).value().empty());
  EXPECT_TRUE(parse_certificate_table(std::vector<std::uint8_t>(4096)).value().empty());
}

TEST(VerifierCertificateTable, RefusesAListThatDoesNotEnd) {
  std::vector<std::uint8_t> table = table_of(24, 0, 24);
  EXPECT_FALSE(parse_certificate_table(table).ok());
  table.resize(47);
  EXPECT_FALSE(parse_certificate_table(table).ok());
  table.resize(48);
  EXPECT_FALSE(parse_certificate_table(table).ok()) << "an entry points into the list";
  EXPECT_FALSE(parse_certificate_table(std::vector<std::uint8_t>(23)).ok());
}

TEST(VerifierCertificateTable, RefusesEntriesOutsideTheTable) {
  EXPECT_TRUE(parse_certificate_table(table_of(48, 16, 64)).ok());
  EXPECT_TRUE(parse_certificate_table(table_of(64, 0, 64)).ok());
  for (const auto& [offset, length] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {48, 17}, {0, 8}, {47, 1}, {65, 0}, {0xffffffff, 0}, {0xffffffff, 0xffffffff}, {48, 0xffffffff}, {0xfffffff0, 0x20}})
    EXPECT_FALSE(parse_certificate_table(table_of(offset, length, 64)).ok()) << offset << " " << length;
}

TEST(VerifierCertificateTable, RefusesAGuidOfZeroInTheList) {
  std::vector<std::uint8_t> table = table_of(48, 1, 64);
  std::fill_n(table.begin(), 16, std::uint8_t{0});
  const auto read = parse_certificate_table(table);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().what().find("GUID of zero"), std::string::npos);
}

TEST(VerifierCertificateTable, RefusesMoreThanLinuxTakes) {
  EXPECT_TRUE(parse_certificate_table(std::vector<std::uint8_t>(0x4000)).ok());
  EXPECT_FALSE(parse_certificate_table(std::vector<std::uint8_t>(0x4001)).ok());
  EXPECT_TRUE(build_certificate_table({{snp::kCrlGuid, std::vector<std::uint8_t>(0x4000 - 48)}}).ok());
  EXPECT_FALSE(build_certificate_table({{snp::kCrlGuid, std::vector<std::uint8_t>(0x4000 - 47)}}).ok());
  EXPECT_FALSE(build_certificate_table({{snp::CertificateGuid{}, {1}}}).ok());
}

}  // namespace
}  // namespace swtee::verifier
