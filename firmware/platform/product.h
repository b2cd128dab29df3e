// SPDX-License-Identifier: Apache-2.0
/// The products, as data: one row each. Nothing outside this table's users asks "is it Turin?"; a difference between
/// products is a column here.
#pragma once

#include <swtee/abi/snp/tcb.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace swtee {

enum class Product : std::uint8_t { milan, genoa, bergamo, siena, turin };

/// Version of the SNP firmware: API major and minor, and build.
struct FirmwareVersion {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint8_t build = 0;
  bool operator==(const FirmwareVersion&) const = default;
  auto operator<=>(const FirmwareVersion&) const = default;
};

/// One product.  [SNP-ABI r1.58 §TCB_VERSION; VCEK-KDS r0.51 §X.509 v3 extensions; CPUID r2.34 §Fn0000_0001_EAX]
struct ProductRow {
  Product product;
  std::string_view platform;      ///< name on the command line: "snp:milan"
  std::string_view line;          ///< product line of the vendor's key service and certificates: "Milan"
  std::string_view vcek_product;  ///< productName extension of a VCEK: "Milan-B0"
  std::string_view vlek_product;  ///< productName extension of a VLEK: "Milan"
  std::uint32_t cpuid_signature;  ///< CPUID Fn0000_0001 EAX
  snp::TcbLayout tcb_layout;
  std::uint32_t chip_id_size;  ///< significant bytes of CHIP_ID; the rest of the 64 is zero
  std::uint8_t vcek_struct_version;
  std::uint32_t ca_serial_base;  ///< serial of the ARK: 0x010000 for Milan
  FirmwareVersion firmware;      ///< default firmware image
  snp::Tcb tcb;                  ///< default current TCB
  std::uint32_t asids;           ///< encrypted guests at most; ASIDs 1 to this number
  std::uint8_t c_bit;            ///< position of the C-bit
  std::uint8_t address_bits;     ///< physical address bits that are left with encryption on
  bool secure_tsc;
  bool ciphertext_hiding;   ///< the feature exists
  bool aes_256_xts;         ///< memory encryption with 256-bit keys exists
  bool segmented_rmp;       ///< the RMP can be one table for each range of memory
  bool alias_check;         ///< the firmware checks DRAM for aliases at SNP_INIT
};

std::span<const ProductRow> products();
const ProductRow& product_row(Product product);
/// The row with this `platform` name, or null.
const ProductRow* find_product(std::string_view platform);

/// CPUID family, model and stepping with the extended parts added, as the attestation report carries them.
struct CpuidFms {
  std::uint8_t family;
  std::uint8_t model;
  std::uint8_t stepping;
};
CpuidFms fms_of(std::uint32_t cpuid_signature);

/// The report version that firmware of this version emits: 2 below 1.55, 3 from 1.55, 5 from 1.58.
/// DEVIATION: the exact boundaries are not published; a platform's configuration can name another version.
std::uint32_t report_version_of(const FirmwareVersion& firmware);

}  // namespace swtee
