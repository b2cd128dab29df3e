// SPDX-License-Identifier: Apache-2.0
/// Whose a legacy SEV platform is: owner's certificate, PEK and PDH. Permanent until the owner changes.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/ecdsa.h"
#include "firmware/crypto/secret.h"
#include "firmware/keys/chip.h"
#include "firmware/platform/entropy.h"
#include "firmware/platform/product.h"

#include <swtee/abi/sev/certificate.h>

#include <vector>

namespace swtee::snp {

/// Keys are kept as the seeds that they follow from. Invariant: the certificates are those of the keys; PEK is signed by
/// OCA and CEK, PDH by PEK.
struct SevOwner {
  using Seed = crypto::Secret<56>;

  bool external = false;  ///< the OCA is somebody else's; its key is not here
  Seed pek_seed;
  Seed pdh_seed;
  sev::Certificate oca{};
  sev::Certificate pek{};
  sev::Certificate pdh{};

  SevOwner copy() const { return {external, pek_seed.copy(), pdh_seed.copy(), oca, pek, pdh}; }
  crypto::EcPrivateKey pek_key() const { return crypto::EcPrivateKey::from_seed(crypto::Curve::p384, pek_seed.expose()); }
  crypto::EcPrivateKey pdh_key() const { return crypto::EcPrivateKey::from_seed(crypto::Curve::p384, pdh_seed.expose()); }
};

/// A platform that owns itself: a new OCA, whose key is used once and forgotten, PEK and PDH.
SevOwner new_self_owned(const keys::Chip& chip, const FirmwareVersion& version, Entropy& entropy);

/// A new PDH for the same owner.
SevOwner with_new_pdh(const SevOwner& owner, Entropy& entropy);

/// The PEK as a request for a certificate: without signatures.
sev::Certificate signing_request(const SevOwner& owner);

/// What an external owner signed, countersigned by the CEK, with a new PDH.
SevOwner with_external_owner(const SevOwner& owner, const sev::Certificate& pek, const sev::Certificate& oca, const keys::Chip& chip,
                             Entropy& entropy);

/// The owner as bytes that only this chip can open: what stands in the permanent state and in INIT_EX's area.
/// docs/state-format.md describes them. DEVIATION: the hardware's format is not published.
std::vector<std::uint8_t> seal(const SevOwner& owner, const keys::Chip& chip);
/// Fails, with what is wrong, for bytes that `seal` did not make on this chip. What follows them is not looked at.
Result<SevOwner> open_sealed_owner(const keys::Chip& chip, ByteView sealed);
std::size_t sealed_owner_size();

}  // namespace swtee::snp
