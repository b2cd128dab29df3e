// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/test_universe.h"
#include "sim/cli/verify_command.h"
#include "sim/vendor/kds_server.h"
#include "tests/unit/sim/cli/command_fixture.h"
#include "tests/unit/sim/cli/test_chip_report.h"

#include <ctime>

namespace swtee::cli {
namespace {

using test::Answer;
using test::bytes;
using test::chip_report;

class VerifyWithKeyService : public test::CommandTest {
 protected:
  VerifyWithKeyService() {
    vendor::AuthorityOptions authority;
    authority.clock = &clock_;
    vendor::KdsOptions options;
    options.authority = std::make_shared<vendor::VendorAuthority>(vendor::VendorAuthority::create(std::move(authority)).value());
    options.fleet_size = 4;
    options.https_port = std::uint16_t{0};
    server_ = vendor::KdsServer::start(std::move(options)).value();
  }

  /// Runs `swtee verify` with the test root, as of the service's time.
  Answer verify(Arguments arguments) const {
    arguments.insert(arguments.begin(), {"--root", "swtee-test", "--at", "@" + std::to_string(clock_.unix_seconds())});
    return run(kVerifyCommand, arguments);
  }

  std::string http() const { return "http://127.0.0.1:" + std::to_string(server_->http_port()); }
  std::string https(const std::string& host) const { return "https://" + host + ":" + std::to_string(server_->https_port()); }

  /// The TLS library takes the system's time, so the service does too.
  class SystemClock final : public Clock {
   public:
    std::int64_t unix_seconds() const override { return std::time(nullptr); }
  };

  SystemClock clock_;
  std::unique_ptr<vendor::KdsServer> server_;
};

TEST_F(VerifyWithKeyService, FetchesVcekChainAndCrl) {
  for (const ProductRow& product : products()) {
    const std::string path = file("r.bin", bytes(chip_report(product.product, 3)));
    const Answer answer = verify({"--kds", http(), "--require-crl", path});
    EXPECT_EQ(answer.code, kYes) << product.platform << "\n" << answer;
    EXPECT_TRUE(answer.says("VCEK from " + http())) << answer;
  }
}

TEST_F(VerifyWithKeyService, TrustsNothingForComingFromThere) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 3)));
  const Answer answer = run(kVerifyCommand, {"--at", "@" + std::to_string(clock_.unix_seconds()), "--kds", http(), path});
  EXPECT_EQ(answer.code, kNo);
  EXPECT_TRUE(answer.says("root-trusted")) << answer;
}

TEST_F(VerifyWithKeyService, TriesBothLinesThatAVersion2ReportMayBeOf) {
  snp::AttestationReport wire = chip_report(Product::genoa, 2);
  wire.version = 2;
  wire.cpuid_fam_id = wire.cpuid_mod_id = wire.cpuid_step = 0;
  const ProductRow& genoa = product_row(Product::genoa);
  const keys::Chip chip = keys::make_chip(keys::Universe::test_default(), genoa, 2);
  test::sign(wire, keys::EndorsementStick::from_secret(chip.secret.expose(), genoa.tcb).key());
  const Answer answer = verify({"--kds", http(), file("r.bin", bytes(wire))});
  EXPECT_EQ(answer.code, kYes) << answer;
}

TEST_F(VerifyWithKeyService, SaysThatTheServiceDoesNotKnowTheChip) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 4)));
  const Answer answer = verify({"--kds", http(), path});
  EXPECT_EQ(answer.code, kNo);
  EXPECT_TRUE(answer.says("knows no chip with this CHIP_ID")) << answer;
}

TEST_F(VerifyWithKeyService, SpeaksTlsWithAServerWhoseCaIsNamed) {
  const std::string path = file("r.bin", bytes(chip_report(Product::milan, 0)));
  const std::string ca = text_file("ca.pem", server_->tls_ca_pem());
  const Answer named = verify({"--kds", https("localhost"), "--kds-ca", ca, path});
  EXPECT_EQ(named.code, kYes) << named;
  const Answer unnamed = verify({"--kds", https("localhost"), path});
  EXPECT_EQ(unnamed.code, kEnvironment) << unnamed;
  EXPECT_TRUE(unnamed.says("TLS is not acceptable")) << unnamed;
  const Answer other_host = verify({"--kds", https("127.1"), "--kds-ca", ca, path});
  EXPECT_EQ(other_host.code, kEnvironment) << "the certificate is not for this spelling of the host\n" << other_host;
  EXPECT_TRUE(other_host.says("TLS is not acceptable")) << other_host;
  const Answer no_file = verify({"--kds", https("localhost"), "--kds-ca", folder_ + "/no", path});
  EXPECT_EQ(no_file.code, kEnvironment) << no_file;
}

TEST_F(VerifyWithKeyService, FleetOfTheOfflineAnswerIsThatOfTheService) { EXPECT_EQ(kDefaultFleet, vendor::KdsOptions{}.fleet_size); }

}  // namespace
}  // namespace swtee::cli
