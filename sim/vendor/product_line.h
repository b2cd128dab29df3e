// SPDX-License-Identifier: Apache-2.0
/// The vendor's product lines, as data: one row for each set of CAs. Bergamo and Siena belong to the Genoa line.
#pragma once

#include "firmware/platform/product.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace swtee::vendor {

/// A CA of a line: root, signer of VCEKs, signer of VLEKs.
enum class Ca : std::uint8_t { ark, ask, asvk };
inline constexpr std::size_t kCaCount = 3;

/// Which kind of endorsement key; also the first part of the key service's paths.
enum class KeyKind : std::uint8_t { vcek, vlek };

struct ProductLine {
  std::string_view name;  ///< in certificates and paths: "Milan"
  std::uint32_t serial[kCaCount];  ///< of the CA certificates, by Ca
  std::size_t hardware_id_size;    ///< bytes of a hwID in paths
  snp::TcbLayout tcb_layout;
};

/// The rows, in a fixed order.  [VCEK-KDS r0.51 §certificates]
std::span<const ProductLine> product_lines();
/// The line with this name, exactly, or null.
const ProductLine* find_product_line(std::string_view name);
/// The line of a product.
const ProductLine& line_of(const ProductRow& product);
/// Position of a line in `product_lines()`.
std::size_t index_of(const ProductLine& line);

/// "ark", "ask", "asvk"; "vcek", "vlek".
std::string_view name_of(Ca ca);
std::string_view name_of(KeyKind kind);
/// CN of a CA certificate: "ARK-Milan", "SEV-Milan", "SEV-VLEK-Milan".
std::string common_name(const ProductLine& line, Ca ca);
/// The CA that signs keys of this kind.
constexpr Ca signer_of(KeyKind kind) { return kind == KeyKind::vcek ? Ca::ask : Ca::asvk; }

}  // namespace swtee::vendor
