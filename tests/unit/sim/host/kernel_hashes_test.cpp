// SPDX-License-Identifier: Apache-2.0
#include "sim/host/kernel_hashes.h"

#include <gtest/gtest.h>

#include <vector>

namespace swtee::host {
namespace {

/// Hands out `data` in pieces of at most `piece` bytes.
ReadPiece pieces_of(const std::vector<std::uint8_t>& data, std::size_t piece) {
  return [&data, piece, at = std::size_t{0}](MutableBytes buffer) mutable -> Result<std::size_t> {
    const std::size_t size = std::min({piece, buffer.size(), data.size() - at});
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(at), size, buffer.begin());
    at += size;
    return size;
  };
}

TEST(KernelHashes, HashAFileTheSameInPiecesOfAnySize) {
  std::vector<std::uint8_t> data(700'001);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 31 + i / 977);
  const auto whole = crypto::sha256(data);
  for (const std::size_t piece : {std::size_t{1} << 30, std::size_t{4096}, std::size_t{977}}) {
    const auto hash = sha256_of_pieces(pieces_of(data, piece));
    ASSERT_TRUE(hash.ok());
    EXPECT_EQ(hash.value(), whole) << piece;
  }
}

TEST(KernelHashes, HashOfNoBytesIsThatOfAnEmptyFile) {
  const std::vector<std::uint8_t> nothing;
  EXPECT_EQ(sha256_of_pieces(pieces_of(nothing, 1)).value(), crypto::sha256({}));
}

TEST(KernelHashes, PassOnWhyAFileCannotBeRead) {
  int calls = 0;
  const auto hash = sha256_of_pieces([&calls](MutableBytes) -> Result<std::size_t> {
    if (++calls == 1) return std::size_t{100};
    return fail("disk on fire");
  });
  ASSERT_FALSE(hash.ok());
  EXPECT_EQ(hash.error().what(), "disk on fire");
}

TEST(KernelHashes, TableListsCmdlineInitrdKernelAndEndsInPadding) {
  KernelHashes hashes;
  hashes.cmdline.fill(1);
  hashes.initrd.fill(2);
  hashes.kernel.fill(3);
  const ovmf::KernelHashTable table = hashes.table();
  const ByteView bytes = bytes_of(table);
  ASSERT_EQ(bytes.size(), 176U);
  EXPECT_EQ(bytes[0], 0x06);  // 9438d606-..., first group little-endian
  EXPECT_EQ(bytes[3], 0x94);
  EXPECT_EQ(table.length, 168U);
  EXPECT_EQ(bytes[18 + 18], 1);
  EXPECT_EQ(bytes[18 + 50 + 18], 2);
  EXPECT_EQ(bytes[18 + 100 + 18], 3);
  EXPECT_EQ(table.kernel.length, 50U);
  EXPECT_TRUE(all_zero(bytes.subspan(168)));
}

TEST(KernelHashes, CmdlineIsHashedWithItsFinalZero) {
  const std::vector<std::uint8_t> text{'q', 'u', 'i', 'e', 't', 0};
  EXPECT_EQ(cmdline_hash("quiet"), crypto::sha256(text));
  EXPECT_EQ(cmdline_hash(""), crypto::sha256(ByteView(text).last(1)));
}

TEST(OvmfGuid, LiesInMemoryWithItsFirstThreeGroupsReversed) {
  constexpr ovmf::Guid expected{0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
                                0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d};
  EXPECT_EQ(ovmf::kTableFooter, expected);
}

}  // namespace
}  // namespace swtee::host
