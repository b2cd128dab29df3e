// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/crypto/ecdsa.h"
#include "firmware/keys/universe.h"

#include <string_view>

namespace swtee::keys {

/// The key with which the vendor of this universe signs firmware images of a product line ("Milan"). TEST ONLY, like all that
/// follows from a universe. A platform gets the public half.
crypto::EcPrivateKey firmware_signing_key(const Universe& universe, std::string_view line);

}  // namespace swtee::keys
