// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/firmware_signer.h"

namespace swtee::keys {

crypto::EcPrivateKey firmware_signing_key(const Universe& universe, std::string_view line) {
  constexpr std::string_view kLabel = "swtee/1/firmware-signing-key";
  crypto::Secret<56> seed;
  universe.derive(kLabel, {ByteView(reinterpret_cast<const std::uint8_t*>(line.data()), line.size())}, seed.fill());
  return crypto::EcPrivateKey::from_seed(crypto::Curve::p384, seed.expose());
}

}  // namespace swtee::keys
