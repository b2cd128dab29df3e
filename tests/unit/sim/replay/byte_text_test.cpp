// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/byte_text.h"

#include <gtest/gtest.h>

namespace swtee::replay {
namespace {

using Vector = std::vector<std::uint8_t>;

TEST(ByteText, WritesDigitsAndTheNumberOfZerosAtTheEnd) {
  EXPECT_EQ(to_text(Vector{}), "");
  EXPECT_EQ(to_text(Vector{0x0a, 0xff}), "0aff");
  EXPECT_EQ(to_text(Vector(7)), "00000000000000");
  EXPECT_EQ(to_text(Vector(8)), "00*8");
  Vector bytes(4096);
  bytes[1] = 0x1b;
  EXPECT_EQ(to_text(bytes), "001b 00*4094");
}

TEST(ByteText, ReadsWhatItWrote) {
  for (std::size_t size : {0u, 1u, 7u, 8u, 9u, 100u})
    for (std::size_t used = 0; used <= size; ++used) {
      Vector bytes(size);
      for (std::size_t i = 0; i < used; ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
      const auto read = to_bytes(to_text(bytes), size);
      ASSERT_TRUE(read.ok()) << to_text(bytes);
      EXPECT_EQ(read.value(), bytes);
    }
}

TEST(ByteText, RefusesWhatIsNoBytesOrTooMany) {
  for (const char* text : {"0", "0g", "zz", "00*", "00*x", "00*-1", "00*9", "0000 00*7", "00 ", " ", "00 01", "00*2 00", "00*18446744073709551615",
                           "000000000000000000", "00*4 "})
    EXPECT_FALSE(to_bytes(text, 8).ok()) << text;
  EXPECT_TRUE(to_bytes("0000 00*6", 8).ok());
}

}  // namespace
}  // namespace swtee::replay
