// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/secret.h"

#include "hex.h"

#include <new>
#include <type_traits>

namespace swtee::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<Secret<32>> && !std::is_copy_assignable_v<Secret<32>>);

TEST(Secret, IsZeroAfterItWasMovedFrom) {
  Secret<4> a(bytes_from_hex<4>("01020304"));
  const Secret<4> b(std::move(a));
  EXPECT_TRUE(all_zero(a.expose()));  // NOLINT(bugprone-use-after-move): that is the subject
  EXPECT_EQ(to_hex(b.expose()), "01020304");
}

TEST(Secret, IsWipedWhenDestroyed) {
  alignas(Secret<32>) std::uint8_t storage[sizeof(Secret<32>)];
  auto* const secret = new (storage) Secret<32>(bytes_from_hex<32>(std::string(64, 'a')));
  secret->~Secret();
  volatile std::uint8_t any = 0;
  for (const volatile std::uint8_t& byte : storage) any = static_cast<std::uint8_t>(any | byte);
  EXPECT_EQ(any, 0);
}

TEST(Secret, ComparesByLengthAndContent) {
  EXPECT_TRUE(equal(from_hex("0102"), from_hex("0102")));
  EXPECT_FALSE(equal(from_hex("0102"), from_hex("0103")));
  EXPECT_FALSE(equal(from_hex("0102"), from_hex("010200")));
  EXPECT_TRUE(equal({}, {}));
}

}  // namespace
}  // namespace swtee::crypto
