// SPDX-License-Identifier: Apache-2.0
/// The two backings of memory against each other: whatever is done to both, every observer sees the same.
#include "sim/memory/memory_controller.h"

#include <gtest/gtest.h>

#include <random>

namespace swtee::memory {
namespace {

constexpr std::uint64_t kSize = 0x4000000;
constexpr std::uint64_t kWindow = 8 * kPageSize;

MemorySettings settings(Backing backing) {
  MemorySettings s;
  s.size = kSize;
  s.backing = backing;
  return s;
}

class Twins {
 public:
  explicit Twins(std::uint32_t seed) : random_(seed) {
    Bytes<64> material;
    material.fill(0x3c);
    one_.reset_keys(material);
    two_.reset_keys(material);
  }

  void step() {
    switch (below(12)) {
      case 0: return key();
      case 1: return entry();
      case 2: return alias();
      case 3: return hide();
      case 4:
      case 5:
      case 6: return read();
      default: return write();
    }
  }
  void compare_all() {
    std::vector<std::uint8_t> a(kWindow), b(kWindow);
    ASSERT_TRUE(one_.read(Access::bus(), {0}, a).ok());
    ASSERT_TRUE(two_.read(Access::bus(), {0}, b).ok());
    ASSERT_EQ(a, b);
  }
  std::uint64_t done = 0;
  std::uint64_t refused = 0;

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  Spa page() { return {below(kWindow / kPageSize) * kPageSize}; }

  void key() {
    const Asid asid{static_cast<std::uint32_t>(below(3))};
    if (below(4) == 0) {
      one_.unload_key(asid);
      return two_.unload_key(asid);
    }
    Bytes<64> key;
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random_());
    one_.load_key(asid, key);
    two_.load_key(asid, key);
  }
  void entry() {
    RmpEntry e{};
    e.assigned = below(2) != 0;
    e.asid = e.assigned ? static_cast<std::uint32_t>(below(3)) : 0;
    e.validated = e.asid != 0 && below(3) != 0;
    for (auto& bits : e.vmpl_permissions) bits = static_cast<std::uint8_t>(below(16));
    const Spa at = page();
    one_.rmp().set_entry(at, e);
    two_.rmp().set_entry(at, e);
  }
  void alias() {
    if (below(3) == 0) {
      one_.lines().remove_aliases();
      return two_.lines().remove_aliases();
    }
    const Spa ghost = page(), target = page();
    one_.lines().alias(ghost, target, kPageSize);
    two_.lines().alias(ghost, target, kPageSize);
  }
  void hide() {
    const bool on = below(2) != 0;
    one_.hide_ciphertext(on);
    two_.hide_ciphertext(on);
  }
  Access who() {
    const Asid asid{static_cast<std::uint32_t>(below(3))};
    switch (below(6)) {
      case 0: return Access::bus();
      case 1: return Access::psp();
      case 2: return Access::psp_as_guest(asid);
      case 3: return Access{Access::Agent::device, {}, 0, false};
      case 4: return Access{Access::Agent::host, {}, 0, below(2) != 0};
      default: return Access{Access::Agent::cpu, asid, static_cast<std::uint8_t>(below(4)), below(4) != 0};
    }
  }
  std::size_t size() { return below(3) == 0 ? kPageSize : below(300); }
  Spa place(std::size_t size) { return size == kPageSize && below(2) != 0 ? page() : Spa{below(kWindow - size)}; }

  void read() {
    const Access access = who();
    const std::size_t n = size();
    const Spa at = place(n);
    std::vector<std::uint8_t> a(n, 0xee), b(n, 0xee);
    const auto first = one_.read(access, at, a);
    const auto second = two_.read(access, at, b);
    ASSERT_EQ(first.ok(), second.ok());
    if (!first.ok()) {
      ASSERT_EQ(first.error(), second.error());
    }
    ASSERT_EQ(a, b);
    ++(first.ok() ? done : refused);
  }
  void write() {
    const Access access = who();
    const std::size_t n = size();
    const Spa at = place(n);
    std::vector<std::uint8_t> data(n);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random_());
    const auto first = one_.write(access, at, data);
    const auto second = two_.write(access, at, data);
    ASSERT_EQ(first.ok(), second.ok());
    ++(first.ok() ? done : refused);
  }

  std::mt19937 random_;
  MemoryController one_{settings(Backing::ciphertext_at_rest)};
  MemoryController two_{settings(Backing::plaintext_at_rest)};
};

TEST(MemoryBackings, CannotBeToldApart) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Twins twins(seed);
    for (int n = 0; n < 1000; ++n) {
      twins.step();
      if (::testing::Test::HasFatalFailure()) return;
      if (n % 50 == 0) twins.compare_all();
    }
    twins.compare_all();
    EXPECT_GT(twins.done, 200u);
    EXPECT_GT(twins.refused, 100u);
  }
}

}  // namespace
}  // namespace swtee::memory
