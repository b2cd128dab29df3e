// SPDX-License-Identifier: Apache-2.0
#include "sim/config/platform_config.h"

#include <gtest/gtest.h>

namespace swtee::config {
namespace {

std::string error_of(const std::string& json) {
  const auto parsed = parse_platform(json);
  return parsed.ok() ? "" : parsed.error().what();
}
std::string milan(const std::string& members) { return R"({"platform": "snp:milan", )" + members + "}"; }

PlatformConfig parsed(const std::string& json) {
  auto config = parse_platform(json);
  EXPECT_TRUE(config.ok()) << config.error().what();
  return config.ok() ? config.value() : default_platform("snp:milan").value();
}

TEST(DefaultPlatform, ExistsForEveryProductAndIsValid) {
  for (const char* name : {"snp:milan", "snp:genoa", "snp:bergamo", "snp:siena", "snp:turin"}) {
    const auto config = default_platform(name);
    ASSERT_TRUE(config.ok()) << name;
    EXPECT_TRUE(validate(config.value()).ok()) << name;
    EXPECT_EQ(config.value().product->platform, name);
  }
}

TEST(DefaultPlatform, ListsTheNamesForAnUnknownOne) {
  const auto config = default_platform("snp:naples");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().what(),
            "there is no platform \"snp:naples\"; there are snp:milan, snp:genoa, snp:bergamo, snp:siena, snp:turin");
}

TEST(ParsePlatform, ReadsEveryMember) {
  const auto c = parsed(R"({"platform": "snp:turin", "universe": ")" + std::string(62, '0') + R"(aB", "chip": "0x10", "firmware": "1.58.9",
    "committed_firmware": "1.58.1", "report_version": 3, "mit_vector": "0xffffffffffffffff",
    "tcb": {"current": {"fmc": 2, "bl": 3, "tee": 4, "snp": 5, "ucode": 81}, "committed": {"snp": 4}, "reported": "fmc:1,bl:1,tee:1,snp:1,ucode:1",
            "launch": "0x5100000004040302"},
    "smt": false, "sockets": 2, "cores": 9, "tsme": false, "ecc": false, "rapl_disable": true, "ciphertext_hiding": true,
    "aes_256_xts": true, "segmented_rmp": true, "mask_chip_id": true, "mask_chip_key": true, "vlek": "csp", "memory": 134217728, "entropy": "seed",
    "clock": 1700000000, "knobs": {"message_bad_header": "INVALID_LEN", "message_bad_tag": "BAD_MEASUREMENT",
    "message_bad_seqno": "INVALID_PARAM", "reserved_policy_bits": "INVALID_PARAM"}})");
  EXPECT_EQ((*c.universe)[31], 0xab);
  EXPECT_EQ(c.chip, 16u);
  EXPECT_EQ(c.firmware, (FirmwareVersion{1, 58, 9}));
  EXPECT_EQ(*c.committed_firmware, (FirmwareVersion{1, 58, 1}));
  EXPECT_EQ(c.effective_report_version(), 3u);
  EXPECT_EQ(c.mit_vector, ~std::uint64_t{0});
  EXPECT_EQ(c.tcb.current, (snp::Tcb{.fmc = 2, .boot_loader = 3, .tee = 4, .snp = 5, .microcode = 81}));
  EXPECT_EQ(*c.tcb.committed, (snp::Tcb{.fmc = 2, .boot_loader = 3, .tee = 4, .snp = 4, .microcode = 81}));
  EXPECT_EQ(*c.tcb.reported, (snp::Tcb{.fmc = 1, .boot_loader = 1, .tee = 1, .snp = 1, .microcode = 1}));
  EXPECT_EQ(*c.tcb.launch, (snp::Tcb{.fmc = 2, .boot_loader = 3, .tee = 4, .snp = 4, .microcode = 81}));
  EXPECT_FALSE(c.smt || c.tsme || c.ecc);
  EXPECT_TRUE(c.rapl_disable && c.ciphertext_hiding && c.aes_256_xts && c.segmented_rmp && c.mask_chip_id && c.mask_chip_key);
  EXPECT_EQ(c.sockets, 2u);
  EXPECT_EQ(c.cores, 9u);
  EXPECT_EQ(c.vlek, "csp");
  EXPECT_EQ(c.memory, 134217728u);
  EXPECT_EQ(c.entropy, "seed");
  EXPECT_EQ(c.clock, 1700000000);
  EXPECT_EQ(c.knobs.message_bad_header, snp::Status::invalid_len);
  EXPECT_EQ(c.knobs.message_bad_tag, snp::Status::bad_measurement);
  EXPECT_EQ(c.knobs.message_bad_seqno, snp::Status::invalid_param);
  EXPECT_EQ(c.knobs.reserved_policy_bits, snp::Status::invalid_param);
}

TEST(ParsePlatform, LetsTcbsFollowCurrentWhereverItStands) {
  const auto c = parsed(milan(R"("tcb": {"committed": {"snp": 20}, "current": {"snp": 30}})"));
  EXPECT_EQ(c.tcb.committed->snp, 20);
  EXPECT_EQ(c.tcb.committed->boot_loader, c.tcb.current.boot_loader);
  EXPECT_EQ(c.tcb.current.snp, 30);
}

struct Refused {
  std::string json;
  std::string error;
};

TEST(ParsePlatform, NamesTheMemberAndWhatIsWrong) {
  const Refused cases[] = {
      {"", "the document is not JSON"},
      {"{", "the document is not JSON"},
      {"[]", "the document is not an object"},
      {"3", "the document is not an object"},
      {R"({"a": [[[[[[[[[[1]]]]]]]]]]})", "the document is nested too deeply"},
      {"{}", "\"platform\" is missing: the name of a platform, such as \"snp:milan\""},
      {R"({"platform": 3})", "\"platform\" is missing: the name of a platform, such as \"snp:milan\""},
      {milan(R"("colour": 1)"), "there is no member \"colour\""},
      {milan(R"("tcb": 1)"), "tcb: an object with current, committed, reported and launch is wanted"},
      {milan(R"("tcb": {"curent": {}})"), "there is no member \"tcb.curent\""},
      {milan(R"("tcb": {"current": 3})"), "tcb.current: an object is wanted"},
      {milan(R"("tcb": {"current": {"snp": 256}})"), "tcb.current.snp: 256 is above 255"},
      {milan(R"("tcb": {"current": {"snp": -1}})"), "tcb.current.snp: a number is wanted, or its text (\"0x...\")"},
      {milan(R"("tcb": {"current": {"snp": 1.5}})"), "tcb.current.snp: a number is wanted, or its text (\"0x...\")"},
      {milan(R"("tcb": {"current": {"fmc": 1}})"), "there is no member \"tcb.current.fmc\""},
      {milan(R"("tcb": {"reported": {"bl": "x"}})"), "tcb.reported.bl: \"x\" is not a number"},
      {milan(R"("tcb": {"launch": "bl"})"), "tcb.launch: \"bl\" is not COMPONENT:NUMBER"},
      {milan(R"("tcb": {"launch": "fmc:1"})"), "tcb.launch: snp:milan has no TCB component \"fmc\""},
      {milan(R"("tcb": {"launch": "ml:1"})"), "tcb.launch: \"ml\" is no TCB component; there are fmc (Turin), bl, tee, snp and ucode"},
      {milan(R"("tcb": {"launch": "bl:256"})"), "tcb.launch: \"256\" is not a number from 0 to 255"},
      {milan(R"("tcb": {"launch": "0x10000"})"), "tcb.launch: TCB_VERSION 0x10000 has bits set that hold no component on snp:milan"},
      {milan(R"("tcb": {"launch": {"snp": 200}})"), "tcb.launch has a component above tcb.current"},
      {milan(R"("tcb": {"committed": {"snp": 200}})"), "tcb.committed has a component above tcb.launch"},
      {milan(R"("tcb": {"reported": {"snp": 200}})"), "tcb.reported has a component above tcb.committed"},
      {milan(R"("universe": "00")"), "universe: 64 hexadecimal digits are wanted"},
      {milan(R"("universe": 5)"), "universe: a text of 64 hexadecimal digits is wanted"},
      {milan(R"("chip": -1)"), "chip: a number is wanted, or its text (\"0x...\")"},
      {milan(R"("chip": "0x")"), "chip: \"0x\" is not a number"},
      {milan(R"("chip": "0x10000000000000000")"), "chip: \"0x10000000000000000\" is not a number"},
      {milan(R"("firmware": 1)"), "firmware: a text such as \"1.55.40\" is wanted"},
      {milan(R"("firmware": "1.55")"), "firmware: \"1.55\" is not MAJOR.MINOR.BUILD with numbers up to 255"},
      {milan(R"("firmware": "1.256.0")"), "firmware: \"1.256.0\" is not MAJOR.MINOR.BUILD with numbers up to 255"},
      {milan(R"("firmware": "1.55.0.")"), "firmware: \"1.55.0.\" is not MAJOR.MINOR.BUILD with numbers up to 255"},
      {milan(R"("firmware": "")"), "firmware: \"\" is not MAJOR.MINOR.BUILD with numbers up to 255"},
      {milan(R"("committed_firmware": "9.9.9")"), "committed_firmware is newer than firmware"},
      {milan(R"("report_version": 4)"), "report_version 4 does not exist; there are 2, 3 and 5"},
      {R"({"platform": "snp:turin", "report_version": 2})", "report_version 2 cannot name snp:turin: it has no CPUID fields; use 3 or 5"},
      {milan(R"("ciphertext_hiding": true)"), "snp:milan has no ciphertext hiding"},
      {milan(R"("segmented_rmp": true)"), "snp:milan has no segmented RMP"},
      {milan(R"("aes_256_xts": true)"), "snp:milan has no AES-256-XTS"},
      {milan(R"("smt": 1)"), "smt: true or false is wanted"},
      {milan(R"("cores": 0)"), "cores must be from 1 to 4096"},
      {milan(R"("cores": 4097)"), "cores: 4097 is above 4096"},
      {milan(R"("sockets": 0)"), "sockets must be from 1 to 8"},
      {milan(R"("memory": 67108865)"), "memory must be from 64 MiB to 16 TiB in steps of 2 MiB"},
      {milan(R"("memory": 0)"), "memory must be from 64 MiB to 16 TiB in steps of 2 MiB"},
      {milan(R"("vlek": 1)"), "vlek: a text is wanted"},
      {milan(R"("clock": "soon")"), "clock: \"soon\" is not a number"},
      {milan(R"("knobs": [])"), "knobs: an object is wanted"},
      {milan(R"("knobs": {"speed": "fast"})"), "there is no member \"knobs.speed\""},
      {milan(R"("knobs": {"message_bad_tag": "SUCCESS"})"),
       "knobs.message_bad_tag: the name of a failure status, such as \"INVALID_PARAM\", is wanted"},
  };
  for (const Refused& c : cases) EXPECT_EQ(error_of(c.json), c.error) << c.json;
}

/// Every member, none at its default.
TEST(FormatPlatform, WritesWhatParsesToTheSamePlatform) {
  const std::string turin =
      R"({"platform":"snp:turin","universe":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","chip":18446744073709551615,)"
      R"("firmware":"1.58.7","committed_firmware":"1.57.0","report_version":3,"mit_vector":9,)"
      R"("tcb":{"current":{"fmc":1,"bl":9,"tee":8,"snp":7,"ucode":60},"committed":{"fmc":1,"bl":2,"tee":3,"snp":4,"ucode":5},)"
      R"("reported":{"fmc":0,"bl":1,"tee":1,"snp":1,"ucode":1},"launch":{"fmc":1,"bl":3,"tee":4,"snp":5,"ucode":6}},)"
      R"("smt":false,"sockets":2,"cores":7,"tsme":false,"ecc":false,"rapl_disable":true,"ciphertext_hiding":true,"segmented_rmp":true,"aes_256_xts":true,)"
      R"("mask_chip_id":true,"mask_chip_key":true,"vlek":"Cloud \"9\"","memory":134217728,"entropy":"seed","clock":5,)"
      R"("knobs":{"message_bad_header":"POLICY_FAILURE","message_bad_tag":"AEAD_OFLOW","message_bad_seqno":"INVALID_PARAM",)"
      R"("reserved_policy_bits":"INVALID_PARAM"}})";
  const auto parsed = parse_platform(turin);
  ASSERT_TRUE(parsed.ok()) << parsed.error().what();
  EXPECT_EQ(format_platform(parsed.value()), turin);
  for (const ProductRow& product : products()) {
    const std::string text = format_platform(default_platform(product.platform).value());
    const auto again = parse_platform(text);
    ASSERT_TRUE(again.ok()) << again.error().what();
    EXPECT_EQ(format_platform(again.value()), text);
  }
}

TEST(ParsePlatform, SurvivesHostileDocuments) {
  EXPECT_FALSE(parse_platform(std::string(100000, '[')).ok());
  EXPECT_FALSE(parse_platform(std::string(100000, '{')).ok());
  EXPECT_FALSE(parse_platform(std::string("{\"platform\": \"snp:milan\"\0}", 26)).ok());
  EXPECT_FALSE(parse_platform("{\"platform\": \"snp:\xff\xfe\"}").ok());
}

TEST(ParseTcb, TakesComponentsOrANumber) {
  const ProductRow& turin = product_row(Product::turin);
  const snp::Tcb base{.fmc = 9, .boot_loader = 9, .tee = 9, .snp = 9, .microcode = 9};
  EXPECT_EQ(parse_tcb("snp:1,ucode:0x2", turin, base).value(),
            (snp::Tcb{.fmc = 9, .boot_loader = 9, .tee = 9, .snp = 1, .microcode = 2}));
  EXPECT_EQ(parse_tcb("0x0500000004030201", turin, base).value(),
            (snp::Tcb{.fmc = 1, .boot_loader = 2, .tee = 3, .snp = 4, .microcode = 5}));
  EXPECT_EQ(parse_tcb("", turin, base).value(), base);
  EXPECT_FALSE(parse_tcb("0x", turin, base).ok());
  EXPECT_FALSE(parse_tcb("0x1g", turin, base).ok());
  EXPECT_FALSE(parse_tcb(",snp:1", turin, base).ok());
}

}  // namespace
}  // namespace swtee::config
