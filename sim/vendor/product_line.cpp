// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/product_line.h"

#include "firmware/contract/require.h"

#include <array>

namespace swtee::vendor {
namespace {

using snp::TcbLayout;

constexpr std::array kLines{
    ProductLine{"Milan", {0x010000, 0x010001, 0x010101}, 64, TcbLayout::milan_genoa},
    ProductLine{"Genoa", {0x020000, 0x020002, 0x020101}, 64, TcbLayout::milan_genoa},
    ProductLine{"Turin", {0x030000, 0x030001, 0x030101}, 8, TcbLayout::turin},
};

}  // namespace

std::span<const ProductLine> product_lines() { return kLines; }

const ProductLine* find_product_line(std::string_view name) {
  for (const ProductLine& line : kLines)
    if (line.name == name) return &line;
  return nullptr;
}

const ProductLine& line_of(const ProductRow& product) {
  const ProductLine* const line = find_product_line(product.line);
  SWTEE_ASSERT(line != nullptr);
  return *line;
}

std::size_t index_of(const ProductLine& line) { return static_cast<std::size_t>(&line - kLines.data()); }

std::string_view name_of(Ca ca) {
  static constexpr std::string_view kNames[kCaCount] = {"ark", "ask", "asvk"};
  return kNames[static_cast<std::size_t>(ca)];
}

std::string_view name_of(KeyKind kind) { return kind == KeyKind::vcek ? "vcek" : "vlek"; }

std::string common_name(const ProductLine& line, Ca ca) {
  static constexpr std::string_view kPrefixes[kCaCount] = {"ARK-", "SEV-", "SEV-VLEK-"};
  return std::string(kPrefixes[static_cast<std::size_t>(ca)]) + std::string(line.name);
}

}  // namespace swtee::vendor
