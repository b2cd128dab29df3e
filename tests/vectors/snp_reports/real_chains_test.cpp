// SPDX-License-Identifier: Apache-2.0
#include "tests/vectors/snp_reports/real_evidence.h"

#include "guest/verifier/chain.h"

#include <gtest/gtest.h>

namespace swtee::verifier {
namespace {

using test::any_guest_policy;
using test::chain_certificates;
using test::chain_of;
using test::certificate;
using test::evidence_of;
using test::kVectorTime;
using test::real_reports;
using test::root_of;

const ChainOptions kOptions{.now = kVectorTime};

Outcome outcome(const Verdict& verdict, std::string_view name) {
  const Check* check = verdict.find(name);
  EXPECT_NE(check, nullptr) << name;
  return check == nullptr ? Outcome::not_done : check->outcome;
}

struct RealChain {
  const char* chain;
  const char* vek;
  SigningKey key;
  ProductLine line;
};

const std::vector<RealChain>& real_chains() {
  static const std::vector<RealChain> all{
      {"snp/milan-chain.pem", "snp/milan-vcek-a.der", SigningKey::vcek, ProductLine::milan},
      {"snp/milan-chain.pem", "snp/milan-vcek-b.der", SigningKey::vcek, ProductLine::milan},
      {"snp/milan-chain.pem", "snp/vcek-c.der", SigningKey::vcek, ProductLine::milan},
      {"snp/milan-vlek-chain.pem", "snp/vlek.der", SigningKey::vlek, ProductLine::milan},
      {"snp/genoa-chain.pem", "snp/genoa-vcek.pem", SigningKey::vcek, ProductLine::genoa},
      {"snp/turin-chain.pem", "snp/turin-vcek.der", SigningKey::vcek, ProductLine::turin},
      {"snp/turin-chain-b.pem", "snp/turin-vcek.der", SigningKey::vcek, ProductLine::turin},
  };
  return all;
}

TEST(RealChains, PassEveryCheck) {
  SWTEE_NEEDS_VECTORS();
  for (const RealChain& real : real_chains()) {
    Verdict verdict;
    const ChainFacts facts = check_chain(chain_of(real.chain, real.vek), real.key, root_of(real.chain), kOptions, verdict);
    for (const Check& check : verdict.checks())
      EXPECT_TRUE(check.outcome == Outcome::passed || check.name == check::kCrl) << real.vek << " " << check.name << ": " << check.detail;
    EXPECT_EQ(facts.line, real.line);
    EXPECT_TRUE(facts.vek_key.has_value());
  }
}

TEST(RealChains, ShowTheExtensionsThatOpensslPrints) {
  SWTEE_NEEDS_VECTORS();  // numbers below: openssl asn1parse
  const VekExtensions turin = parse_vek_extensions(certificate("snp/turin-vcek.der")).value();
  EXPECT_EQ(turin.struct_version, 1u);
  EXPECT_EQ(turin.product_name, "Turin");
  EXPECT_TRUE(turin.has_fmc);
  EXPECT_EQ(turin.tcb, (snp::Tcb{.microcode = 9}));
  EXPECT_EQ(to_hex(*turin.hwid), "1e550a8ee5cf9f4d");
  const VekExtensions genoa = parse_vek_extensions(certificate("snp/genoa-vcek.pem")).value();
  EXPECT_EQ(genoa.product_name, "Genoa");
  EXPECT_EQ(genoa.tcb, (snp::Tcb{.boot_loader = 10, .tee = 0, .snp = 23, .microcode = 84}));
  EXPECT_EQ(to_hex(*genoa.hwid).substr(0, 16), "0506ffba875e939c");
  const VekExtensions vlek = parse_vek_extensions(certificate("snp/vlek.der")).value();
  EXPECT_EQ(vlek.product_name, "Milan");
  EXPECT_EQ(vlek.csp_id, "CN=cc-us-east-2.amazonaws.com");
  EXPECT_EQ(vlek.tcb, (snp::Tcb{.boot_loader = 4, .tee = 0, .snp = 24, .microcode = 0xd9}));
  EXPECT_FALSE(vlek.hwid.has_value());
}

TEST(RealChains, AreRefusedOutsideTheirDates) {
  SWTEE_NEEDS_VECTORS();
  Evidence vlek = evidence_of(real_reports()[3]);
  const TrustedRoots roots = root_of("snp/milan-vlek-chain.pem");
  for (const std::int64_t now : {1733868860, 1765404862}) {  // one second before the first and after the last of the VLEK
    const Verification result = verify_evidence(vlek, roots, any_guest_policy(), {.now = now});
    for (const Check& check : result.verdict.checks())
      EXPECT_EQ(check.outcome == Outcome::failed, check.name == check::kCertificateDates) << check.name << ": " << check.detail;
  }
  for (const std::int64_t now : {1733868861, 1765404861})
    EXPECT_TRUE(verify_evidence(vlek, roots, any_guest_policy(), {.now = now}).verdict.accepted());
}

TEST(RealChains, OfAnotherLineAreRefused) {
  SWTEE_NEEDS_VECTORS();
  Evidence evidence = evidence_of(real_reports()[0]);
  evidence.chain.ask = chain_certificates("snp/genoa-chain.pem").at(0);
  evidence.chain.ark = chain_certificates("snp/genoa-chain.pem").at(1);
  const Verdict verdict = verify_evidence(evidence, root_of("snp/genoa-chain.pem"), {}, kOptions).verdict;
  EXPECT_EQ(outcome(verdict, check::kRootTrusted), Outcome::passed);
  EXPECT_EQ(outcome(verdict, check::kAskSignature), Outcome::passed);
  EXPECT_EQ(outcome(verdict, check::kVekSignature), Outcome::failed);
  EXPECT_EQ(outcome(verdict, check::kCertificateNames), Outcome::failed);
  EXPECT_FALSE(verdict.accepted());
}

TEST(RealChains, WithAnAskOfAnotherArkAreRefused) {
  SWTEE_NEEDS_VECTORS();
  Evidence evidence = evidence_of(real_reports()[0]);
  evidence.chain.ark = chain_certificates("snp/turin-chain.pem").at(1);
  const Verdict verdict = verify_evidence(evidence, root_of("snp/turin-chain.pem"), {}, kOptions).verdict;
  EXPECT_EQ(outcome(verdict, check::kAskSignature), Outcome::failed);
  EXPECT_EQ(outcome(verdict, check::kVekSignature), Outcome::passed);
  EXPECT_EQ(outcome(verdict, check::kCertificateNames), Outcome::failed);
  EXPECT_FALSE(verdict.accepted());
}

TEST(RealChains, OfAnotherChipAreRefused) {
  SWTEE_NEEDS_VECTORS();
  Evidence evidence = evidence_of(real_reports()[0]);
  evidence.chain.vek = certificate("snp/vcek-c.der");
  const Verdict verdict = verify_evidence(evidence, root_of("snp/milan-chain.pem"), {}, kOptions).verdict;
  for (const Check& check : verdict.checks())
    EXPECT_EQ(check.outcome == Outcome::failed, check.name == check::kVekChipId || check.name == check::kReportSignature)
        << check.name << ": " << check.detail;
}

TEST(RealChains, OfAVcekUnderTheAsvkAreRefused) {
  SWTEE_NEEDS_VECTORS();
  Evidence evidence = evidence_of(real_reports()[0]);
  evidence.chain.ask = chain_certificates("snp/milan-vlek-chain.pem").at(0);
  const Verdict verdict = verify_evidence(evidence, root_of("snp/milan-chain.pem"), {}, kOptions).verdict;
  for (const Check& check : verdict.checks())
    EXPECT_EQ(check.outcome == Outcome::failed, check.name == check::kVekSignature || check.name == check::kCertificateNames)
        << check.name << ": " << check.detail;
}

TEST(RealChains, OfAnotherKindOfKeyThanTheReportSaysAreRefused) {
  SWTEE_NEEDS_VECTORS();
  Evidence evidence = evidence_of(real_reports()[3]);
  evidence.chain.vek = certificate("snp/vcek-c.der");
  evidence.chain.ask = chain_certificates("snp/milan-chain.pem").at(0);
  const Verdict verdict = verify_evidence(evidence, root_of("snp/milan-chain.pem"), {}, kOptions).verdict;
  EXPECT_EQ(outcome(verdict, check::kCertificateNames), Outcome::failed);
  EXPECT_EQ(outcome(verdict, check::kReportSignature), Outcome::failed);
  EXPECT_FALSE(verdict.accepted());
}

TEST(RealChains, AreRefusedWithAnyBitFlippedInACertificate) {
  SWTEE_NEEDS_VECTORS();
  const Evidence good = evidence_of(real_reports()[0]);
  const TrustedRoots roots = root_of("snp/milan-chain.pem");
  const std::vector<std::uint8_t> der = good.chain.vek->der;
  std::size_t readable = 0;
  for (std::size_t bit = 0; bit < 8 * der.size(); ++bit) {
    std::vector<std::uint8_t> changed = der;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    auto vek = crypto::Certificate::from_der(changed);
    if (!vek.ok()) continue;
    ++readable;
    Evidence evidence = good;
    evidence.chain.vek = std::move(vek).value();
    EXPECT_FALSE(verify_evidence(evidence, roots, {}, kOptions).verdict.accepted()) << "bit " << bit;
  }
  EXPECT_GT(readable, 4096u);
}

TEST(RealChains, WithoutACertificateSayWhichIsMissing) {
  SWTEE_NEEDS_VECTORS();
  const TrustedRoots roots = root_of("snp/milan-chain.pem");
  Evidence no_vek = evidence_of(real_reports()[0]);
  no_vek.chain.vek.reset();
  const Verdict verdict = verify_evidence(no_vek, roots, {}, kOptions).verdict;
  EXPECT_EQ(outcome(verdict, check::kCertificatesPresent), Outcome::not_done);
  EXPECT_NE(verdict.find(check::kCertificatesPresent)->detail.find("VCEK"), std::string::npos);
  EXPECT_EQ(outcome(verdict, check::kReportSignature), Outcome::not_done);
  EXPECT_FALSE(verdict.accepted());

  Evidence no_ask = evidence_of(real_reports()[3]);
  no_ask.chain.ask.reset();
  const Verdict without_ask = verify_evidence(no_ask, roots, {}, kOptions).verdict;
  EXPECT_NE(without_ask.find(check::kCertificatesPresent)->detail.find("ASVK"), std::string::npos);
  EXPECT_EQ(outcome(without_ask, check::kVekSignature), Outcome::not_done);
  EXPECT_FALSE(without_ask.accepted());
}

TEST(TrustedRootsOfTheVendor, TakeOnlyCertificatesThatIssuedThemselves) {
  SWTEE_NEEDS_VECTORS();
  TrustedRoots roots;
  EXPECT_TRUE(roots.add("ark", chain_certificates("snp/milan-chain.pem").at(1)).ok());
  EXPECT_FALSE(roots.add("ask", chain_certificates("snp/milan-chain.pem").at(0)).ok());
  crypto::Certificate forged = chain_certificates("snp/genoa-chain.pem").at(1);
  forged.spki = chain_certificates("snp/milan-chain.pem").at(1).spki;
  EXPECT_FALSE(roots.add("forged", forged).ok());
}

}  // namespace
}  // namespace swtee::verifier
