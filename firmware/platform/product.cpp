// SPDX-License-Identifier: Apache-2.0
#include "firmware/platform/product.h"

#include "firmware/contract/require.h"

#include <array>

namespace swtee {
namespace {

using snp::TcbLayout;

constexpr std::array kProducts{
    ProductRow{.product = Product::milan, .platform = "snp:milan", .line = "Milan", .vcek_product = "Milan-B0",
               .vlek_product = "Milan", .cpuid_signature = 0x00a00f11, .tcb_layout = TcbLayout::milan_genoa,
               .chip_id_size = 64, .vcek_struct_version = 0, .ca_serial_base = 0x010000, .firmware = {1, 55, 29},
               .tcb = {.boot_loader = 4, .tee = 0, .snp = 24, .microcode = 115}, .asids = 509, .c_bit = 51,
               .address_bits = 43, .secure_tsc = false, .ciphertext_hiding = false, .aes_256_xts = false, .segmented_rmp = false,
               .alias_check = true},
    ProductRow{.product = Product::genoa, .platform = "snp:genoa", .line = "Genoa", .vcek_product = "Genoa",
               .vlek_product = "Genoa", .cpuid_signature = 0x00a10f11, .tcb_layout = TcbLayout::milan_genoa,
               .chip_id_size = 64, .vcek_struct_version = 0, .ca_serial_base = 0x020000, .firmware = {1, 55, 40},
               .tcb = {.boot_loader = 10, .tee = 0, .snp = 23, .microcode = 84}, .asids = 1006, .c_bit = 51,
               .address_bits = 46, .secure_tsc = true, .ciphertext_hiding = false, .aes_256_xts = false, .segmented_rmp = false,
               .alias_check = true},
    ProductRow{.product = Product::bergamo, .platform = "snp:bergamo", .line = "Genoa", .vcek_product = "Genoa",
               .vlek_product = "Genoa", .cpuid_signature = 0x00aa0f02, .tcb_layout = TcbLayout::milan_genoa,
               .chip_id_size = 64, .vcek_struct_version = 0, .ca_serial_base = 0x020000, .firmware = {1, 55, 40},
               .tcb = {.boot_loader = 10, .tee = 0, .snp = 23, .microcode = 25}, .asids = 1006, .c_bit = 51,
               .address_bits = 46, .secure_tsc = true, .ciphertext_hiding = false, .aes_256_xts = false, .segmented_rmp = false,
               .alias_check = true},
    ProductRow{.product = Product::siena, .platform = "snp:siena", .line = "Genoa", .vcek_product = "Genoa",
               .vlek_product = "Genoa", .cpuid_signature = 0x00aa0f02, .tcb_layout = TcbLayout::milan_genoa,
               .chip_id_size = 64, .vcek_struct_version = 0, .ca_serial_base = 0x020000, .firmware = {1, 55, 40},
               .tcb = {.boot_loader = 10, .tee = 0, .snp = 23, .microcode = 25}, .asids = 1006, .c_bit = 51,
               .address_bits = 46, .secure_tsc = true, .ciphertext_hiding = false, .aes_256_xts = false, .segmented_rmp = false,
               .alias_check = true},
    ProductRow{.product = Product::turin, .platform = "snp:turin", .line = "Turin", .vcek_product = "Turin",
               .vlek_product = "Turin", .cpuid_signature = 0x00b00f21, .tcb_layout = TcbLayout::turin,
               .chip_id_size = 8, .vcek_struct_version = 1, .ca_serial_base = 0x030000, .firmware = {1, 58, 3},
               .tcb = {.fmc = 1, .boot_loader = 1, .tee = 1, .snp = 4, .microcode = 81}, .asids = 1006, .c_bit = 51,
               .address_bits = 46, .secure_tsc = true, .ciphertext_hiding = true, .aes_256_xts = true, .segmented_rmp = true,
               .alias_check = true},
};

}  // namespace

std::span<const ProductRow> products() { return kProducts; }

const ProductRow& product_row(Product product) {
  for (const ProductRow& row : kProducts)
    if (row.product == product) return row;
  SWTEE_ASSERT(false);
  return kProducts[0];
}

const ProductRow* find_product(std::string_view platform) {
  for (const ProductRow& row : kProducts)
    if (row.platform == platform) return &row;
  return nullptr;
}

CpuidFms fms_of(std::uint32_t signature) {
  const std::uint32_t family = (signature >> 8) & 0xf;
  const std::uint32_t model = (signature >> 4) & 0xf;
  const std::uint32_t extended_family = (signature >> 20) & 0xff;
  const std::uint32_t extended_model = (signature >> 16) & 0xf;
  return {static_cast<std::uint8_t>(family == 0xf ? family + extended_family : family),
          static_cast<std::uint8_t>(family == 0xf ? (extended_model << 4) | model : model),
          static_cast<std::uint8_t>(signature & 0xf)};
}

std::uint32_t report_version_of(const FirmwareVersion& firmware) {
  if (firmware >= FirmwareVersion{1, 58, 0}) return 5;
  if (firmware >= FirmwareVersion{1, 55, 0}) return 3;
  return 2;
}

}  // namespace swtee
