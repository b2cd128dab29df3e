// SPDX-License-Identifier: Apache-2.0
#include "tests/vectors/snp_reports/real_evidence.h"

#include "guest/verifier/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace swtee::verifier {
namespace {

using test::any_guest_policy;
using test::evidence_of;
using test::kVectorTime;
using test::real_reports;
using test::report_bytes;
using test::root_of;

const ChainOptions kOptions{.now = kVectorTime};

std::vector<std::string_view> failed_checks(const Verdict& verdict) {
  std::vector<std::string_view> names;
  for (const Check& check : verdict.checks())
    if (check.outcome == Outcome::failed || (check.outcome == Outcome::not_done && check.required)) names.push_back(check.name);
  return names;
}

using Names = std::vector<std::string_view>;

TEST(RealReports, EncodeToTheSameBytes) {
  SWTEE_NEEDS_VECTORS();
  for (const test::RealReport& real : real_reports()) {
    const std::vector<std::uint8_t> bytes = report_bytes(real);
    const Result<Report> report = parse_report(bytes);
    ASSERT_TRUE(report.ok()) << real.report << ": " << report.error().what();
    EXPECT_EQ(report.value().version, real.version);
    const snp::AttestationReport encoded = encode_report(report.value());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), bytes_of(encoded).begin(), bytes_of(encoded).end())) << real.report;
  }
}

TEST(RealReports, VerifyWithTheVendorsRootNamed) {
  SWTEE_NEEDS_VECTORS();
  for (const test::RealReport& real : real_reports()) {
    const Verification result = verify_evidence(evidence_of(real), root_of(real.chain), any_guest_policy(), kOptions);
    EXPECT_EQ(failed_checks(result.verdict), Names{}) << real.report;
    EXPECT_TRUE(result.verdict.accepted()) << real.report;
    EXPECT_EQ(result.trusted_root, real.chain);
    EXPECT_FALSE(result.test_only);
    EXPECT_EQ(result.line, ProductLine::milan);
  }
}

TEST(RealReports, VerifyWithoutTheArkAmongTheCertificates) {
  SWTEE_NEEDS_VECTORS();
  Evidence evidence = evidence_of(real_reports()[0]);
  evidence.chain.ark.reset();
  EXPECT_TRUE(verify_evidence(evidence, root_of("snp/milan-chain.pem"), {}, kOptions).verdict.accepted());
  EXPECT_FALSE(verify_evidence(evidence, {}, {}, kOptions).verdict.accepted());
}

TEST(RealReports, AreNotTrustedUnlessTheRootIsNamed) {
  SWTEE_NEEDS_VECTORS();
  for (const test::RealReport& real : real_reports()) {
    const Verification nothing_named = verify_evidence(evidence_of(real), {}, any_guest_policy(), kOptions);
    EXPECT_EQ(failed_checks(nothing_named.verdict), Names{check::kRootTrusted}) << real.report;
    const Verification other_named =
        verify_evidence(evidence_of(real), root_of("snp/turin-chain.pem"), any_guest_policy(), kOptions);
    EXPECT_EQ(failed_checks(other_named.verdict), Names{check::kRootTrusted}) << real.report;
  }
}

TEST(RealReports, OfADebuggableGuestIsRefusedUnlessAllowed) {
  SWTEE_NEEDS_VECTORS();
  const Verification result = verify_evidence(evidence_of(real_reports()[1]), root_of("snp/milan-chain.pem"), {}, kOptions);
  EXPECT_EQ(failed_checks(result.verdict), Names{check::kGuestPolicy});
}

TEST(RealReports, AreRefusedWithAnyBitFlippedInTheSignedPart) {
  SWTEE_NEEDS_VECTORS();
  for (const std::size_t which : {0u, 3u}) {
    const test::RealReport& real = real_reports()[which];
    Evidence evidence = evidence_of(real);
    const TrustedRoots roots = root_of(real.chain);
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < 8 * snp::kSignedReportSize; ++bit) {
      evidence.report[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      const Verification result = verify_evidence(evidence, roots, any_guest_policy(), kOptions);
      EXPECT_FALSE(result.verdict.accepted()) << real.report << " bit " << bit;
      if (result.report && result.report->signing_key != SigningKey::none && bit / 8 != 0x48) {
        const Check* signature = result.verdict.find(check::kReportSignature);
        ASSERT_NE(signature, nullptr);
        EXPECT_EQ(signature->outcome, Outcome::failed) << real.report << " bit " << bit;
      }
      refused += result.verdict.accepted() ? 0 : 1;
      evidence.report[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    }
    EXPECT_EQ(refused, 5376u);
    EXPECT_TRUE(verify_evidence(evidence, roots, any_guest_policy(), kOptions).verdict.accepted());
  }
}

TEST(RealReports, AreRefusedWithAnyByteOfTheSignatureChanged) {
  SWTEE_NEEDS_VECTORS();
  for (const test::RealReport& real : real_reports()) {
    Evidence evidence = evidence_of(real);
    const TrustedRoots roots = root_of(real.chain);
    for (std::size_t at = snp::kSignedReportSize; at < evidence.report.size(); ++at) {
      evidence.report[at] ^= 0x10;
      EXPECT_FALSE(verify_evidence(evidence, roots, any_guest_policy(), kOptions).verdict.accepted()) << real.report << " " << at;
      evidence.report[at] ^= 0x10;
    }
  }
}

TEST(RealReports, NameEveryReservedByteThatIsNotZero) {
  SWTEE_NEEDS_VECTORS();
  for (const test::RealReport& real : real_reports()) {
    std::vector<std::uint8_t> bytes = report_bytes(real);
    const std::size_t cpuid_end = real.version == 2 ? 0x188 : 0x18b;
    std::vector<std::size_t> reserved;
    for (const auto& [first, end] : std::vector<std::pair<std::size_t, std::size_t>>{
             {0x4c, 0x50}, {cpuid_end, 0x1a0}, {0x1eb, 0x1ec}, {0x1ef, 0x1f0}, {0x1f8, 0x2a0}, {0x2d0, 0x2e8}, {0x318, 0x330},
             {0x330, 0x4a0}})
      for (std::size_t at = first; at < end; ++at) reserved.push_back(at);
    for (const std::size_t at : reserved) {
      ASSERT_EQ(bytes[at], 0) << real.report << " " << at;
      bytes[at] = 0x5a;
      std::ostringstream byte;
      byte << "byte 0x" << std::hex << at << " is 0x5a";
      const Result<Report> report = parse_report(bytes);
      ASSERT_FALSE(report.ok());
      EXPECT_NE(report.error().what().find(byte.str()), std::string::npos) << report.error().what();
      bytes[at] = 0;
    }
  }
}

TEST(RealReports, MeetTheWishesThatTheirFieldsMeet) {
  SWTEE_NEEDS_VECTORS();
  RelyingPartyPolicy wanted;
  wanted.signing_key = SigningKey::vlek;
  wanted.csp_id = "CN=cc-us-east-2.amazonaws.com";
  wanted.vmpl = 1;
  wanted.report_version = 3;
  wanted.min_reported_tcb = snp::Tcb{.boot_loader = 4, .tee = 0, .snp = 24, .microcode = 0xd9};
  wanted.min_firmware = FirmwareLevel{1, 55, 29};
  const test::RealReport& real = real_reports()[3];
  const Verification met = verify_evidence(evidence_of(real), root_of(real.chain), wanted, kOptions);
  EXPECT_EQ(failed_checks(met.verdict), Names{});

  wanted.min_reported_tcb->microcode = 0xda;
  wanted.csp_id = "CN=another provider";
  wanted.forbid_provisional_firmware = true;
  const Verification unmet = verify_evidence(evidence_of(real), root_of(real.chain), wanted, kOptions);
  EXPECT_EQ(failed_checks(unmet.verdict), (Names{check::kCspId, check::kReportedTcb, check::kProvisional}));
}

}  // namespace
}  // namespace swtee::verifier
