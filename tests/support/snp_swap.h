// SPDX-License-Identifier: Apache-2.0
/// Swapping a guest's pages, as a host does it.
#pragma once

#include "tests/support/snp_machine.h"

#include <gtest/gtest.h>

#include <swtee/abi/snp/metadata.h>

namespace swtee::test {

/// `root_mdata_en` when `mdata` is the root entry.
inline constexpr Spa kRootEntry{0};

inline std::uint64_t swap_flags(snp::SwapPageType type, Spa mdata, bool large, bool in_place = false) {
  using namespace snp::page_swap_bits;
  return PageSize::set(large) | PageTypeField::set(static_cast<std::uint64_t>(type)) | SwapInPlace::set(in_place) |
         RootMdataEn::set(mdata == kRootEntry);
}

inline snp::SnpPageSwapOutBuffer swap_out_buffer(Spa gctx, Spa src, Spa dst, Spa mdata, snp::SwapPageType type = snp::SwapPageType::data,
                                                 bool large = false) {
  snp::SnpPageSwapOutBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.src_paddr = src.value;
  buffer.dst_paddr = dst.value;
  buffer.mdata_paddr = mdata.value;
  buffer.software_data = 0x1122334455667788u;
  buffer.flags = swap_flags(type, mdata, large);
  return buffer;
}

inline snp::SnpPageSwapInBuffer swap_in_buffer(Spa gctx, Spa src, Spa dst, Spa mdata, snp::SwapPageType type = snp::SwapPageType::data,
                                               bool large = false) {
  snp::SnpPageSwapInBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.src_paddr = src.value;
  buffer.dst_paddr = dst.value;
  buffer.mdata_paddr = mdata.value;
  buffer.flags = swap_flags(type, mdata, large, src == dst);
  return buffer;
}

/// SNP_PAGE_SWAP_OUT through a page of the firmware, expecting success; the encrypted page, as the host stores it.
inline std::vector<std::uint8_t> swapped_out(SnpMachine& machine, Spa gctx, Spa page, Spa mdata,
                                             snp::SwapPageType type = snp::SwapPageType::data, bool large = false) {
  const Spa dst = machine.firmware_page(large);
  EXPECT_EQ(machine.command(id::kPageSwapOut, swap_out_buffer(gctx, page, dst, mdata, type, large)), snp::Status::success);
  std::vector<std::uint8_t> stored = machine.read(dst, large ? kLargePageSize : kPageSize);
  EXPECT_EQ(machine.reclaim(dst, large), snp::Status::success);
  EXPECT_EQ(machine.rmpupdate(dst, false, {}, 0, false, large), SWTEE_RMP_OK);
  if (!large) machine.give_back(dst);
  return stored;
}

}  // namespace swtee::test
