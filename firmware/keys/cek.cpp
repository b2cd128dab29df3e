// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/cek.h"

#include "firmware/crypto/kdf.h"
#include "firmware/keys/sev_certificate.h"

namespace swtee::keys {
namespace {

constexpr std::string_view kCekLabel = "swtee/1/cek";

}  // namespace

crypto::EcPrivateKey chip_endorsement_key(const Chip& chip) {
  crypto::Secret<56> seed;
  crypto::hkdf_sha384(chip.secret.expose(), {}, kCekLabel, chip.hardware_id(), seed.fill());
  return crypto::EcPrivateKey::from_seed(crypto::Curve::p384, seed.expose());
}

sev::Certificate cek_certificate(const Chip& chip) {
  return make_certificate(sev::Usage::cek, chip_endorsement_key(chip).public_key());
}

}  // namespace swtee::keys
