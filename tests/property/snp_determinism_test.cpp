// SPDX-License-Identifier: Apache-2.0
/// The same configuration, entropy and calls give the same bytes; another seed gives others.
#include "tests/support/snp_guest.h"
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_walk.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

std::vector<std::uint64_t> hashes_of_a_walk(std::uint64_t seed) {
  SnpMachine machine(small_platform("snp:milan"));
  SnpWalk walk(machine, seed);
  std::vector<std::uint64_t> hashes;
  for (int n = 0; n < 400; ++n) {
    walk.choose();
    const Step step = walk.make();
    hashes.push_back(step.result);
    hashes.push_back(state_hash(machine));
  }
  return hashes;
}

TEST(Determinism, GivesTheSameStatesForTheSameCalls) {
  const std::uint64_t seed = property_seed(11);
  SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed));
  EXPECT_EQ(hashes_of_a_walk(seed), hashes_of_a_walk(seed));
  EXPECT_NE(hashes_of_a_walk(seed), hashes_of_a_walk(seed + 1));
}

std::vector<std::uint8_t> evidence(const std::string& platform) {
  SnpMachine machine(small_platform(platform));
  machine.init();
  LaunchOptions options;
  options.with_id_block = true;
  SnpGuest guest(machine, options);
  const auto report = guest.report(0x42);
  const ByteView bytes = bytes_of(report);
  std::vector<std::uint8_t> all(bytes.begin(), bytes.end());
  const Reply key = guest.send(snp::MessageType::key_req, snp::KeyReq{});
  all.insert(all.end(), key.payload.begin(), key.payload.end());
  const auto sealed = machine.read(guest.response_page, kPageSize);
  all.insert(all.end(), sealed.begin(), sealed.end());
  return all;
}

TEST(Determinism, GivesTheSameReportKeyAndCiphertextOnEveryProduct) {
  for (const ProductRow& product : products()) {
    const auto first = evidence(std::string(product.platform));
    EXPECT_EQ(first, evidence(std::string(product.platform))) << product.platform;
  }
}

/// One more draw in one place must not shift the numbers of another: streams are named.
TEST(Determinism, KeepsEntropyStreamsApart) {
  CountingEntropy a, b;
  Bytes<32> x{}, y{};
  a.fill("vmpck", x);
  b.fill("report-id", y);
  b.fill("vmpck", y);
  EXPECT_EQ(x, y);
}

}  // namespace
}  // namespace swtee::test
