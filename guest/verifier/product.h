// SPDX-License-Identifier: Apache-2.0
/// The product lines as a relying party tells them apart: by CPUID, by CHIP_ID, by the names in certificates.
/// Kept apart from the firmware's own table on purpose: a mistake must be made twice to go unseen.
#pragma once

#include <swtee/abi/snp/tcb.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace swtee::verifier {

/// Products that share keys and certificates: Bergamo and Siena belong to the Genoa line.
enum class ProductLine : std::uint8_t { milan, genoa, turin };

struct ProductLineFacts {
  ProductLine line;
  std::string_view name;  ///< as in certificate names and in the key service's paths
  snp::TcbLayout tcb_layout;
  std::size_t hwid_size;                 ///< bytes of hwID in a VCEK; CHIP_ID has zeros after them
  std::uint64_t vcek_struct_version;     ///< structVersion of a VCEK
};

const ProductLineFacts& facts_of(ProductLine line);
/// By the name of the line: "Milan".
std::optional<ProductLine> line_named(std::string_view name);
/// By productName of a certificate, with or without a stepping: "Milan-B0", "Genoa".
std::optional<ProductLine> line_of_product_name(std::string_view product_name);
/// By CPUID family and model with their extended parts added. Nothing for processors of other lines.
std::optional<ProductLine> line_of_cpuid(std::uint8_t family, std::uint8_t model);
/// What is sold under this family and model: "Milan", "Bergamo or Siena"; empty when unknown.
std::string_view marketing_name(std::uint8_t family, std::uint8_t model);

}  // namespace swtee::verifier
