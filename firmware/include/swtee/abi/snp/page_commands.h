// SPDX-License-Identifier: Apache-2.0
/// Buffers of the commands about a guest's pages: metadata, swap, move, unsmash, debug.  [SNP-ABI r1.58 §COMMANDS]
///
/// Every field that ends in _paddr is a system physical address.
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// SNP_PAGE_MD_INIT (0xc3).
struct SnpPageMdInitBuffer {
  le64 gctx_paddr;
  le64 page_paddr;
};
SWTEE_WIRE_SIZE(SnpPageMdInitBuffer, 0x10);

/// SNP_PAGE_MOVE (0xc2).
struct SnpPageMoveBuffer {
  le64 gctx_paddr;
  le32 flags;
  le32 reserved_ch;
  le64 src_paddr;
  le64 dst_paddr;
};
SWTEE_WIRE_SIZE(SnpPageMoveBuffer, 0x20);
SWTEE_WIRE_AT(SnpPageMoveBuffer, src_paddr, 0x10);
namespace page_move_bits {
using PageSize = Bit<0>;
inline constexpr std::uint32_t kMustBeZero = ~0x1u;
}  // namespace page_move_bits

/// What a swapped page is. The fourth encoding is reserved.
enum class SwapPageType : std::uint8_t { data = 0, metadata = 1, vmsa = 2, reserved = 3 };

/// SNP_PAGE_SWAP_OUT (0xc0).
struct SnpPageSwapOutBuffer {
  le64 gctx_paddr;
  le64 src_paddr;
  le64 dst_paddr;
  le64 mdata_paddr;
  le64 software_data;
  le64 flags;
};
SWTEE_WIRE_SIZE(SnpPageSwapOutBuffer, 0x30);
SWTEE_WIRE_AT(SnpPageSwapOutBuffer, mdata_paddr, 0x18);

/// SNP_PAGE_SWAP_IN (0xc1).
struct SnpPageSwapInBuffer {
  le64 gctx_paddr;
  le64 src_paddr;
  le64 dst_paddr;
  le64 mdata_paddr;
  le64 reserved_20h;
  le64 flags;
};
SWTEE_WIRE_SIZE(SnpPageSwapInBuffer, 0x30);
SWTEE_WIRE_AT(SnpPageSwapInBuffer, mdata_paddr, 0x18);
namespace page_swap_bits {
using PageSize = Bit<0>;
using PageTypeField = Field<1, 2>;
using SwapInPlace = Bit<3>;  ///< of SNP_PAGE_SWAP_IN only
using RootMdataEn = Bit<4>;
inline constexpr std::uint64_t kMustBeZeroIn = ~std::uint64_t{0x1f};
inline constexpr std::uint64_t kMustBeZeroOut = kMustBeZeroIn | SwapInPlace::mask;
}  // namespace page_swap_bits

/// SNP_PAGE_UNSMASH (0xc8).
struct SnpPageUnsmashBuffer {
  le64 page_paddr;
};
SWTEE_WIRE_SIZE(SnpPageUnsmashBuffer, 0x8);

/// SNP_DBG_DECRYPT (0xb0) and SNP_DBG_ENCRYPT (0xb1).
struct SnpDbgBuffer {
  le64 gctx_paddr;
  le64 src_paddr;
  le64 dst_paddr;
};
SWTEE_WIRE_SIZE(SnpDbgBuffer, 0x18);

}  // namespace swtee::snp
