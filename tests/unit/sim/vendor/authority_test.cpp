// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/authority.h"

#include "firmware/crypto/pem.h"
#include "firmware/crypto/utc_time.h"
#include "firmware/crypto/x509.h"
#include "firmware/keys/endorsement.h"
#include "firmware/keys/vlek.h"
#include "sim/vendor/vek_certificate.h"
#include "vendor_fixture.h"

namespace swtee::vendor {
namespace {

constexpr std::string_view kCsp = "CN=cc.example.com";

struct Authority : testing::Test {
  FixedClock clock;
  VendorAuthority authority = make_authority(clock);
  TemporaryDirectory directory;

  static crypto::Certificate parse(ByteView der) {
    auto parsed = crypto::Certificate::from_der(der);
    EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().what());
    return std::move(parsed).value();
  }
  std::string write_pem(const std::string& name, ByteView der) const {
    return directory.write(name, crypto::to_pem("CERTIFICATE", der));
  }
};

TEST_F(Authority, ChainsVerifyWithOpensslForEveryProduct) {
  for (const ProductRow& row : products()) {
    const ProductLine& line = line_of(row);
    const std::string ark = write_pem("ark", authority.ca_certificate(line, Ca::ark));
    const std::string ask = write_pem("ask", authority.ca_certificate(line, Ca::ask));
    const std::string asvk = write_pem("asvk", authority.ca_certificate(line, Ca::asvk));
    const std::string vcek = write_pem("vcek", authority.vcek(keys::make_chip(authority.universe(), row, 0), row.tcb));
    const std::string vlek = write_pem("vlek", authority.vlek(row, kCsp, row.tcb));
    const std::string verify = "openssl verify -attime " + std::to_string(clock.now) + " -CAfile " + ark + " -untrusted ";
    EXPECT_EQ(run(verify + ask + " " + vcek).output, vcek + ": OK\n") << row.platform;
    EXPECT_EQ(run(verify + asvk + " " + vlek).output, vlek + ": OK\n") << row.platform;
    EXPECT_NE(run(verify + asvk + " " + vcek).status, 0) << row.platform;
    EXPECT_NE(run(verify + ask + " " + vlek).status, 0) << row.platform;
  }
}

TEST_F(Authority, CrlVerifiesWithOpensslAndRevokesWhatItIsTold) {
  const ProductLine& line = *find_product_line("Milan");
  const std::string ark = write_pem("ark", authority.ca_certificate(line, Ca::ark));
  const std::string ask = write_pem("ask", authority.ca_certificate(line, Ca::ask));
  const auto crl_file = [&] { return directory.write("crl", crypto::to_pem("X509 CRL", authority.crl(line))); };
  const std::string check = "openssl verify -crl_check -attime " + std::to_string(clock.now) + " -CAfile " + ark + " -CRLfile ";
  EXPECT_NE(run("openssl crl -noout -CAfile " + ark + " -in " + crl_file()).output.find("verify OK"), std::string::npos);
  EXPECT_EQ(run(check + crl_file() + " " + ask).output, ask + ": OK\n");
  authority.revoke(line, Ca::ask);
  authority.revoke(line, Ca::ask);
  const CommandResult revoked = run(check + crl_file() + " " + ask);
  EXPECT_NE(revoked.status, 0);
  EXPECT_NE(revoked.output.find("certificate revoked"), std::string::npos) << revoked.output;
  EXPECT_EQ(crypto::Crl::from_der(authority.crl(line)).value().revoked.size(), 1u);
  EXPECT_TRUE(crypto::Crl::from_der(authority.crl(*find_product_line("Genoa"))).value().revoked.empty());
}

TEST_F(Authority, CrlDatesAreThoseOfTheDay) {
  const ProductLine& line = *find_product_line("Turin");
  const auto crl = crypto::Crl::from_der(authority.crl(line)).value();
  EXPECT_EQ(crypto::to_iso8601(crl.this_update), "2026-03-04T00:00:00Z");
  EXPECT_EQ(crypto::to_iso8601(crl.next_update.value()), "2026-04-03T00:00:00Z");
  const auto morning = authority.crl(line);
  clock.now += 3600;
  EXPECT_EQ(authority.crl(line), morning);
  clock.now += 86400;
  EXPECT_NE(authority.crl(line), morning);
}

TEST_F(Authority, GivesTheSameBytesInEveryReplica) {
  VendorAuthority replica = make_authority(clock);
  const ProductRow& row = product_row(Product::genoa);
  const keys::Chip chip = keys::make_chip(authority.universe(), row, 2);
  EXPECT_EQ(authority.vcek(chip, row.tcb), replica.vcek(chip, row.tcb));
  EXPECT_EQ(authority.cert_chain(line_of(row), KeyKind::vcek), replica.cert_chain(line_of(row), KeyKind::vcek));
  clock.now += 86400 * 40;
  EXPECT_EQ(authority.vcek(chip, row.tcb), replica.vcek(chip, row.tcb)) << "a VCEK does not depend on the day";
}

TEST_F(Authority, CertifiesTheKeyThatTheChipDerives) {
  for (const ProductRow& row : products()) {
    const keys::Chip chip = keys::make_chip(authority.universe(), row, 1);
    const auto vcek = parse(authority.vcek(chip, row.tcb));
    EXPECT_EQ(vcek.spki, keys::EndorsementStick::from_secret(chip.secret.expose(), row.tcb).key().public_key().spki());
    const auto vlek = parse(authority.vlek(row, kCsp, row.tcb));
    const auto wrapped = keys::wrap_vlek(chip, keys::vlek_stick(authority.universe(), row, kCsp, row.tcb));
    EXPECT_EQ(vlek.spki, keys::unwrap_vlek(chip, wrapped).value().key().public_key().spki());
  }
}

TEST_F(Authority, ValiditiesFollowEpochAndYear) {
  const ProductRow& row = product_row(Product::milan);
  const auto vcek = parse(authority.vcek(keys::make_chip(authority.universe(), row, 0), row.tcb));
  EXPECT_EQ(crypto::to_iso8601(vcek.validity.not_before), "2025-01-01T00:00:00Z");
  EXPECT_EQ(crypto::to_iso8601(vcek.validity.not_after), "2032-01-01T00:00:00Z");
  const auto vlek = parse(authority.vlek(row, kCsp, row.tcb));
  EXPECT_EQ(crypto::to_iso8601(vlek.validity.not_before), "2026-01-01T00:00:00Z");
  EXPECT_EQ(crypto::to_iso8601(vlek.validity.not_after), "2027-01-01T00:00:00Z");
}

TEST_F(Authority, EveryNameCarriesTheTestMark) {
  for (const ProductRow& row : products()) {
    const ProductLine& line = line_of(row);
    std::vector<crypto::DerBytes> all{authority.vcek(keys::make_chip(authority.universe(), row, 0), row.tcb),
                                      authority.vlek(row, kCsp, row.tcb)};
    for (const Ca ca : {Ca::ark, Ca::ask, Ca::asvk}) all.push_back(authority.ca_certificate(line, ca));
    for (const auto& der : all) {
      const auto certificate = parse(der);
      EXPECT_EQ(certificate.subject.find(crypto::oid::kSerialNumber), kTestMark);
      EXPECT_EQ(certificate.issuer.find(crypto::oid::kSerialNumber), kTestMark);
    }
    EXPECT_EQ(crypto::Crl::from_der(authority.crl(line)).value().issuer.find(crypto::oid::kSerialNumber), kTestMark);
  }
}

TEST_F(Authority, WritesLargeSvnsAsTwoByteIntegers) {
  const ProductRow& row = product_row(Product::milan);
  for (const unsigned svn : {127u, 128u, 255u}) {
    snp::Tcb tcb = row.tcb;
    tcb.microcode = static_cast<std::uint8_t>(svn);
    const auto vcek = parse(authority.vcek(keys::make_chip(authority.universe(), row, 0), tcb));
    const crypto::DerBytes expected = svn < 128 ? crypto::DerBytes{0x02, 0x01, static_cast<std::uint8_t>(svn)}
                                                : crypto::DerBytes{0x02, 0x02, 0x00, static_cast<std::uint8_t>(svn)};
    EXPECT_EQ(vcek.extension("1.3.6.1.4.1.3704.1.3.8")->value, expected);
  }
}

TEST_F(Authority, CertChainHoldsSignerThenRootAndNothingAfter) {
  const ProductLine& line = *find_product_line("Milan");
  const std::string text = authority.cert_chain(line, KeyKind::vlek);
  const auto chain = crypto::certificates_from_pem(text).value();
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(chain[0].subject.find(crypto::oid::kCommonName), "SEV-VLEK-Milan");
  EXPECT_EQ(chain[1].subject.find(crypto::oid::kCommonName), "ARK-Milan");
  EXPECT_EQ(text.substr(text.size() - 26), "-----END CERTIFICATE-----\n");
}

TEST_F(Authority, RootCertificatesAreTheArks) {
  const auto roots = root_certificates(RootKeys::embedded());
  ASSERT_EQ(roots.size(), product_lines().size());
  for (std::size_t i = 0; i < roots.size(); ++i) EXPECT_EQ(roots[i], authority.ca_certificate(product_lines()[i], Ca::ark));
}

TEST_F(Authority, RefusesEpochsOutsideTheLifeOfItsCas) {
  AuthorityOptions options;
  options.clock = &clock;
  for (const std::int64_t epoch : {std::int64_t{0}, std::int64_t{1603324799}, std::int64_t{2300000000}}) {
    options.epoch = epoch;
    EXPECT_FALSE(VendorAuthority::create(options).ok()) << epoch;
  }
  options.epoch = 1603324800;
  EXPECT_TRUE(VendorAuthority::create(options).ok());
  options.clock = nullptr;
  EXPECT_FALSE(VendorAuthority::create(options).ok());
}

}  // namespace
}  // namespace swtee::vendor
