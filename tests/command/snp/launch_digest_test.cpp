// SPDX-License-Identifier: Apache-2.0
/// Launch digests that SNP_LAUNCH_UPDATE computes, against published values and values computed from PAGE_INFO's layout by
/// other code (tests/vectors/measure/README.md).
#include "sim/host/vmsa.h"
#include "tests/support/snp_machine.h"
#include "tests/vectors/real_vectors.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::PageType;
using snp::Status;

std::string hex(ByteView bytes) {
  static const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t b : bytes) text += {kDigits[b >> 4], kDigits[b & 15]};
  return text;
}

/// A guest in LAUNCH and its digest as pages are added.
struct Launch {
  SnpMachine machine;
  Spa gctx;
  Launch() {
    machine.init();
    gctx = machine.guest(GuestState::launch);
  }
  void add(PageType type, std::uint64_t gpa, ByteView content = {}, std::array<std::uint8_t, 3> permissions = {}) {
    const Spa page = machine.pre_guest_page({1}, gpa, content);
    ASSERT_EQ(machine.launch_update(gctx, page, type, false, permissions), Status::success);
    ASSERT_EQ(machine.rmpupdate(page, false), SWTEE_RMP_OK);
    machine.write(page, std::vector<std::uint8_t>(kPageSize));
    machine.give_back(page);
  }
  /// `last` is the last page's last byte.
  void add_blank(PageType type, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t gpa = first; gpa <= last; gpa += kPageSize) add(type, gpa);
  }
  std::string digest() const { return hex(machine.context(gctx).launch_digest); }
};

TEST(LaunchDigest, OfOnePageIsAsPublishedForEachType) {
  const struct {
    PageType type;
    std::array<std::uint8_t, 3> permissions;
    const char* digest;
  } rows[] = {
      {PageType::normal, {}, "e6e4d78904d9d6b33c0cbfd121998fd2d11744dae606b3aee35e2a45d6869b60b35c63928a9232bef72d6be386f48ec6"},
      {PageType::zero, {}, "4bd4147976a1e7554c1c778a781affc1c672f1965a727ba16084989b7e356044a28bbe585a2f75dac9356fa5ab78f061"},
      {PageType::unmeasured, {}, "81475a112c0223cebe1ccb31a0aa2567772871200b33515a3cbbd5ed6a68a8e630902dd83469ea6553554bfb67111fad"},
      {PageType::secrets, {}, "ede71fa5ddc72c3de70c6ff1149b8ecb6ef08b74b1d3a72c2cece10bd140c06a6181343d33def7db6cc0da1ff9ba4805"},
      {PageType::cpuid, {}, "af3c8d305f882f039a48318a961572ddc7ebf40b3d1eae828f4fa6e27a7b3078cf2d84b459e002fb58b4ae83efd7f29c"},
      {PageType::zero, {1, 3, 7}, "7bd84918477171f489c5cbd2e188834bb76cc9134d90f392f7186817d21ab31668bcaf43731fe0c63350554f4230d8cf"},
  };
  for (const auto& row : rows) {
    Launch launch;
    launch.add(row.type, 0x1000, {}, row.permissions);
    EXPECT_EQ(launch.digest(), row.digest) << static_cast<int>(row.type);
  }
}

TEST(LaunchDigest, TellsVmpl1PermissionsFromVmpl3s) {
  Launch one, three;
  one.add(PageType::zero, 0x1000, {}, {1, 0, 0});
  three.add(PageType::zero, 0x1000, {}, {0, 0, 1});
  EXPECT_NE(one.digest(), three.digest());
}

TEST(LaunchDigest, FollowsContentOnlyOfMeasuredPages) {
  const std::vector<std::uint8_t> content(kPageSize, 0);
  std::vector<std::uint8_t> other = content;
  other[0x800] = 1;
  // A CPUID page's bytes beyond its functions.
  other[0xfff] = 1;
  for (const PageType type :
       {PageType::normal, PageType::vmsa, PageType::zero, PageType::unmeasured, PageType::secrets, PageType::cpuid}) {
    Launch a, b;
    a.add(type, 0x1000, content);
    b.add(type, 0x1000, other);
    const bool measured = type == PageType::normal || type == PageType::vmsa;
    EXPECT_EQ(a.digest() != b.digest(), measured) << static_cast<int>(type);
  }
}

TEST(LaunchDigest, LeavesTheTscFieldsOfAVmsaOut) {
  std::vector<std::uint8_t> vmsa(kPageSize, 0x11);
  Launch a;
  a.add(PageType::vmsa, 0x1000, vmsa);
  for (const std::size_t byte : {0x2efu, 0x2f0u, 0x2ffu, 0x300u}) {
    std::vector<std::uint8_t> other = vmsa;
    other[byte] ^= 0xff;
    Launch b;
    b.add(PageType::vmsa, 0x1000, other);
    EXPECT_EQ(a.digest() == b.digest(), byte == 0x2f0u || byte == 0x2ffu) << std::hex << byte;
  }
}

TEST(LaunchDigest, FollowsTheGpaAndTheOrder) {
  Launch a, b, c;
  a.add(PageType::zero, 0x1000);
  a.add(PageType::zero, 0x2000);
  b.add(PageType::zero, 0x2000);
  b.add(PageType::zero, 0x1000);
  c.add(PageType::zero, 0x1000);
  c.add(PageType::zero, 0x3000);
  EXPECT_NE(a.digest(), b.digest());
  EXPECT_NE(a.digest(), c.digest());
}

TEST(LaunchDigest, CountsA2MiBPageAs512Pages) {
  Launch small, large;
  small.add_blank(PageType::zero, 0x200000, 0x3fffff);
  const Spa page = large.machine.pre_guest_page({1}, 0x200000, {}, true);
  ASSERT_EQ(large.machine.launch_update(large.gctx, page, PageType::zero, true), Status::success);
  EXPECT_EQ(small.digest(), large.digest());
  EXPECT_EQ(large.machine.state_of(page + 0x1ff000), SWTEE_RMP_GUEST_VALID);
}

/// The launch of an OVMF image of which the vectors folder has the measured page: the published digests of the whole.
TEST(LaunchDigest, OfAWholeLaunchIsAsPublished) {
  SWTEE_NEEDS_VECTORS();
  std::vector<std::uint8_t> image = vector_file("snp/ovmf-amdsev-suffix.bin");
  ASSERT_EQ(image.size(), kPageSize);
  const struct {
    std::uint64_t features;
    const char* digest;
  } rows[] = {{0x21, "e1e1ca029dd7973ab9513295be68198472dcd4fc834bd9af9b63f6e8a1674dbf281a9278a4a2ebe0eed9f22adbcd0e2b"},
              {0x1, "19358ba9a7615534a9a1e2f0dfc29384dcd4dcb7062ff9c6013b26869a5fc6ecabe033c48dd6f6db5d6d76e7c5df632d"}};
  for (const auto& row : rows) {
    Launch launch;
    launch.add(PageType::normal, 0xfffff000, image);
    EXPECT_EQ(launch.digest(), "086e2e9149ebf45abdc3445fba5b2da8270bdbb04094d7a2c37faaa4b24af3aa16aff8c374c2a55c467a50da6d466b74");
    launch.add_blank(PageType::zero, 0x800000, 0x808fff);
    launch.add_blank(PageType::zero, 0x80a000, 0x80cfff);
    launch.add(PageType::secrets, 0x80d000);
    launch.add(PageType::cpuid, 0x80e000);
    launch.add(PageType::zero, 0x80f000);
    launch.add(PageType::zero, 0x810000);
    launch.add_blank(PageType::zero, 0x811000, 0x81ffff);
    EXPECT_EQ(launch.digest(), "2a436bb1f7bd08b3888d20579f83961e6cd34b45f10bfa96bfb8086d15e258e407b2b04f62e1e6536aa64ba1b16dd65c");
    const snp::Vmsa vmsa = host::reset_vmsa({host::VmmType::qemu, host::kResetVector, 0x800f12, row.features});
    launch.add(PageType::vmsa, 0xfffffffff000, bytes_of(vmsa));
    EXPECT_EQ(launch.digest(), row.digest) << row.features;
  }
}

}  // namespace
}  // namespace swtee::test
