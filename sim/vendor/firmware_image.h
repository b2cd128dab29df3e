// SPDX-License-Identifier: Apache-2.0
/// The vendor's firmware images: TEST ONLY, signed with the key of a universe. docs/firmware-image.md has the format.
#pragma once

#include "firmware/keys/universe.h"
#include "firmware/platform/product.h"

#include <swtee/abi/wire.h>

#include <vector>

namespace swtee::vendor {

struct FirmwareImageContent {
  FirmwareVersion version;
  snp::Tcb tcb;
  std::uint32_t report_version = 3;
  std::uint64_t mit_vector = 0;
};

/// Header, then `body`, for platforms of this product line.
std::vector<std::uint8_t> make_firmware_image(const keys::Universe& universe, const ProductRow& product, const FirmwareImageContent& content,
                                              ByteView body);

}  // namespace swtee::vendor
