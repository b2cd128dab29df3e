// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/chip.h"

namespace swtee::keys {
namespace {

constexpr std::string_view kChipIdLabel = "swtee/1/chip-id";
constexpr std::string_view kChipSecretLabel = "swtee/1/chip-secret";

bool begins_like_asn1(const ChipId& id) { return id[0] == 0x02 || id[0] == 0x04; }

}  // namespace

ChipId chip_id(const Universe& universe, const ProductRow& product, std::uint64_t number, ChipIdStart start) {
  const ByteView name(reinterpret_cast<const std::uint8_t*>(product.platform.data()), product.platform.size());
  const le64 index(number);
  constexpr std::size_t short_id = 8;
  for (std::uint8_t attempt = 0;; ++attempt) {
    const std::uint8_t variant[2] = {static_cast<std::uint8_t>(start), attempt};
    ChipId id{};
    universe.derive(kChipIdLabel, {name, bytes_of(index), variant}, MutableBytes(id).first(product.chip_id_size));
    if (start != ChipIdStart::ordinary) id[0] = static_cast<std::uint8_t>(start);
    const ByteView must_differ_from_zero =
        product.chip_id_size > short_id ? ByteView(id).subspan(short_id) : ByteView(id).first(product.chip_id_size);
    if (all_zero(must_differ_from_zero)) continue;
    if (start == ChipIdStart::ordinary && begins_like_asn1(id)) continue;
    return id;
  }
}

Chip make_chip(const Universe& universe, const ProductRow& product, std::uint64_t number, ChipIdStart start) {
  return chip_of_id(universe, product, chip_id(universe, product, number, start));
}

Chip chip_of_id(const Universe& universe, const ProductRow& product, const ChipId& id) {
  Chip chip{&product, id, {}};
  universe.derive(kChipSecretLabel, {id}, chip.secret.fill());
  return chip;
}

}  // namespace swtee::keys
