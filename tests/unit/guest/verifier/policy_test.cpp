// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/policy.h"

#include "tests/unit/guest/verifier/report_builder.h"

#include <gtest/gtest.h>

#include <functional>

namespace swtee::verifier {
namespace {

using test::bytes;
using test::well_formed_report;

Report report_of(std::uint32_t version) { return parse_report(bytes(well_formed_report(version))).value(); }

Verdict judge(const Report& report, const RelyingPartyPolicy& wanted) {
  Verdict verdict;
  check_policy(report, tcb_layout_of(report), wanted, verdict);
  return verdict;
}

TEST(VerifierPolicy, AsksForNothingButTheGuestPolicyByDefault) {
  const Verdict verdict = judge(report_of(3), {});
  ASSERT_EQ(verdict.checks().size(), 1u);
  EXPECT_EQ(verdict.checks()[0].name, check::kGuestPolicy);
  EXPECT_TRUE(verdict.accepted());
}

TEST(VerifierPolicy, RefusesDebugAndMigrationUnlessAllowed) {
  for (const std::uint64_t bit : {snp::policy::Debug::mask, snp::policy::MigrateMa::mask}) {
    Report report = report_of(3);
    report.policy |= bit;
    RelyingPartyPolicy wanted;
    EXPECT_FALSE(judge(report, wanted).accepted());
    wanted.forbidden_guest_policy &= ~bit;
    EXPECT_TRUE(judge(report, wanted).accepted());
  }
}

/// One wish that the report of `report_of(5)` meets, and the change that breaks it.
struct Wish {
  std::string_view name;
  std::function<void(RelyingPartyPolicy&, const Report&)> want;
  std::function<void(Report&)> break_it;
};

const std::vector<Wish>& wishes() {
  static const std::vector<Wish> all{
      {check::kGuestPolicy, [](auto& p, auto&) { p.required_guest_policy = snp::policy::Smt::mask; },
       [](auto& r) { r.policy &= ~snp::policy::Smt::mask; }},
      {check::kPlatformInfo, [](auto& p, auto&) { p.required_platform_info = snp::platform_info::EccEn::mask; },
       [](auto& r) { r.platform_info = 0; }},
      {check::kPlatformInfo, [](auto& p, auto&) { p.forbidden_platform_info = snp::platform_info::TioEn::mask; },
       [](auto& r) { r.platform_info |= snp::platform_info::TioEn::mask; }},
      {check::kReportVersion, [](auto& p, auto&) { p.report_version = 5; }, [](auto& r) { r.version = 3; }},
      {check::kReportData, [](auto& p, auto& r) { p.report_data = r.report_data; }, [](auto& r) { r.report_data[63] ^= 1; }},
      {check::kMeasurement, [](auto& p, auto& r) { p.measurement = r.measurement; }, [](auto& r) { r.measurement[0] ^= 1; }},
      {check::kHostData, [](auto& p, auto& r) { p.host_data = r.host_data; }, [](auto& r) { r.host_data[31] ^= 1; }},
      {check::kFamilyId, [](auto& p, auto& r) { p.family_id = r.family_id; }, [](auto& r) { r.family_id[15] ^= 1; }},
      {check::kImageId, [](auto& p, auto& r) { p.image_id = r.image_id; }, [](auto& r) { r.image_id[0] ^= 1; }},
      {check::kIdKeyDigest, [](auto& p, auto& r) { p.id_key_digest = r.id_key_digest; },
       [](auto& r) { r.id_key_digest[47] ^= 1; }},
      {check::kAuthorKeyDigest, [](auto& p, auto& r) { p.author_key_digest = r.author_key_digest; },
       [](auto& r) { r.author_key_digest[47] ^= 1; }},
      {check::kReportId, [](auto& p, auto& r) { p.report_id = r.report_id; }, [](auto& r) { r.report_id[5] ^= 1; }},
      {check::kReportIdMa, [](auto& p, auto& r) { p.report_id_ma = r.report_id_ma; }, [](auto& r) { r.report_id_ma[5] ^= 1; }},
      {check::kChipId, [](auto& p, auto& r) { p.chip_id = r.chip_id; }, [](auto& r) { r.chip_id.fill(0); }},
      {check::kVmpl, [](auto& p, auto&) { p.vmpl = 1; }, [](auto& r) { r.vmpl = 0; }},
      {check::kGuestSvn, [](auto& p, auto&) { p.min_guest_svn = 7; }, [](auto& r) { r.guest_svn = 6; }},
      {check::kReportedTcb, [](auto& p, auto&) { p.min_reported_tcb = snp::Tcb{.fmc = 3, .snp = 20, .microcode = 200}; },
       [](auto& r) { r.reported_tcb = snp::encode({.fmc = 2, .boot_loader = 255, .tee = 255, .snp = 255, .microcode = 255},
                                                  snp::TcbLayout::turin); }},
      {check::kCommittedTcb, [](auto& p, auto&) { p.min_committed_tcb = snp::Tcb{.snp = 21}; },
       [](auto& r) { r.committed_tcb -= std::uint64_t{1} << 24; }},
      {check::kLaunchTcb, [](auto& p, auto&) { p.min_launch_tcb = snp::Tcb{.boot_loader = 4}; },
       [](auto& r) { r.launch_tcb -= std::uint64_t{1} << 8; }},
      {check::kFirmwareVersion, [](auto& p, auto&) { p.min_firmware = FirmwareLevel{1, 55, 2}; },
       [](auto& r) { r.committed = {1, 54, 99}; }},
  };
  return all;
}

TEST(VerifierPolicy, PassesEachWishThatIsMet) {
  for (const Wish& wish : wishes()) {
    const Report report = report_of(5);
    RelyingPartyPolicy wanted;
    wish.want(wanted, report);
    const Verdict verdict = judge(report, wanted);
    ASSERT_NE(verdict.find(wish.name), nullptr) << wish.name;
    EXPECT_EQ(verdict.find(wish.name)->outcome, Outcome::passed) << wish.name << ": " << verdict.find(wish.name)->detail;
    EXPECT_TRUE(verdict.accepted()) << wish.name;
  }
}

TEST(VerifierPolicy, FailsExactlyTheWishThatIsNotMet) {
  for (const Wish& wish : wishes()) {
    Report report = report_of(5);
    RelyingPartyPolicy wanted;
    for (const Wish& other : wishes()) other.want(wanted, report);
    wish.break_it(report);
    const Verdict verdict = judge(report, wanted);
    EXPECT_FALSE(verdict.accepted()) << wish.name;
    for (const Check& check : verdict.checks())
      EXPECT_EQ(check.outcome, check.name == wish.name ? Outcome::failed : Outcome::passed) << check.name << ": " << check.detail;
  }
}

TEST(VerifierPolicy, RefusesProvisionalFirmwareWhenAsked) {
  RelyingPartyPolicy wanted;
  wanted.forbid_provisional_firmware = true;
  Report report = report_of(3);
  report.current = report.committed;
  report.current_tcb = report.committed_tcb;
  EXPECT_TRUE(judge(report, wanted).accepted());
  report.current_tcb = report.committed_tcb + (std::uint64_t{1} << 56);
  EXPECT_EQ(judge(report, wanted).find(check::kProvisional)->outcome, Outcome::failed);
  report.current_tcb = report.committed_tcb;
  report.current.build++;
  EXPECT_EQ(judge(report, wanted).find(check::kProvisional)->outcome, Outcome::failed);
}

TEST(VerifierPolicy, CountsATcbWishThatCannotBeCheckedAgainstTheEvidence) {
  RelyingPartyPolicy wanted;
  wanted.min_reported_tcb = snp::Tcb{};
  Verdict verdict;
  check_policy(report_of(3), std::nullopt, wanted, verdict);
  EXPECT_EQ(verdict.find(check::kReportedTcb)->outcome, Outcome::not_done);
  EXPECT_FALSE(verdict.accepted());
}

TEST(VerifierVerdict, AcceptsNothingWithoutChecks) { EXPECT_FALSE(Verdict{}.accepted()); }

TEST(VerifierVerdict, LetsSkippedChecksPassAndMissingOnesNot) {
  Verdict verdict;
  verdict.passed(check::kReportFormat, "");
  verdict.skipped(check::kCrl, "no CRL was given");
  EXPECT_TRUE(verdict.accepted());
  verdict.missing(check::kRootTrusted, "no ARK");
  EXPECT_FALSE(verdict.accepted());
}

}  // namespace
}  // namespace swtee::verifier
