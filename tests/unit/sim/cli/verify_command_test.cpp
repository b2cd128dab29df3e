// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_command.h"

#include "firmware/crypto/pem.h"
#include "guest/verifier/certificate_table.h"
#include "guest/verifier/hex.h"
#include "sim/cli/test_universe.h"
#include "tests/unit/sim/cli/command_fixture.h"
#include "tests/unit/sim/cli/test_chip_report.h"

namespace swtee::cli {
namespace {

using test::Answer;
using test::bytes;
using test::chip_report;

class VerifyCommand : public test::CommandTest {
 protected:
  static Answer verify(const Arguments& arguments, const std::string& input = "") { return run(kVerifyCommand, arguments, input); }

  /// Names of the checks with this outcome.
  static std::vector<std::string> with_outcome(const Answer& answer, const std::string& outcome) {
    std::vector<std::string> names;
    const nlohmann::json json = answer.json();
    for (const auto& check : json["checks"])
      if (check["outcome"] == outcome) names.push_back(check["name"]);
    return names;
  }

  TestCertificates certificates(const std::vector<std::uint8_t>& report) {
    return derive_test_certificates(verifier::parse_report(report).value(), std::nullopt, test::kNow).value().value();
  }
};

using Names = std::vector<std::string>;

TEST_F(VerifyCommand, AcceptsReportsOfEveryTestProductOffline) {
  for (const ProductRow& product : products()) {
    const std::string path = file("r.bin", bytes(chip_report(product.product, 3)));
    const Answer answer = verify({"--root", "swtee-test", path});
    EXPECT_EQ(answer.code, kYes) << product.platform << "\n" << answer;
    EXPECT_TRUE(answer.says("ACCEPTED, as TEST evidence")) << answer;
  }
}

TEST_F(VerifyCommand, RefusesTestEvidenceWithoutTheRootAndSaysHowToNameIt) {
  const std::string path = file("r.bin", bytes(chip_report(Product::genoa, 0)));
  const Answer answer = verify({path});
  EXPECT_EQ(answer.code, kNo);
  EXPECT_TRUE(answer.says("not trusted")) << answer;
  EXPECT_TRUE(answer.says("--root swtee-test")) << answer;
  const Answer json = verify({"--json", path});
  EXPECT_EQ(json.code, kNo);
  EXPECT_EQ(with_outcome(json, "failed"), Names{"root-trusted"});
  EXPECT_EQ(json.json()["accepted"], false);
  EXPECT_EQ(json.json()["test_only"], true);
  EXPECT_TRUE(json.json()["trusted_root"].is_null());
}

TEST_F(VerifyCommand, RefusesAFlippedBitInEveryByteOfTheSignedPart) {
  const std::vector<std::uint8_t> good = bytes(chip_report(Product::milan, 1));
  for (std::size_t at = 0; at < snp::kSignedReportSize; at += 7) {
    std::vector<std::uint8_t> changed = good;
    changed[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    EXPECT_EQ(verify({"--root", "swtee-test", file("r.bin", changed)}).code, kNo) << at;
  }
}

TEST_F(VerifyCommand, SaysWhenTheChipIsNoTestChip) {
  snp::AttestationReport wire = chip_report(Product::milan, 1);
  wire.chip_id[5] ^= 1;
  const Answer answer = verify({"--root", "swtee-test", file("r.bin", bytes(wire))});
  EXPECT_EQ(answer.code, kNo);
  EXPECT_TRUE(answer.says("is of no chip of swtee's default test universe")) << answer;
  EXPECT_TRUE(answer.says("--certs")) << answer;
}

TEST_F(VerifyCommand, VerifiesAProvidersKeyWhenTheProviderIsNamed) {
  const std::string path = file("r.bin", bytes(test::provider_report(Product::milan, "CN=cc.example.com")));
  EXPECT_EQ(verify({"--root", "swtee-test", "--csp-id", "CN=cc.example.com", path}).code, kYes);
  EXPECT_EQ(verify({"--root", "swtee-test", "--csp-id", "CN=other.example.com", path}).code, kNo);
  const Answer unnamed = verify({"--root", "swtee-test", path});
  EXPECT_EQ(unnamed.code, kNo);
  EXPECT_TRUE(unnamed.says("--csp-id")) << unnamed;
}

TEST_F(VerifyCommand, TakesCertificatesInEveryForm) {
  const std::vector<std::uint8_t> report = bytes(chip_report(Product::turin, 2));
  const verifier::CertificateChain chain = certificates(report).chain;
  const std::string path = file("r.bin", report);
  const std::string ark = file("trust/root.der", chain.ark->der);
  const std::string vcek = file("c/vcek.der", chain.vek->der);
  const std::string ask = text_file("c/ask.pem", crypto::to_pem("CERTIFICATE", chain.ask->der));
  const std::string crl = file("c/crl.der", chain.crl->der);
  const std::string bundle = text_file("bundle.pem", "subject: whoever\n" + crypto::to_pem("CERTIFICATE", chain.ask->der) +
                                                         crypto::to_pem("CERTIFICATE", chain.ark->der));
  const auto table = verifier::build_certificate_table({{snp::kVcekGuid, chain.vek->der}, {snp::kAskGuid, chain.ask->der}}).value();
  std::vector<std::uint8_t> extended = report;
  extended.insert(extended.end(), table.begin(), table.end());

  EXPECT_EQ(verify({"--root", ark, "--vcek", vcek, "--ask", ask, path}).code, kYes);
  EXPECT_EQ(verify({"--root", ark, "--certs", folder_ + "/c", "--require-crl", path}).code, kYes);
  EXPECT_EQ(verify({"--root", bundle, "--vcek", vcek, path}).code, kYes) << "the ASK stands beside the root";
  EXPECT_EQ(verify({"--root", ark, "--certs", file("table", table), path}).code, kYes);
  EXPECT_EQ(verify({"--root", ark, file("extended", extended)}).code, kYes);
  EXPECT_EQ(verify({"--root", ark, "--vcek", vcek, "--ask", ask, "--crl", crl, "--require-crl", path}).code, kYes);
  EXPECT_EQ(verify({"--root", "swtee-test", "--require-crl", "--vcek", vcek, "--ask", ask, path}).code, kNo);
  const std::string hex = text_file("r.hex", verifier::to_hex(report) + "\n");
  EXPECT_EQ(verify({"--root", "swtee-test", hex}).code, kYes);
  EXPECT_EQ(verify({"--root", "swtee-test", "-"}, std::string(report.begin(), report.end())).code, kYes);
}

TEST_F(VerifyCommand, DoesNotTrustAnArkForComingWithTheEvidence) {
  const std::vector<std::uint8_t> report = bytes(chip_report(Product::milan, 2));
  const verifier::CertificateChain chain = certificates(report).chain;
  const Answer answer = verify({"--ark", file("ark.der", chain.ark->der), "--ask", file("ask.der", chain.ask->der), "--vcek",
                                file("vcek.der", chain.vek->der), file("r.bin", report)});
  EXPECT_EQ(answer.code, kNo);
  EXPECT_TRUE(answer.says("root-trusted")) << answer;
}

TEST_F(VerifyCommand, ChecksWishesAndNamesThoseThatFail) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 0)));
  const std::string data(128, '5');
  std::string wanted;
  for (int i = 0; i < 64; ++i) wanted += "5a";
  EXPECT_EQ(verify({"--root", "swtee-test", "--report-data", wanted, "--vmpl", "0", "--min-tcb", "bl=4,snp=24,ucode=115",
                    "--signing-key", "vcek", "--report-version", "3", "--require", "smt", "--no-provisional", path})
                .code,
            kYes);
  const Answer unmet = verify({"--json", "--root", "swtee-test", "--report-data", data, "--vmpl", "1", "--min-tcb", "snp=25",
                               "--measurement", std::string(96, 'a'), "--forbid", "smt", path});
  EXPECT_EQ(unmet.code, kNo);
  EXPECT_EQ(with_outcome(unmet, "failed"), (Names{"guest-policy", "vmpl", "report-data", "measurement", "reported-tcb"}));
}

TEST_F(VerifyCommand, FillsShortReportDataUpWithZeros) {
  snp::AttestationReport wire = chip_report(Product::milan, 0);
  wire.report_data = {};
  wire.report_data[0] = 0xab;
  const ProductRow& product = product_row(Product::milan);
  test::sign(wire, keys::EndorsementStick::from_secret(
                       keys::make_chip(keys::Universe::test_default(), product, 0).secret.expose(), product.tcb).key());
  const std::string path = file("r.bin", bytes(wire));
  const std::string nonce = file("nonce", {0xab});
  EXPECT_EQ(verify({"--root", "swtee-test", "--report-data", "0xAB", path}).code, kYes);
  EXPECT_EQ(verify({"--root", "swtee-test", "--report-data", "@" + nonce, path}).code, kYes);
  EXPECT_EQ(verify({"--root", "swtee-test", "--report-data", "ac", path}).code, kNo);
}

TEST_F(VerifyCommand, VerifiesAsOfAnotherTime) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 0)));
  EXPECT_EQ(verify({"--root", "swtee-test", "--at", "2026-01-02", path}).code, kYes);
  const Answer late = verify({"--json", "--root", "swtee-test", "--at", "2040-01-02T03:04:05Z", path});
  EXPECT_EQ(late.code, kNo);
  EXPECT_EQ(with_outcome(late, "failed"), Names{"certificate-dates"});
  EXPECT_EQ(late.json()["time"], "2040-01-02T03:04:05Z");
}

TEST_F(VerifyCommand, RefusesWrongUsageWithExitCodeTwo) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 0)));
  for (const Arguments& arguments : std::vector<Arguments>{
           {},
           {path, path},
           {"--nonsense", path},
           {"--at", "yesterday", path},
           {"--at", "2026-02-30", path},
           {"--vmpl", "-1", path},
           {"--vmpl", "4294967296", path},
           {"--measurement", "abcd", path},
           {"--report-data", std::string(130, 'a'), path},
           {"--report-data", "xyz", path},
           {"--min-tcb", "bl", path},
           {"--min-tcb", "bl=256", path},
           {"--min-tcb", "bl=1,bl=2", path},
           {"--min-tcb", "", path},
           {"--min-firmware", "1", path},
           {"--min-firmware", "1.2.3.4", path},
           {"--allow", "everything", path},
           {"--allow", "debug", "--forbid", "debug", path},
           {"--signing-key", "ark", path},
           {"--kds", "ftp://x", path},
           {"--kds", "http://user@x", path},
           {"--kds-ca", "x", path},
           {"--vcek", path, "--vlek", path, path}}) {
    const Answer answer = verify(arguments);
    EXPECT_EQ(answer.code, kUsage) << testing::PrintToString(arguments) << "\n" << answer;
    EXPECT_TRUE(answer.says("--help"));
  }
}

TEST_F(VerifyCommand, EndsWithExitCodeThreeWhenAFileCannotBeUsed) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 0)));
  const std::string garbage = text_file("garbage", "nothing");
  for (const Arguments& arguments : std::vector<Arguments>{{folder_ + "/absent"},
                                                           {folder_},
                                                           {"--root", folder_ + "/absent", path},
                                                           {"--root", garbage, path},
                                                           {"--vcek", garbage, path},
                                                           {"--certs", garbage, path},
                                                           {"--certs", folder_ + "/absent", path},
                                                           {"--crl", garbage, path},
                                                           {"--kds", "http://127.0.0.1:1", path}}) {
    const Answer answer = verify(arguments);
    EXPECT_EQ(answer.code, kEnvironment) << testing::PrintToString(arguments) << "\n" << answer;
    EXPECT_EQ(answer.out, "");
  }
}

TEST_F(VerifyCommand, RefusesAnAskAsRoot) {
  const std::vector<std::uint8_t> report = bytes(chip_report(Product::milan, 2));
  const Answer answer = verify({"--root", file("ask.der", certificates(report).chain.ask->der), file("r.bin", report)});
  EXPECT_EQ(answer.code, kUsage);
  EXPECT_TRUE(answer.says("holds no root")) << answer;
}

TEST_F(VerifyCommand, RefusesBytesThatAreNoReport) {
  for (const std::vector<std::uint8_t>& input :
       std::vector<std::vector<std::uint8_t>>{{}, {1, 2, 3}, std::vector<std::uint8_t>(1183), std::vector<std::uint8_t>(1185, 0xff)}) {
    const Answer answer = verify({"--json", "--root", "swtee-test", file("r.bin", input)});
    EXPECT_EQ(answer.code, kNo);
    EXPECT_EQ(with_outcome(answer, "failed"), Names{"report-format"});
  }
  EXPECT_EQ(verify({file("large", std::vector<std::uint8_t>((1 << 20) + 1))}).code, kEnvironment);
}

TEST_F(VerifyCommand, HelpTeachesAndSucceeds) {
  const Answer answer = verify({"--help"});
  EXPECT_EQ(answer.code, kYes);
  EXPECT_TRUE(answer.says("Usage: swtee verify"));
  EXPECT_TRUE(answer.says("--root swtee-test"));
  EXPECT_TRUE(answer.says("Exit code"));
  EXPECT_EQ(answer.err, "");
}

}  // namespace
}  // namespace swtee::cli
