// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_request.h"

#include <gtest/gtest.h>

#include <random>

namespace swtee::vendor {
namespace {

const std::string kMilanId(128, 'a');
const std::string kTurinId = "0123456789abcdef";

unsigned status_of(const std::string& target, MissingSpl missing = MissingSpl::zero) {
  const KdsRequest request = parse_kds_target(target, missing);
  const auto* refused = std::get_if<RefusedRequest>(&request);
  return refused == nullptr ? 200 : refused->status;
}

snp::Tcb tcb_of(const std::string& target) {
  const KdsRequest request = parse_kds_target(target);
  const auto* vcek = std::get_if<VcekRequest>(&request);
  EXPECT_NE(vcek, nullptr) << target;
  return vcek == nullptr ? snp::Tcb{} : vcek->tcb;
}

TEST(KdsTarget, ReadsSplsPaddedBareAndInAnyOrder) {
  const snp::Tcb expected{.fmc = 0, .boot_loader = 3, .tee = 0, .snp = 8, .microcode = 115};
  for (const char* query : {"?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115", "?blSPL=3&teeSPL=0&snpSPL=8&ucodeSPL=115",
                            "?ucodeSPL=115&snpSPL=008&teeSPL=0&blSPL=3", "?blSPL=3&snpSPL=8&ucodeSPL=115", "?&blSPL=3&&snpSPL=8&ucodeSPL=%31%315&"})
    EXPECT_EQ(tcb_of("/vcek/v1/Milan/" + kMilanId + query), expected) << query;
  EXPECT_EQ(tcb_of("/vcek/v1/Turin/" + kTurinId + "?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=255"),
            (snp::Tcb{.fmc = 1, .boot_loader = 2, .tee = 3, .snp = 4, .microcode = 255}));
}

TEST(KdsTarget, ReadsHexOfEitherCase) {
  const auto id = [](const std::string& target) { return std::get<VcekRequest>(parse_kds_target(target)).hardware_id; };
  EXPECT_EQ(id("/vcek/v1/Turin/0123456789ABCDEF"), id("/vcek/v1/Turin/0123456789abcdef"));
  EXPECT_EQ(id("/vcek/v1/Turin/0123456789abcdef"), (crypto::DerBytes{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}));
}

TEST(KdsTarget, KnowsChainsCrlsAndTheProvidersPaths) {
  const auto chain = std::get<CertChainRequest>(parse_kds_target("/vlek/v1/Genoa/cert_chain"));
  EXPECT_EQ(chain.line->name, "Genoa");
  EXPECT_EQ(chain.kind, KeyKind::vlek);
  EXPECT_EQ(std::get<CrlRequest>(parse_kds_target("/vcek/v1/Turin/crl")).kind, KeyKind::vcek);
  EXPECT_EQ(std::get<VlekRequest>(parse_kds_target("/vlek/v1/Milan/cert?snpSPL=9")).tcb.snp, 9);
  EXPECT_EQ(std::get<HashSticksRequest>(parse_kds_target("/vlek/v1/Milan/hash_sticks?snpSPL=9")).tcb.snp, 9);
  EXPECT_EQ(status_of("http://kdsintf.amd.com/vcek/v1/Milan/crl"), 200u);
}

TEST(KdsTarget, AnswersNotFoundForWhatDoesNotExist) {
  for (const std::string& target :
       {std::string(), std::string("/"), std::string("*"), std::string("/vcek"), std::string("/vcek/v1/Milan"), std::string("/vcek/v2/Milan/crl"),
        std::string("/vcek/v1/Siena/crl"), std::string("/vcek/v1/Bergamo/crl"), std::string("/vcek/v1/Unknown/crl"),
        std::string("/vcek/v1/milan/crl"), std::string("/vcek/v1/Milan/crl/"), std::string("/vcek/v1/Milan/crl/x"), std::string("//vcek/v1/Milan/crl"),
        std::string("/cek/id/00"), std::string("/vlek/v1/Milan/") + kMilanId, "/vcek/v1/Turin/" + kMilanId, "/vcek/v1/Milan/" + kTurinId,
        std::string("/vcek/v1/Milan/"), std::string("https://kdsintf.amd.com")})
    EXPECT_EQ(status_of(target), 404u) << target;
}

TEST(KdsTarget, RefusesMalformedParameters) {
  const std::string chip = "/vcek/v1/Milan/" + kMilanId;
  for (const char* query : {"?blSPL=", "?blSPL", "?blSPL=256", "?blSPL=-1", "?blSPL=+1", "?blSPL=0x3", "?blSPL=0003", "?blSPL=3&blSPL=3",
                            "?BLSPL=3", "?fmcSPL=1", "?foo=1", "?=3", "?blSPL=%3", "?blSPL=%zz", "?blSPL=3;teeSPL=1", "?blSPL=99999999999999999999"})
    EXPECT_EQ(status_of(chip + query), 400u) << query;
  EXPECT_EQ(status_of("/vcek/v1/Turin/0123456789abcdeg"), 400u);
  EXPECT_EQ(status_of("/vcek/v1/Turin/0123456789abcde"), 400u);
  EXPECT_EQ(status_of("/vcek/v1/%4/crl"), 400u);
}

TEST(KdsTarget, TreatsMissingSplsAsConfigured) {
  const std::string chip = "/vcek/v1/Milan/" + kMilanId;
  EXPECT_EQ(tcb_of(chip), snp::Tcb{});
  EXPECT_EQ(status_of(chip + "?blSPL=1&teeSPL=1&snpSPL=1", MissingSpl::refused), 400u);
  EXPECT_EQ(status_of(chip + "?blSPL=1&teeSPL=1&snpSPL=1&ucodeSPL=1", MissingSpl::refused), 200u);
  EXPECT_EQ(status_of("/vcek/v1/Turin/" + kTurinId + "?blSPL=1&teeSPL=1&snpSPL=1&ucodeSPL=1", MissingSpl::refused), 400u);
}

TEST(KdsTarget, SurvivesRandomBytes) {
  std::mt19937_64 random(1);
  const std::string pieces[] = {"/", "vcek", "v1", "Milan", "Turin", "?", "&", "=", "blSPL", "%", "41", "cert", "crl", kTurinId, std::string(1, '\0'), "\xff"};
  for (int round = 0; round < 20000; ++round) {
    std::string target = "/";
    for (std::size_t n = random() % 12; n > 0; --n) target += pieces[random() % std::size(pieces)];
    const unsigned status = status_of(target);
    EXPECT_TRUE(status == 200 || status == 400 || status == 404);
  }
}

TEST(KdsRequest, ReadsTheIdOfACek) {
  const std::string id(128, 'a');
  const KdsRequest request = parse_kds_target("/cek/id/" + id);
  ASSERT_TRUE(std::holds_alternative<CekRequest>(request));
  EXPECT_EQ(std::get<CekRequest>(request).id, crypto::DerBytes(64, 0xaa));
  const auto status = [](const std::string& target) {
    const KdsRequest refused = parse_kds_target(target);
    return std::holds_alternative<RefusedRequest>(refused) ? std::get<RefusedRequest>(refused).status : 200u;
  };
  EXPECT_EQ(status("/cek/id/" + std::string(126, 'a')), 404u);
  EXPECT_EQ(status("/cek/id/" + std::string(127, 'a')), 400u);
  EXPECT_EQ(status("/cek/id/" + std::string(128, 'g')), 400u);
  EXPECT_EQ(status("/cek/id/"), 404u);
  EXPECT_EQ(status("/cek/id"), 404u);
  EXPECT_EQ(status("/cek/v1/" + id), 404u);
  EXPECT_EQ(status("/cek/id/" + id + "/"), 404u);
}

}  // namespace
}  // namespace swtee::vendor
