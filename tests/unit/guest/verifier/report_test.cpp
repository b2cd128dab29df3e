// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/report.h"

#include "tests/unit/guest/verifier/report_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace swtee::verifier {
namespace {

using test::bytes;
using test::well_formed_report;

class VerifierReportEachVersion : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Versions, VerifierReportEachVersion, testing::Values(2u, 3u, 4u, 5u));

TEST_P(VerifierReportEachVersion, EncodesToTheSameBytes) {
  const snp::AttestationReport wire = well_formed_report(GetParam());
  const Result<Report> report = parse_report(bytes(wire));
  ASSERT_TRUE(report.ok()) << report.error().what();
  EXPECT_EQ(bytes(encode_report(report.value())), bytes(wire));
}

TEST_P(VerifierReportEachVersion, AnyByteIsKeptOrRefused) {
  const std::vector<std::uint8_t> good = bytes(well_formed_report(GetParam()));
  for (std::size_t at = 4; at < good.size(); ++at) {
    std::vector<std::uint8_t> changed = good;
    changed[at] ^= 0x01;
    const Result<Report> report = parse_report(changed);
    if (!report.ok()) continue;
    EXPECT_EQ(bytes(encode_report(report.value())), changed) << "at " << at;
  }
}

/// Reserved bytes as the specification's tables give them, written down apart from the code under test.
bool reserved(std::size_t at, std::uint32_t version) {
  const auto in = [at](std::size_t first, std::size_t end) { return at >= first && at < end; };
  return in(0x4c, 0x50) || in(version == 2 ? 0x188 : 0x18b, 0x1a0) || at == 0x1eb || at == 0x1ef ||
         in(version == 5 ? 0x208 : 0x1f8, 0x2a0) || in(0x2a0 + 48, 0x2a0 + 72) || in(0x2e8 + 48, 0x2e8 + 72) || in(0x330, 0x4a0);
}

TEST_P(VerifierReportEachVersion, NamesEveryFlippedReservedByte) {
  const std::vector<std::uint8_t> good = bytes(well_formed_report(GetParam()));
  std::size_t named = 0;
  for (std::size_t at = 0x4c; at < good.size(); ++at) {
    std::vector<std::uint8_t> changed = good;
    changed[at] ^= 0x80;
    const std::vector<FormatProblem> problems = format_problems(from_bytes<snp::AttestationReport>(changed));
    if (!reserved(at, GetParam())) {
      EXPECT_TRUE(problems.empty()) << problems.front().what;
      continue;
    }
    ASSERT_EQ(problems.size(), 1u) << "at " << at;
    EXPECT_LE(problems[0].first, at);
    EXPECT_GE(problems[0].last, at);
    std::ostringstream name;
    name << "byte 0x" << std::hex << at << " is 0x80";
    EXPECT_NE(problems[0].what.find(name.str()), std::string::npos) << problems[0].what;
    EXPECT_FALSE(parse_report(changed).ok());
    EXPECT_TRUE(decode_report(changed).ok());
    ++named;
  }
  EXPECT_GT(named, 368u);
}

TEST(VerifierReport, RefusesEveryOtherSize) {
  std::vector<std::uint8_t> input = bytes(well_formed_report(3));
  input.push_back(0);
  EXPECT_FALSE(parse_report(input).ok());
  for (const std::size_t size : {0u, 1u, 4u, 671u, 672u, 1183u}) {
    const Result<Report> report = parse_report(ByteView(input).first(size));
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.error().what().find("has " + std::to_string(size)), std::string::npos);
  }
}

TEST(VerifierReport, RefusesVersionsItDoesNotKnow) {
  for (const std::uint32_t version : {0u, 1u, 6u, 0x100u, 0x02000000u, 0xffffffffu}) {
    snp::AttestationReport wire = well_formed_report(3);
    wire.version = version;
    EXPECT_FALSE(decode_report(bytes(wire)).ok()) << version;
  }
}

TEST(VerifierReport, RefusesPolicyWithoutTheBitThatMustBeOne) {
  snp::AttestationReport wire = well_formed_report(3);
  wire.policy = wire.policy & ~snp::policy::ReservedMustBeOne::mask;
  const Result<Report> report = parse_report(bytes(wire));
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().what().find("bit 17"), std::string::npos);
}

TEST(VerifierReport, RefusesReservedBitsOfPolicyAndKeyInfo) {
  for (unsigned bit = 26; bit < 64; ++bit) {
    snp::AttestationReport wire = well_formed_report(3);
    wire.policy = wire.policy | (std::uint64_t{1} << bit);
    EXPECT_FALSE(parse_report(bytes(wire)).ok()) << bit;
  }
  for (unsigned bit = 5; bit < 32; ++bit) {
    snp::AttestationReport wire = well_formed_report(3);
    wire.key_info = wire.key_info | (1u << bit);
    EXPECT_FALSE(parse_report(bytes(wire)).ok()) << bit;
  }
  for (unsigned key = 0; key < 8; ++key) {
    snp::AttestationReport wire = well_formed_report(3);
    wire.key_info = key << 2;
    EXPECT_EQ(parse_report(bytes(wire)).ok(), key == 0 || key == 1 || key == 7) << key;
  }
}

TEST(VerifierReport, ReadsFieldsFromTheirPlaces) {
  const Report report = parse_report(bytes(well_formed_report(5))).value();
  EXPECT_EQ(report.guest_svn, 7u);
  EXPECT_EQ(report.vmpl, 1u);
  EXPECT_EQ(report.signing_key, SigningKey::vcek);
  EXPECT_TRUE(report.author_key_en);
  EXPECT_FALSE(report.mask_chip_key);
  EXPECT_EQ(text_of(report.current), "1.58.3");
  EXPECT_EQ(text_of(report.committed), "1.55.2");
  ASSERT_TRUE(report.mitigations.has_value());
  EXPECT_EQ(report.mitigations->current, 0x33u);
  EXPECT_EQ(report.signature_r[47], 0x40);
  EXPECT_EQ(report.signature_r[0], 0x40 + 47);
  EXPECT_EQ(decode_tcb(report.current_tcb, *tcb_layout_of(report)).snp, 22);
}

TEST(VerifierReport, TellsTheProductByCpuidOrChipId) {
  const auto line = [](snp::AttestationReport wire) { return line_of(decode_report(bytes(wire)).value()); };
  EXPECT_EQ(line(well_formed_report(3)), ProductLine::milan);
  EXPECT_EQ(line(well_formed_report(5)), ProductLine::turin);

  snp::AttestationReport bergamo = well_formed_report(3);
  bergamo.cpuid_mod_id = 0xa0;
  EXPECT_EQ(line(bergamo), ProductLine::genoa);
  snp::AttestationReport unknown = well_formed_report(3);
  unknown.cpuid_mod_id = 0x20;
  EXPECT_EQ(line(unknown), std::nullopt);

  snp::AttestationReport old = well_formed_report(2);
  EXPECT_EQ(line(old), std::nullopt);
  EXPECT_EQ(tcb_layout_of(decode_report(bytes(old)).value()), snp::TcbLayout::milan_genoa);
  std::fill(old.chip_id.begin() + 8, old.chip_id.end(), std::uint8_t{0});
  EXPECT_EQ(line(old), ProductLine::turin);
  old.chip_id.fill(0);
  EXPECT_EQ(line(old), std::nullopt);
  EXPECT_EQ(tcb_layout_of(decode_report(bytes(old)).value()), std::nullopt);
}

}  // namespace
}  // namespace swtee::verifier
