// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/show_command.h"

#include "firmware/crypto/pem.h"
#include "guest/verifier/certificate_table.h"
#include "guest/verifier/hex.h"
#include "sim/cli/test_universe.h"
#include "tests/unit/sim/cli/command_fixture.h"
#include "tests/unit/sim/cli/test_chip_report.h"

#include <swtee/abi/snp/guest_message.h>
#include <swtee/abi/snp/id_block.h>

namespace swtee::cli {
namespace {

using test::Answer;
using test::bytes;
using test::chip_report;

class ShowCommand : public test::CommandTest {
 protected:
  static Answer show(const Arguments& arguments, const std::string& input = "") { return run(kShowCommand, arguments, input); }

  nlohmann::json shown(const std::vector<std::uint8_t>& input) {
    const Answer answer = show({"--json", file("input", input)});
    EXPECT_EQ(answer.code, kYes) << answer;
    return answer.code == kYes ? answer.json() : nlohmann::json();
  }

  static verifier::CertificateChain chain() {
    const auto report = verifier::parse_report(bytes(chip_report(Product::turin, 0))).value();
    return derive_test_certificates(report, std::nullopt, test::kNow).value().value().chain;
  }
};

TEST_F(ShowCommand, DecodesReports) {
  const auto json = shown(bytes(chip_report(Product::genoa, 0)));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["kind"], "attestation-report");
  EXPECT_EQ(json[0]["version"], 3);
  EXPECT_EQ(json[0]["product"]["line"], "Genoa");
  EXPECT_EQ(json[0]["key_info"]["signing_key"], "VCEK");
  EXPECT_EQ(json[0]["policy"]["value"], "0x30000");
  EXPECT_EQ(json[0]["policy"]["bits"], nlohmann::json::array({"smt"}));
  EXPECT_EQ(json[0]["reported_tcb"]["boot_loader"], 10);
  EXPECT_EQ(json[0]["reported_tcb"]["microcode"], 84);
  EXPECT_FALSE(json[0]["reported_tcb"].contains("fmc"));
  EXPECT_EQ(json[0]["report_data"].get<std::string>().size(), 128u);
}

TEST_F(ShowCommand, ReadsTurinsTcbLayoutAndMitigationVectors) {
  const auto json = shown(bytes(chip_report(Product::turin, 0)));
  EXPECT_EQ(json[0]["reported_tcb"]["fmc"], 1);
  EXPECT_EQ(json[0]["reported_tcb"]["snp"], 4);
  EXPECT_EQ(json[0]["current_mit_vector"], "0x0");
}

TEST_F(ShowCommand, NamesBrokenRulesOfAReport) {
  snp::AttestationReport wire = chip_report(Product::genoa, 0);
  wire.reserved_1ebh = 7;
  const auto json = shown(bytes(wire));
  ASSERT_EQ(json[0]["problems"].size(), 1u);
  EXPECT_NE(json[0]["problems"][0].get<std::string>().find("0x1eb"), std::string::npos);
  wire.version = 77;
  EXPECT_NE(shown(bytes(wire))[0]["problems"][0].get<std::string>().find("77"), std::string::npos);
}

TEST_F(ShowCommand, DecodesHexText) {
  const std::string hex = verifier::to_hex(bytes(chip_report(Product::genoa, 0)));
  const auto json = shown({hex.begin(), hex.end()});
  EXPECT_EQ(json[0]["kind"], "attestation-report");
}

TEST_F(ShowCommand, DecodesReportResponses) {
  snp::ReportRsp response{};
  response.report_size = sizeof(snp::AttestationReport);
  response.report = chip_report(Product::genoa, 0);
  const ByteView view = bytes_of(response);
  std::vector<std::uint8_t> input(view.begin(), view.end());
  EXPECT_EQ(shown(input)[0]["kind"], "report-response");
  input.resize(4000);  // as the ioctl gives it
  EXPECT_EQ(shown(input)[0]["report"][0]["version"], 3);
}

TEST_F(ShowCommand, DecodesCertificatesAndCrls) {
  const verifier::CertificateChain all = chain();
  const auto vcek = shown(all.vek->der);
  EXPECT_EQ(vcek[0]["kind"], "certificate");
  EXPECT_EQ(vcek[0]["role"], "VCEK");
  EXPECT_EQ(vcek[0]["test_only"], true);
  EXPECT_EQ(vcek[0]["tcb"]["fmc"], 1);
  EXPECT_EQ(vcek[0]["hwid"].get<std::string>().size(), 16u);
  EXPECT_EQ(shown(all.crl->der)[0]["kind"], "crl");
  const std::string bundle = crypto::to_pem("CERTIFICATE", all.ask->der) + crypto::to_pem("CERTIFICATE", all.ark->der);
  const auto both = shown({bundle.begin(), bundle.end()});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0]["role"], "ASK");
  EXPECT_EQ(both[1]["role"], "ARK");
}

TEST_F(ShowCommand, DecodesCertificateTablesAloneAndBehindAReport) {
  const verifier::CertificateChain all = chain();
  const auto table = verifier::build_certificate_table({{snp::kVcekGuid, all.vek->der}, {snp::kArkGuid, all.ark->der}}).value();
  const auto alone = shown(table);
  EXPECT_EQ(alone[0]["kind"], "certificate-table");
  EXPECT_EQ(alone[0]["entries"].size(), 2u);
  EXPECT_EQ(alone[0]["certificates"][1]["role"], "ARK");
  std::vector<std::uint8_t> extended = bytes(chip_report(Product::turin, 0));
  extended.insert(extended.end(), table.begin(), table.end());
  const auto behind = shown(extended);
  ASSERT_EQ(behind.size(), 2u);
  EXPECT_EQ(behind[0]["kind"], "attestation-report");
  EXPECT_EQ(behind[1]["kind"], "certificate-table");
}

TEST_F(ShowCommand, DecodesLaunchIdentities) {
  snp::IdBlock block{};
  block.guest_svn = 9;
  block.policy = snp::policy::kDefault;
  EXPECT_EQ(shown({bytes_of(block).begin(), bytes_of(block).end()})[0]["guest_svn"], 9);

  const auto key = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{1});
  const auto author = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{2});
  const auto place = [](const std::vector<std::uint8_t>& number, Bytes<72>& where) {
    std::reverse_copy(number.begin(), number.end(), where.begin());
  };
  snp::IdAuthInfo info{};
  info.id_key_algo = info.auth_key_algo = snp::kKeyAlgoEcdsaP384;
  info.id_key.curve = info.author_key.curve = snp::kCurveP384;
  place(key.public_key().x(), info.id_key.qx);
  place(key.public_key().y(), info.id_key.qy);
  place(author.public_key().x(), info.author_key.qx);
  place(author.public_key().y(), info.author_key.qy);
  const crypto::EcdsaSignature signature = author.sign(crypto::sha384(bytes_of(info.id_key)));
  place(signature.r, info.id_key_sig.r);
  place(signature.s, info.id_key_sig.s);
  const auto json = shown({bytes_of(info).begin(), bytes_of(info).end()});
  EXPECT_EQ(json[0]["kind"], "id-auth-info");
  EXPECT_EQ(json[0]["id_key_digest"], verifier::to_hex(crypto::sha384(bytes_of(info.id_key))));
  EXPECT_EQ(json[0]["author_key_signed_id_key"], true);
  info.id_key_sig.s[0] ^= 1;
  EXPECT_EQ(shown({bytes_of(info).begin(), bytes_of(info).end()})[0]["author_key_signed_id_key"], false);
}

TEST_F(ShowCommand, RefusesWhatItDoesNotKnowAndSaysWhatItKnows) {
  const std::vector<std::vector<std::uint8_t>> inputs{{}, {0x30}, {1, 2, 3}, {'h', 'i'}, std::vector<std::uint8_t>(5000, 0xee),
                                                      std::vector<std::uint8_t>(1300, 0)};
  for (const auto& input : inputs) {
    const Answer answer = show({file("input", input)});
    EXPECT_EQ(answer.code, kNo) << input.size();
    EXPECT_NE(answer.err, "");
  }
  EXPECT_TRUE(show({file("input", {1, 2, 3})}).says("certificate table"));
}

TEST_F(ShowCommand, GoesOnAfterAFileThatItCannotShow) {
  const std::string bad = file("bad", {1});
  const std::string good = file("good", bytes(chip_report(Product::milan, 0)));
  const Answer answer = show({"--json", bad, good});
  EXPECT_EQ(answer.code, kNo);
  ASSERT_EQ(answer.json().size(), 1u);
  EXPECT_EQ(answer.json()[0]["file"], good);
}

TEST_F(ShowCommand, KeepsTheUsualExitCodes) {
  EXPECT_EQ(show({}).code, kUsage);
  EXPECT_EQ(show({"--nonsense", "x"}).code, kUsage);
  EXPECT_EQ(show({folder_ + "/absent"}).code, kEnvironment);
  EXPECT_EQ(show({"--help"}).code, kYes);
  const std::vector<std::uint8_t> report = bytes(chip_report(Product::milan, 0));
  EXPECT_EQ(show({"-"}, std::string(report.begin(), report.end())).code, kYes);
}

}  // namespace
}  // namespace swtee::cli
