// SPDX-License-Identifier: Apache-2.0
/// Test chips: the identity and the secret of a platform, by number.
#pragma once

#include "firmware/keys/universe.h"
#include "firmware/platform/product.h"

#include <swtee/abi/wire.h>

namespace swtee::keys {

using ChipId = Bytes<64>;

/// What is fused into one chip.
struct Chip {
  const ProductRow* product = nullptr;
  ChipId id{};  ///< the first product->chip_id_size bytes are significant, the rest is zero
  crypto::Secret<32> secret;

  /// The significant bytes of the CHIP_ID, as certificates and the key service name the chip.
  ByteView hardware_id() const { return ByteView(id).first(product->chip_id_size); }
};

/// How a CHIP_ID begins. Some verifiers misread a hwID that begins like an ASN.1 element (02 or 04), so ordinary chips
/// never do; the other two exist to try such verifiers.
enum class ChipIdStart : std::uint8_t { ordinary = 0, like_integer = 0x02, like_octet_string = 0x04 };

/// The id of chip `number`: KDF(universe, "chip-id", product, number). On products with 64-byte ids it never looks like a
/// short one (all zero beyond byte 7).
ChipId chip_id(const Universe& universe, const ProductRow& product, std::uint64_t number,
               ChipIdStart start = ChipIdStart::ordinary);

/// Chip `number` of a product, with secret KDF(universe, "chip-secret", CHIP_ID).
Chip make_chip(const Universe& universe, const ProductRow& product, std::uint64_t number,
               ChipIdStart start = ChipIdStart::ordinary);

/// The chip with this id, as the vendor's key service knows it.
Chip chip_of_id(const Universe& universe, const ProductRow& product, const ChipId& id);

}  // namespace swtee::keys
