// SPDX-License-Identifier: Apache-2.0
#include "guest/measure/launch_digest.h"
#include "guest/measure/sev_launch_digest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <vector>

namespace swtee::guest {
namespace {

using snp::PageType;

std::string digits(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

crypto::Sha384Digest digest_of(const MeasuredPages& pages) {
  LaunchDigest digest;
  EXPECT_TRUE(digest.add(pages).ok());
  return digest.value();
}

TEST(LaunchDigest, MatchesTheKnownDigestOfOnePageOfEachType) {
  std::ifstream file(SWTEE_TEST_VECTORS "/measure/pages.json");
  const auto rows = nlohmann::json::parse(file);
  ASSERT_EQ(rows.size(), 6U);
  const std::map<std::string, PageType> types{{"normal", PageType::normal},
                                              {"zero", PageType::zero},
                                              {"unmeasured", PageType::unmeasured},
                                              {"secrets", PageType::secrets},
                                              {"cpuid", PageType::cpuid}};
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 3U) << row;
    const auto& permissions = row.at("vmpl1_to_3_permissions");
    const auto digest = digest_of({.type = types.at(row.at("type").get<std::string>()),
                                   .gpa = 0x1000,
                                   .size = 0x1000,
                                   .content = {},
                                   .vmpl1_permissions = permissions.at(0).get<std::uint8_t>(),
                                   .vmpl2_permissions = permissions.at(1).get<std::uint8_t>(),
                                   .vmpl3_permissions = permissions.at(2).get<std::uint8_t>()});
    EXPECT_EQ(digits(digest), row.at("digest").get<std::string>()) << row;
  }
}

TEST(LaunchDigest, IsTheSameForARunOfPagesAndForThePagesOneByOne) {
  std::vector<std::uint8_t> content(3 * 0x1000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * 13 + i / 4096);
  const auto run = digest_of({.type = PageType::normal, .gpa = 0x8000, .size = content.size(), .content = content});
  LaunchDigest one_by_one;
  for (std::size_t at = 0; at < content.size(); at += 0x1000) {
    const LaunchDigest so_far = one_by_one;
    one_by_one = LaunchDigest(so_far.value());
    ASSERT_TRUE(one_by_one.add({.type = PageType::normal, .gpa = 0x8000 + at, .size = 0x1000,
                                .content = ByteView(content).subspan(at, 0x1000)}).ok());
  }
  EXPECT_EQ(one_by_one.value(), run);
}

TEST(LaunchDigest, DependsOnTypeAddressPermissionsAndImi) {
  const MeasuredPages page{.type = PageType::zero, .gpa = 0x1000, .size = 0x1000};
  const auto reference = digest_of(page);
  const auto differs = [&](auto change) {
    MeasuredPages other = page;
    change(other);
    return digest_of(other) != reference;
  };
  EXPECT_TRUE(differs([](auto& p) { p.type = PageType::unmeasured; }));
  EXPECT_TRUE(differs([](auto& p) { p.gpa = 0x2000; }));
  EXPECT_TRUE(differs([](auto& p) { p.size = 0x2000; }));
  EXPECT_TRUE(differs([](auto& p) { p.vmpl1_permissions = 1; }));
  EXPECT_TRUE(differs([](auto& p) { p.imi = true; }));
}

TEST(LaunchDigest, LeavesOutTscScaleAndOffsetOfAVmsaAndNothingElse) {
  snp::Vmsa vmsa{};
  vmsa.rip = 0xfff0;
  const auto digest = [&vmsa] {
    return digest_of({.type = PageType::vmsa, .gpa = snp::kVmsaGpa, .size = 0x1000, .content = bytes_of(vmsa)});
  };
  const auto reference = digest();
  vmsa.guest_tsc_scale = ~std::uint64_t{0};
  vmsa.guest_tsc_offset = 77;
  EXPECT_EQ(digest(), reference);
  vmsa.tsc_aux = 1;
  EXPECT_NE(digest(), reference);
  vmsa.tsc_aux = 0;
  vmsa.reg_prot_nonce = 1;
  EXPECT_NE(digest(), reference);
}

TEST(LaunchDigest, HashesTscScaleAndOffsetOfANormalPage) {
  std::vector<std::uint8_t> content(0x1000);
  const MeasuredPages page{.type = PageType::normal, .gpa = 0, .size = 0x1000, .content = content};
  const auto reference = digest_of(page);
  content[0x2f0] = 1;
  EXPECT_NE(digest_of(page), reference);
}

TEST(LaunchDigest, RefusesPagesThatDoNotExistAndStaysAsItWas) {
  const std::vector<std::uint8_t> content(0x1000);
  LaunchDigest digest;
  const auto refused = [&digest](const MeasuredPages& pages) { return !digest.add(pages).ok(); };
  EXPECT_TRUE(refused({.type = PageType::reserved, .gpa = 0, .size = 0x1000}));
  EXPECT_TRUE(refused({.type = static_cast<PageType>(7), .gpa = 0, .size = 0x1000}));
  EXPECT_TRUE(refused({.type = PageType::zero, .gpa = 0x800, .size = 0x1000}));
  EXPECT_TRUE(refused({.type = PageType::zero, .gpa = 0, .size = 0x800}));
  EXPECT_TRUE(refused({.type = PageType::zero, .gpa = 0xfffffffffffff000, .size = 0x2000}));
  EXPECT_TRUE(refused({.type = PageType::normal, .gpa = 0, .size = 0x2000, .content = content}));
  EXPECT_EQ(digest.value(), crypto::Sha384Digest{});
}

TEST(SevLaunchDigest, IsTheSha256OfAllThatWasLaunched) {
  std::vector<std::uint8_t> all(0x800, 5);
  SevLaunchDigest digest;
  digest.add_data(ByteView(all).first(0x300));
  digest.add_data(ByteView(all).subspan(0x300));
  snp::Vmsa vmsa{};
  vmsa.guest_tsc_scale = 3;
  digest.add_vmsa(vmsa);
  const ByteView page = bytes_of(vmsa);
  all.insert(all.end(), page.begin(), page.end());
  EXPECT_EQ(digest.finish(), crypto::sha256(all));
}

}  // namespace
}  // namespace swtee::guest
