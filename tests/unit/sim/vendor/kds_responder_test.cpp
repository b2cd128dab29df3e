// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_responder.h"

#include "firmware/crypto/x509.h"
#include "sim/vendor/provider.h"
#include "vendor_fixture.h"

#include <nlohmann/json.hpp>

#include <thread>

namespace swtee::vendor {
namespace {

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

struct Responder : testing::Test {
  FixedClock clock;
  std::shared_ptr<VendorAuthority> authority = std::make_shared<VendorAuthority>(make_authority(clock));
  KdsClient anyone{"192.0.2.1", false, {}};
  KdsClient provider{"192.0.2.2", true, "cc.example.com"};

  KdsResponder make(const KdsRules& rules = {}, std::uint64_t fleet = 4, std::vector<ExtraChip> extra = {}) {
    return KdsResponder(authority, std::make_unique<Fleet>(authority->universe(), fleet, extra), rules);
  }
  std::string chip_path(const ProductRow& row, std::uint64_t number, const std::string& query = "?blSPL=3&snpSPL=8&ucodeSPL=115") const {
    return "/vcek/v1/" + std::string(row.line) + "/" + hex(keys::make_chip(authority->universe(), row, number).hardware_id()) + query;
  }
};

TEST_F(Responder, GivesEveryChipOfTheFleetItsVcek) {
  KdsResponder kds = make();
  for (const ProductRow& row : products()) {
    const KdsReply reply = kds.answer(Method::get, chip_path(row, 3), "", anyone);
    ASSERT_EQ(reply.status, 200u) << row.platform;
    const snp::Tcb tcb{.fmc = 0, .boot_loader = 3, .tee = 0, .snp = 8, .microcode = 115};
    const auto expected = authority->vcek(keys::make_chip(authority->universe(), row, 3), tcb);
    EXPECT_EQ(*reply.body, std::string(expected.begin(), expected.end()));
    EXPECT_EQ(kds.answer(Method::get, chip_path(row, 4), "", anyone).status, 404u) << "beyond the fleet";
  }
}

TEST_F(Responder, GivesEveryChipOfTheFleetItsCek) {
  KdsResponder kds = make();
  for (const ProductRow& row : products()) {
    const keys::Chip chip = keys::make_chip(authority->universe(), row, 3);
    const KdsReply reply = kds.answer(Method::get, "/cek/id/" + hex(chip.id), "", anyone);
    ASSERT_EQ(reply.status, 200u) << row.platform;
    EXPECT_EQ(reply.content_type, "application/octet-stream");
    const auto expected = authority->cek(chip);
    EXPECT_EQ(*reply.body, std::string(expected.begin(), expected.end()));
    EXPECT_TRUE(kds.answer(Method::get, "/cek/id/" + hex(chip.id), "", anyone).from_cache);
    EXPECT_EQ(kds.answer(Method::get, "/cek/id/" + hex(keys::chip_id(authority->universe(), row, 4)), "", anyone).status, 404u);
  }
  keys::Chip chip = keys::make_chip(authority->universe(), product_row(Product::turin), 0);
  chip.id[63] = 1;
  EXPECT_EQ(kds.answer(Method::get, "/cek/id/" + hex(chip.id), "", anyone).status, 404u) << "Turin's ids end in zeros";
  EXPECT_EQ(kds.answer(Method::post, "/cek/id/" + hex(chip.id), "", anyone).status, 405u);
}

TEST_F(Responder, FindsChipsOfALargeFleetWhileTheTableFills) {
  KdsResponder kds = make({}, 5000);
  const ProductRow& row = product_row(Product::turin);
  EXPECT_EQ(kds.answer(Method::get, chip_path(row, 4999), "", anyone).status, 200u);
  EXPECT_EQ(kds.answer(Method::get, chip_path(row, 0), "", anyone).status, 200u);
  EXPECT_EQ(kds.answer(Method::get, chip_path(row, 5000), "", anyone).status, 404u);
}

TEST_F(Responder, KnowsExtraChips) {
  const ProductRow& row = product_row(Product::milan);
  const auto id = keys::chip_id(authority->universe(), row, 0, keys::ChipIdStart::like_integer);
  KdsResponder kds = make({}, 0, {{&row, id}});
  EXPECT_EQ(kds.answer(Method::get, "/vcek/v1/Milan/" + hex(id), "", anyone).status, 200u);
  EXPECT_EQ(kds.answer(Method::get, chip_path(row, 0), "", anyone).status, 404u);
}

TEST_F(Responder, AnswersFromTheCacheAndStaysWithinItsBound) {
  KdsRules rules;
  rules.cache_entries = 2;
  KdsResponder kds = make(rules);
  const ProductRow& row = product_row(Product::milan);
  const auto ask = [&](std::uint64_t chip) { return kds.answer(Method::get, chip_path(row, chip), "", anyone); };
  EXPECT_FALSE(ask(0).from_cache);
  EXPECT_TRUE(ask(0).from_cache);
  EXPECT_FALSE(ask(1).from_cache);
  EXPECT_TRUE(ask(0).from_cache);
  EXPECT_FALSE(ask(2).from_cache);
  EXPECT_FALSE(ask(1).from_cache) << "1 was used least recently";
  EXPECT_FALSE(kds.answer(Method::get, chip_path(row, 1, "?blSPL=4"), "", anyone).from_cache) << "another TCB is another certificate";
}

TEST_F(Responder, LimitsIdenticalVceksOfOneClientWhenSwitchedOn) {
  KdsRules rules;
  rules.rate_limit_seconds = 10;
  KdsResponder kds = make(rules);
  const ProductRow& row = product_row(Product::milan);
  const KdsClient other{"192.0.2.9", false, {}};
  const auto status = [&](std::uint64_t chip, const KdsClient& client) { return kds.answer(Method::get, chip_path(row, chip), "", client).status; };
  EXPECT_EQ(status(0, anyone), 200u);
  clock.now += 4;
  const KdsReply limited = kds.answer(Method::get, chip_path(row, 0), "", anyone);
  EXPECT_EQ(limited.status, 429u);
  EXPECT_EQ(limited.retry_after, 6u);
  EXPECT_EQ(status(1, anyone), 200u);
  EXPECT_EQ(status(0, other), 200u);
  EXPECT_EQ(kds.answer(Method::get, "/vcek/v1/Milan/cert_chain", "", anyone).status, 200u);
  EXPECT_EQ(kds.answer(Method::get, "/vcek/v1/Milan/cert_chain", "", anyone).status, 200u);
  clock.now += 6;
  EXPECT_EQ(status(0, anyone), 200u);
}

TEST_F(Responder, RefusesOtherMethodsAndNamesTheRightOnes) {
  KdsResponder kds = make();
  for (const Method method : {Method::post, Method::other}) {
    const KdsReply reply = kds.answer(method, "/vcek/v1/Milan/crl", "", anyone);
    EXPECT_EQ(reply.status, 405u);
    EXPECT_EQ(reply.allow, "GET, HEAD");
  }
  EXPECT_EQ(kds.answer(Method::get, "/vlek/v1/Milan/hash_sticks", "", provider).allow, "POST");
  EXPECT_EQ(kds.answer(Method::head, "/vcek/v1/Milan/crl", "", anyone).status, 200u);
}

TEST_F(Responder, MakesANewCrlEachDayAndAfterARevocation) {
  KdsResponder kds = make();
  const auto crl = [&] { return *kds.answer(Method::get, "/vcek/v1/Milan/crl", "", anyone).body; };
  const std::string first = crl();
  EXPECT_EQ(crl(), first);
  authority->revoke(*find_product_line("Milan"), Ca::ask);
  const std::string revoked = crl();
  EXPECT_NE(revoked, first);
  clock.now += 86400;
  EXPECT_NE(crl(), revoked);
}

TEST_F(Responder, ServesVleksOnlyToProviders) {
  KdsResponder kds = make();
  EXPECT_EQ(kds.answer(Method::get, "/vlek/v1/Milan/cert?snpSPL=8", "", anyone).status, 404u);
  KdsClient nameless = provider;
  nameless.common_name.reset();
  EXPECT_EQ(kds.answer(Method::get, "/vlek/v1/Milan/cert?snpSPL=8", "", nameless).status, 403u);
  nameless.common_name = "evil\nname";
  EXPECT_EQ(kds.answer(Method::get, "/vlek/v1/Milan/cert?snpSPL=8", "", nameless).status, 403u);
  const KdsReply reply = kds.answer(Method::get, "/vlek/v1/Milan/cert?snpSPL=8", "", provider);
  ASSERT_EQ(reply.status, 200u);
  const auto vlek = crypto::Certificate::from_der({reinterpret_cast<const std::uint8_t*>(reply.body->data()), reply.body->size()});
  ASSERT_TRUE(vlek.ok());
  const auto& csp = vlek.value().extension("1.3.6.1.4.1.3704.1.5")->value;
  EXPECT_EQ(std::string(csp.begin() + 2, csp.end()), "CN=cc.example.com");
  EXPECT_EQ(vlek.value().extension("1.3.6.1.4.1.3704.1.4"), nullptr);
}

TEST_F(Responder, WrapsHashSticksForKnownChipsAndSaysWhichAreUnknown) {
  KdsResponder kds = make();
  const ProductRow& row = product_row(Product::milan);
  const keys::Chip chip = keys::make_chip(authority->universe(), row, 1);
  const std::string known = hex(chip.hardware_id());
  const std::string unknown(128, '0');
  const std::string body = nlohmann::json{{"hwids", {known, unknown}}}.dump();
  const KdsReply reply = kds.answer(Method::post, "/vlek/v1/Milan/hash_sticks?blSPL=3&snpSPL=8&ucodeSPL=115", body, provider);
  ASSERT_EQ(reply.status, 200u) << *reply.body;
  EXPECT_EQ(reply.content_type, "application/json");
  const auto results = nlohmann::json::parse(*reply.body).at("results");
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].at(unknown), "not found");
  const auto bytes = parse_hex(results[0].at(known).get<std::string>()).value();
  ASSERT_EQ(bytes.size(), 432u);
  const auto stick = keys::unwrap_vlek(chip, from_bytes<snp::WrappedVlekHashstick>(bytes));
  ASSERT_TRUE(stick.ok());
  const auto certificate = *kds.answer(Method::get, "/vlek/v1/Milan/cert?blSPL=3&snpSPL=8&ucodeSPL=115", "", provider).body;
  const auto vlek = crypto::Certificate::from_der({reinterpret_cast<const std::uint8_t*>(certificate.data()), certificate.size()}).value();
  EXPECT_EQ(stick.value().key().public_key().spki(), vlek.spki) << "the stick opens to the key that the VLEK certifies";
}

TEST_F(Responder, RefusesMalformedHashStickRequests) {
  KdsResponder kds = make();
  const std::string path = "/vlek/v1/Milan/hash_sticks";
  std::string many = R"({"hwids":[)";
  for (int i = 0; i < 257; ++i) many += std::string(i == 0 ? "" : ",") + "\"00\"";
  for (const std::string& body : {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"hwids":1})"), std::string(R"({"hwids":[1]})"),
                                  std::string(R"({"hwids":["zz"]})"), std::string(R"({"hwids":["00"])"), many + "]}", std::string(60000, '[')})
    EXPECT_EQ(kds.answer(Method::post, path, body, provider).status, 400u) << body.substr(0, 40);
  EXPECT_EQ(kds.answer(Method::post, path, R"({"hwids":[]})", provider).status, 200u);
  EXPECT_EQ(kds.answer(Method::post, path, R"({"hwids":[]})", anyone).status, 404u);
}

TEST_F(Responder, AnswersManyThreadsAlike) {
  KdsResponder kds = make();
  const ProductRow& row = product_row(Product::genoa);
  const std::string expected = *make().answer(Method::get, chip_path(row, 0), "", anyone).body;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i)
        if (*kds.answer(Method::get, chip_path(row, 0), "", anyone).body != expected) ++wrong;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ProviderName, MustBeAHostName) {
  const auto universe = keys::Universe::test_default();
  EXPECT_TRUE(Provider::create(universe, "cc-us-east-2.example.com").ok());
  for (const char* name : {"", "a b", "a,b", "a\n", "\xc3\xa9"}) EXPECT_FALSE(Provider::create(universe, name).ok()) << name;
  EXPECT_FALSE(Provider::create(universe, std::string(65, 'a')).ok());
}

}  // namespace
}  // namespace swtee::vendor
