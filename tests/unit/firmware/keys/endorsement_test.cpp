// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/endorsement.h"

#include "firmware/crypto/digest.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

namespace swtee::keys {
namespace {

const std::vector<std::uint8_t> kSecret(32, 0x42);

bool same_links(const EndorsementStick& a, const EndorsementStick& b) {
  return crypto::equal(a.links().expose(), b.links().expose());
}

snp::Tcb random_tcb(std::mt19937_64& random) {
  const auto svn = [&] { return static_cast<std::uint8_t>(random()); };
  return {.fmc = svn(), .boot_loader = svn(), .tee = svn(), .snp = svn(), .microcode = svn()};
}

/// A TCB that `top` covers, each component anywhere from 0 to top's.
snp::Tcb random_tcb_below(std::mt19937_64& random, const snp::Tcb& top) {
  const auto below = [&](std::uint8_t svn) { return static_cast<std::uint8_t>(random() % (svn + 1u)); };
  return {.fmc = below(top.fmc), .boot_loader = below(top.boot_loader), .tee = below(top.tee), .snp = below(top.snp),
          .microcode = below(top.microcode)};
}

std::uint64_t seed_of_run() {
  const char* const given = std::getenv("SWTEE_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 0);
}

TEST(EndorsementStick, LoweredEqualsDerivedDirectlyForRandomTcbs) {
  const std::uint64_t seed = seed_of_run();
  SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    const snp::Tcb top = random_tcb(random);
    const snp::Tcb target = random_tcb_below(random, top);
    const auto lowered = EndorsementStick::from_secret(kSecret, top).lower_to(target);
    ASSERT_TRUE(lowered.ok());
    EXPECT_TRUE(same_links(lowered.value(), EndorsementStick::from_secret(kSecret, target)));
    EXPECT_EQ(lowered.value().tcb(), target);
  }
}

TEST(EndorsementStick, LoweringInStepsEqualsLoweringAtOnce) {
  std::mt19937_64 random(seed_of_run());
  for (int round = 0; round < 50; ++round) {
    const snp::Tcb top = random_tcb(random);
    const snp::Tcb middle = random_tcb_below(random, top);
    const snp::Tcb low = random_tcb_below(random, middle);
    const EndorsementStick stick = EndorsementStick::from_secret(kSecret, top);
    EXPECT_TRUE(same_links(stick.lower_to(middle).value().lower_to(low).value(), stick.lower_to(low).value()));
  }
}

TEST(EndorsementStick, RefusesEveryTcbThatIsNotCovered) {
  std::mt19937_64 random(seed_of_run());
  for (int round = 0; round < 200; ++round) {
    const snp::Tcb held = random_tcb(random);
    const snp::Tcb asked = random_tcb(random);
    const EndorsementStick stick = EndorsementStick::from_links(std::array<std::uint8_t, EndorsementStick::kSize>{}, held);
    EXPECT_EQ(stick.lower_to(asked).ok(), held.covers(asked));
  }
  const EndorsementStick stick = EndorsementStick::from_secret(kSecret, {.fmc = 5, .boot_loader = 5, .tee = 5, .snp = 5, .microcode = 5});
  for (std::uint8_t snp::Tcb::*component :
       {&snp::Tcb::fmc, &snp::Tcb::boot_loader, &snp::Tcb::tee, &snp::Tcb::snp, &snp::Tcb::microcode}) {
    snp::Tcb above = stick.tcb();
    above.*component = 6;
    EXPECT_FALSE(stick.lower_to(above).ok());
  }
}

/// A holder of a lower stick has nothing of a higher one: in each component that differs, the higher link hashes to the
/// lower, and the lower link is no earlier link of the chain.
TEST(EndorsementStick, LowerLinkIsTheHashOfTheHigherAndNeverTheOtherWay) {
  const snp::Tcb high{.fmc = 1, .boot_loader = 4, .tee = 2, .snp = 24, .microcode = 115};
  const snp::Tcb low{.fmc = 0, .boot_loader = 3, .tee = 1, .snp = 23, .microcode = 114};
  const EndorsementStick above = EndorsementStick::from_secret(kSecret, high);
  const EndorsementStick below = EndorsementStick::from_secret(kSecret, low);
  for (const std::size_t component : {0u, 1u, 2u, 6u, 7u}) {
    const auto link = [component](const EndorsementStick& stick) {
      return ByteView(stick.links().expose()).subspan(component * EndorsementStick::kLinkSize, EndorsementStick::kLinkSize);
    };
    EXPECT_TRUE(crypto::equal(crypto::sha384(link(above)), link(below)));
    EXPECT_FALSE(crypto::equal(crypto::sha384(link(below)), link(above)));
  }
}

TEST(EndorsementStick, GivesAnotherKeyForEveryComponentAndSecret) {
  const snp::Tcb tcb{.fmc = 1, .boot_loader = 4, .tee = 2, .snp = 24, .microcode = 115};
  const auto key_x = [](const EndorsementStick& stick) { return stick.key().public_key().x(); };
  const EndorsementStick stick = EndorsementStick::from_secret(kSecret, tcb);
  EXPECT_EQ(key_x(stick), key_x(stick.copy()));
  for (std::uint8_t snp::Tcb::*component :
       {&snp::Tcb::fmc, &snp::Tcb::boot_loader, &snp::Tcb::tee, &snp::Tcb::snp, &snp::Tcb::microcode}) {
    snp::Tcb other = tcb;
    other.*component = static_cast<std::uint8_t>(other.*component - 1);
    EXPECT_NE(key_x(stick), key_x(stick.lower_to(other).value()));
    EXPECT_FALSE(crypto::equal(stick.guest_key_root().expose(), stick.lower_to(other).value().guest_key_root().expose()));
  }
  EXPECT_NE(key_x(stick), key_x(EndorsementStick::from_secret(std::vector<std::uint8_t>(32, 0x43), tcb)));
}

TEST(EndorsementStick, ReachesTheExtremes) {
  const EndorsementStick top = EndorsementStick::from_secret(kSecret, {255, 255, 255, 255, 255});
  const auto bottom = top.lower_to({});
  ASSERT_TRUE(bottom.ok());
  EXPECT_TRUE(same_links(bottom.value(), EndorsementStick::from_secret(kSecret, {})));
}

}  // namespace
}  // namespace swtee::keys
