// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/verify.h"

#include "tests/unit/guest/verifier/chain_builder.h"

#include <gtest/gtest.h>

#include <functional>

namespace swtee::verifier {
namespace {

using test::ChainBuilder;
using test::kEnd;
using test::keys;
using test::kNow;
using test::kStart;
using test::trust_in_builder;
using Names = std::vector<std::string_view>;

/// The checks that count against the evidence.
Names against(const Verdict& verdict) {
  Names names;
  for (const Check& check : verdict.checks())
    if (check.outcome == Outcome::failed || (check.outcome == Outcome::not_done && check.required)) names.push_back(check.name);
  EXPECT_EQ(verdict.accepted(), names.empty());
  return names;
}

Verification judge(const ChainBuilder& builder, RelyingPartyPolicy wanted = {}, ChainOptions options = {.now = kNow}) {
  return verify_evidence(builder.sign(), trust_in_builder(builder.report.version), wanted, options);
}

struct Evil {
  const char* what;
  Names fails;
  std::function<void(ChainBuilder&)> make;
};

void set_extension(ChainBuilder& builder, const std::string& suffix, crypto::DerBytes value) {
  for (crypto::Extension& extension : builder.vek.extensions)
    if (extension.type == "1.3.6.1.4.1.3704.1" + suffix) extension.value = value;
}

void drop_extension(ChainBuilder& builder, const std::string& suffix) {
  std::erase_if(builder.vek.extensions, [&](const auto& extension) { return extension.type == "1.3.6.1.4.1.3704.1" + suffix; });
}

crypto::NameAttribute mark() { return {std::string(crypto::oid::kSerialNumber), std::string(kTestMark)}; }

const std::vector<Evil>& evils() {
  namespace c = check;
  static const std::vector<Evil> all{
      {"ARK signed by another key", {c::kArkSignature}, [](auto& b) { b.ark_signer = keys().ask; }},
      {"ASK signed by another key", {c::kAskSignature}, [](auto& b) { b.ask_signer = keys().ask; }},
      {"VEK signed by another key", {c::kVekSignature}, [](auto& b) { b.vek_issuer = keys().ark; }},
      {"report signed by another key", {c::kReportSignature},
       [](auto& b) { b.vek_signer = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{9}); }},
      {"ASK expired", {c::kCertificateDates}, [](auto& b) { b.ask.validity.not_after = kNow - 1; }},
      {"VEK from the future", {c::kCertificateDates}, [](auto& b) { b.vek.validity.not_before = kNow + 1; }},
      {"other organization", {c::kCertificateNames}, [](auto& b) { b.vek.subject.attributes[4].value = "Another"; }},
      {"other common name", {c::kCertificateNames}, [](auto& b) { b.vek.subject.attributes[5].value = "SEV-VLEK"; }},
      {"no country", {c::kCertificateNames}, [](auto& b) { b.vek.subject.attributes.erase(b.vek.subject.attributes.begin() + 1); }},
      {"two locations", {c::kCertificateNames}, [](auto& b) { b.vek.subject.attributes.push_back(b.vek.subject.attributes[2]); }},
      {"attribute of no vendor", {c::kCertificateNames},
       [](auto& b) { b.vek.subject.attributes.push_back({"2.5.4.42", "Given"}); }},
      {"mark on one certificate only", {c::kCertificateNames}, [](auto& b) { b.vek.subject.attributes.push_back(mark()); }},
      {"issuer of other encoding", {c::kCertificateNames},
       [](auto& b) { b.vek.issuer.attributes[0].tag = crypto::der::kPrintableString; }},
      {"ASK of another line", {c::kCertificateNames, c::kCertificateProfile, c::kProduct},
       [](auto& b) { b.ask.subject.attributes[5].value = b.vek.issuer.attributes[5].value = "SEV-Genoa"; }},
      {"ASK of no line", {c::kCertificateNames, c::kCertificateProfile, c::kProduct, c::kVekTcb},
       [](auto& b) { b.ask.subject.attributes[5].value = b.vek.issuer.attributes[5].value = "SEV-Naples"; }},
      {"ASK is no CA", {c::kCertificateProfile}, [](auto& b) { b.ask.extensions.pop_back(); }},
      {"ASK may not sign certificates", {c::kCertificateProfile},
       [](auto& b) { b.ask.extensions[0] = crypto::key_usage(0x02, 1); }},
      {"ASK with a short key", {c::kCertificateProfile},
       [](auto& b) { b.ask.spki = test::weak_key().public_key().spki(), b.vek_issuer = test::weak_key(); }},
      {"VEK is a CA", {c::kCertificateProfile},
       [](auto& b) { b.vek.extensions.push_back(crypto::basic_constraints_ca(std::nullopt)); }},
      {"critical extension nobody knows", {c::kCertificateProfile},
       [](auto& b) { b.vek.extensions.push_back({"1.2.3.4", true, {5, 0}}); }},
      {"VEK on P-256", {c::kCertificateProfile, c::kReportSignature}, [](auto& b) { b.vek.spki = keys().p256.public_key().spki(); }},
      {"no structVersion", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId}, [](auto& b) { drop_extension(b, ".1"); }},
      {"structVersion of another line", {c::kCertificateProfile}, [](auto& b) { set_extension(b, ".1", {2, 1, 1}); }},
      {"productName of another line", {c::kCertificateProfile},
       [](auto& b) { set_extension(b, ".2", crypto::der_text(crypto::der::kIa5String, "Genoa")); }},
      {"patch level that is no INTEGER", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId},
       [](auto& b) { set_extension(b, ".3.1", {4, 1, 4}); }},
      {"patch level above 255", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId},
       [](auto& b) { set_extension(b, ".3.8", {2, 2, 1, 0}); }},
      {"negative patch level", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId}, [](auto& b) { set_extension(b, ".3.8", {2, 1, 0xc8}); }},
      {"bytes behind a patch level", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId},
       [](auto& b) { set_extension(b, ".3.2", {2, 1, 1, 0}); }},
      {"level of no component", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId}, [](auto& b) { set_extension(b, ".3.5", {2, 1, 1}); }},
      {"fmcSPL on a Milan", {c::kCertificateProfile, c::kVekTcb},
       [](auto& b) { b.vek.extensions.push_back(test::amd_extension(".3.9", {2, 1, 1})); }},
      {"lower patch level", {c::kVekTcb}, [](auto& b) { set_extension(b, ".3.3", {2, 1, 19}); }},
      {"no hwID", {c::kCertificateProfile, c::kVekChipId}, [](auto& b) { drop_extension(b, ".4"); }},
      {"hwID of odd size", {c::kCertificateProfile, c::kVekTcb, c::kVekChipId},
       [](auto& b) { set_extension(b, ".4", crypto::DerBytes(63, 1)); }},
      {"hwID of 8 bytes on a Milan", {c::kCertificateProfile, c::kVekChipId},
       [](auto& b) { set_extension(b, ".4", {0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28}); }},
      {"hwID of another chip", {c::kVekChipId}, [](auto& b) { set_extension(b, ".4", crypto::DerBytes(64, 1)); }},
      {"VCEK with cspID", {c::kCertificateProfile},
       [](auto& b) { b.vek.extensions.push_back(test::amd_extension(".5", crypto::der_text(crypto::der::kIa5String, "CN=x"))); }},
      {"CRL by another key", {c::kCrl}, [](auto& b) { b.crl_signer = keys().ask; }},
      {"CRL of another issuer", {c::kCrl}, [](auto& b) { b.crl.issuer.attributes[5].value = "ARK-Genoa"; }},
      {"CRL overdue", {c::kCrl}, [](auto& b) { b.crl.next_update = kNow - 1; }},
      {"CRL from the future", {c::kCrl}, [](auto& b) { b.crl.this_update = kNow + 1; }},
      {"ASK revoked", {c::kCrl}, [](auto& b) { b.crl.revoked.push_back({b.ask.serial, kStart}); }},
      {"ARK may not sign CRLs", {c::kCrl}, [](auto& b) { b.ark.extensions[0] = crypto::key_usage(0x04, 2); }},
      {"report not signed", {c::kSigningKey, c::kProduct, c::kVekTcb, c::kVekChipId, c::kReportSignature},
       [](auto& b) { b.report.key_info = 7u << 2; }},
      {"signature algorithm unknown", {c::kSigningKey}, [](auto& b) { b.report.signature_algo = 2; }},
      {"reserved byte", {c::kReportFormat}, [](auto& b) { b.report.reserved_18bh[3] = 1; }},
      {"report of another product", {c::kProduct}, [](auto& b) { b.report.cpuid_mod_id = 0x11; }},
      {"report of an unknown product", {c::kProduct}, [](auto& b) { b.report.cpuid_fam_id = 0x17; }},
      {"reported TCB above committed", {c::kTcbOrder},
       [](auto& b) { b.report.committed_tcb = b.report.reported_tcb - (std::uint64_t{1} << 48); }},
      {"committed TCB above current", {c::kTcbOrder},
       [](auto& b) { b.report.current_tcb = b.report.committed_tcb - (std::uint64_t{1} << 56); }},
      {"TCB bits of no component", {c::kTcbOrder}, [](auto& b) { b.report.launch_tcb = b.report.launch_tcb | 0x10000; }},
      {"debuggable guest", {c::kGuestPolicy}, [](auto& b) { b.report.policy = b.report.policy | snp::policy::Debug::mask; }},
  };
  return all;
}

TEST(VerifyEvidence, AcceptsWellFormedEvidenceOfEveryVersionAndKey) {
  for (const std::uint32_t version : {2u, 3u, 4u, 5u}) {
    for (const bool vlek : {false, true}) {
      ChainBuilder builder(version, vlek);
      const Verification result = judge(builder);
      EXPECT_EQ(against(result.verdict), Names{}) << "version " << version << (vlek ? " VLEK" : " VCEK");
      EXPECT_EQ(result.line, version == 5 ? ProductLine::turin : ProductLine::milan);
    }
  }
}

TEST(VerifyEvidence, FailsExactlyTheChecksThatAnEvilTouches) {
  for (const Evil& evil : evils()) {
    ChainBuilder builder;
    evil.make(builder);
    EXPECT_EQ(against(judge(builder).verdict), evil.fails) << evil.what;
  }
}

TEST(VerifyEvidence, TrustsNoRootByItself) {
  const Verification result = verify_evidence(ChainBuilder().sign(), {}, {}, {.now = kNow});
  EXPECT_EQ(against(result.verdict), Names{check::kRootTrusted});
  EXPECT_EQ(result.trusted_root, "");
}

TEST(VerifyEvidence, DoesNotTakeANameForAKey) {
  ChainBuilder forger;
  forger.ark.spki = keys().ask.public_key().spki();
  forger.ark_signer = forger.ask_signer = forger.crl_signer = keys().ask;
  EXPECT_EQ(against(judge(forger).verdict), Names{check::kRootTrusted});
}

TEST(VerifyEvidence, TrustsARootIssuedAnewWithOtherDates) {
  ChainBuilder builder;
  builder.ark.validity.not_after = kEnd + 500;
  builder.ark.serial = {7};
  EXPECT_EQ(against(judge(builder).verdict), Names{});
}

TEST(VerifyEvidence, SaysThatMarkedEvidenceIsForTests) {
  ChainBuilder builder;
  for (crypto::Name* name : {&builder.ark.subject, &builder.ark.issuer, &builder.ask.subject, &builder.ask.issuer,
                             &builder.vek.subject, &builder.vek.issuer, &builder.crl.issuer})
    name->attributes.push_back(mark());
  const Evidence evidence = builder.sign();
  const Verification distrusted = verify_evidence(evidence, trust_in_builder(), {}, {.now = kNow});
  EXPECT_EQ(against(distrusted.verdict), Names{check::kRootTrusted});
  EXPECT_TRUE(distrusted.test_only);
  TrustedRoots roots;
  ASSERT_TRUE(roots.add("swtee-test", *evidence.chain.ark).ok());
  const Verification trusted = verify_evidence(evidence, roots, {}, {.now = kNow});
  EXPECT_EQ(against(trusted.verdict), Names{});
  EXPECT_TRUE(trusted.test_only);
  EXPECT_EQ(trusted.trusted_root, "swtee-test");
}

TEST(VerifyEvidence, AsksForACrlOnlyWhenToldTo) {
  ChainBuilder builder;
  builder.with_crl = false;
  EXPECT_EQ(against(judge(builder).verdict), Names{});
  EXPECT_EQ(against(judge(builder, {}, {.now = kNow, .require_crl = true}).verdict), Names{check::kCrl});
}

TEST(VerifyEvidence, AcceptsBothFormsOfHwid) {
  ChainBuilder builder;
  crypto::DerBytes wrapped{0x04, 0x40};
  for (std::size_t i = 0; i < 64; ++i) wrapped.push_back(static_cast<std::uint8_t>(0x21 + i));
  set_extension(builder, ".4", wrapped);
  EXPECT_EQ(against(judge(builder).verdict), Names{});
}

TEST(VerifyEvidence, LeavesTheChipOpenWhenThePlatformMasksIt) {
  ChainBuilder builder;
  builder.report.chip_id.fill(0);
  const Verification result = judge(builder);
  EXPECT_EQ(against(result.verdict), Names{});
  EXPECT_EQ(result.verdict.find(check::kVekChipId)->outcome, Outcome::not_done);
}

TEST(VerifyEvidence, AcceptsOnlyTheKindOfKeyThatIsWanted) {
  RelyingPartyPolicy wanted;
  wanted.signing_key = SigningKey::vlek;
  EXPECT_EQ(against(judge(ChainBuilder(3, false), wanted).verdict), Names{check::kSigningKey});
  wanted.csp_id = "CN=provider.example";
  EXPECT_EQ(against(judge(ChainBuilder(3, true), wanted).verdict), Names{});
  wanted.csp_id = "CN=provider.exampl";
  EXPECT_EQ(against(judge(ChainBuilder(3, true), wanted).verdict), Names{check::kCspId});
  wanted.signing_key.reset();
  EXPECT_EQ(against(judge(ChainBuilder(3, false), wanted).verdict), Names{check::kCspId});
}

TEST(VerifyEvidence, StopsAtAReportThatCannotBeRead) {
  Evidence evidence = ChainBuilder().sign();
  evidence.report.pop_back();
  const Verification result = verify_evidence(evidence, trust_in_builder(), {}, {.now = kNow});
  EXPECT_EQ(against(result.verdict), Names{check::kReportFormat});
  EXPECT_FALSE(result.report.has_value());
}

TEST(VerifyEvidence, SaysWhichCertificateIsMissing) {
  Evidence evidence = ChainBuilder().sign();
  evidence.chain = {};
  const Verification nothing = verify_evidence(evidence, trust_in_builder(), {}, {.now = kNow});
  EXPECT_FALSE(nothing.verdict.accepted());
  for (const Check& check : nothing.verdict.checks()) EXPECT_NE(check.outcome, Outcome::failed) << check.name;
  EXPECT_NE(nothing.verdict.find(check::kCertificatesPresent)->detail.find("VCEK and ASK"), std::string::npos);
}

}  // namespace
}  // namespace swtee::verifier
