// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/product.h"

#include <array>

namespace swtee::verifier {
namespace {

using snp::TcbLayout;

constexpr std::array kLines{
    ProductLineFacts{ProductLine::milan, "Milan", TcbLayout::milan_genoa, 64, 0},
    ProductLineFacts{ProductLine::genoa, "Genoa", TcbLayout::milan_genoa, 64, 0},
    ProductLineFacts{ProductLine::turin, "Turin", TcbLayout::turin, 8, 1},
};

struct ModelRange {
  std::uint8_t family, first_model, last_model;
  ProductLine line;
  std::string_view marketing_name;
};

constexpr std::array kModels{
    ModelRange{0x19, 0x00, 0x0f, ProductLine::milan, "Milan"},
    ModelRange{0x19, 0x10, 0x1f, ProductLine::genoa, "Genoa"},
    ModelRange{0x19, 0xa0, 0xaf, ProductLine::genoa, "Bergamo or Siena"},
    ModelRange{0x1a, 0x00, 0x11, ProductLine::turin, "Turin"},
};

const ModelRange* find_model(std::uint8_t family, std::uint8_t model) {
  for (const ModelRange& range : kModels)
    if (family == range.family && model >= range.first_model && model <= range.last_model) return &range;
  return nullptr;
}

}  // namespace

const ProductLineFacts& facts_of(ProductLine line) { return kLines[static_cast<std::size_t>(line)]; }

std::optional<ProductLine> line_named(std::string_view name) {
  for (const ProductLineFacts& facts : kLines)
    if (facts.name == name) return facts.line;
  return std::nullopt;
}

std::optional<ProductLine> line_of_product_name(std::string_view product_name) {
  return line_named(product_name.substr(0, product_name.find('-')));
}

std::optional<ProductLine> line_of_cpuid(std::uint8_t family, std::uint8_t model) {
  const ModelRange* range = find_model(family, model);
  return range == nullptr ? std::nullopt : std::optional(range->line);
}

std::string_view marketing_name(std::uint8_t family, std::uint8_t model) {
  const ModelRange* range = find_model(family, model);
  return range == nullptr ? std::string_view() : range->marketing_name;
}

}  // namespace swtee::verifier
