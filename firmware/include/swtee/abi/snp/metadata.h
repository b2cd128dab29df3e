// SPDX-License-Identifier: Apache-2.0
/// Metadata of swapped pages.  [SNP-ABI r1.58 §MDATA]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// One entry of a metadata page, or the root entry in the guest context: all that is needed to bring one page back.
/// A free entry is all zero.
struct MetadataEntry {
  le64 software_data;  ///< the host's, from SNP_PAGE_SWAP_OUT
  le64 iv;             ///< value of OEK_IV_COUNT that the page was encrypted with
  Bytes<16> auth_tag;
  le64 attributes;
  std::array<u8, 4> vmpl_permissions;
  Bytes<4> reserved_2ch;
  Bytes<16> reserved_30h;
};
SWTEE_WIRE_SIZE(MetadataEntry, 0x40);
SWTEE_WIRE_AT(MetadataEntry, iv, 0x8);
SWTEE_WIRE_AT(MetadataEntry, auth_tag, 0x10);
SWTEE_WIRE_AT(MetadataEntry, attributes, 0x20);
SWTEE_WIRE_AT(MetadataEntry, vmpl_permissions, 0x28);
namespace metadata_bits {
using Valid = Bit<0>;
using PageValidated = Bit<1>;
using Vmsa = Bit<2>;
using Metadata = Bit<3>;
using PageSize = Bit<4>;
inline constexpr std::uint64_t kGpaMask = ~std::uint64_t{0xfff};  ///< the GPA stands where it is
}  // namespace metadata_bits

inline constexpr std::size_t kMetadataEntries = 0x1000 / sizeof(MetadataEntry);

}  // namespace swtee::snp
