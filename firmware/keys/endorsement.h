// SPDX-License-Identifier: Apache-2.0
/// Versioned endorsement keys: one key for each TCB, such that whoever can sign at one TCB can sign at every lower one and
/// at none above.
///
/// Each TCB component has a chain of its own: a seed, hashed with SHA-384 (255 - SVN) times. Going down one SVN is one
/// more hash; going up means inverting SHA-384. The key of a TCB follows from all chains together.
/// The property is the one the vendor publishes; the formula is ours.  [VCEK-KDS r0.51 §VCEK]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/ecdsa.h"
#include "firmware/crypto/secret.h"

#include <swtee/abi/snp/tcb.h>

namespace swtee::keys {

/// The TCB asked for is not covered by the TCB at hand.
struct AboveStick {};

/// The chains of one chip (VCEK) or of one provider (VLEK), cut off at a TCB.
class EndorsementStick {
 public:
  /// Order of the chains: FMC, boot loader, TEE, three spares (always SVN 0), SNP, microcode.
  static constexpr std::size_t kComponents = 8;
  static constexpr std::size_t kLinkSize = 48;
  static constexpr std::size_t kSize = kComponents * kLinkSize;

  /// From the secret that the chains begin with. Costs about 2,000 hashes.
  static EndorsementStick from_secret(ByteView secret, const snp::Tcb& tcb);
  /// From what `links` gave.
  static EndorsementStick from_links(std::span<const std::uint8_t, kSize> links, const snp::Tcb& tcb);

  EndorsementStick copy() const { return from_links(links_.expose(), tcb_); }

  const snp::Tcb& tcb() const { return tcb_; }
  /// The same chains cut off lower: one hash for each SVN of difference. Fails unless `tcb()` covers `target`.
  Result<EndorsementStick, AboveStick> lower_to(const snp::Tcb& target) const;
  /// The endorsement key at this TCB (P-384): VCEK or VLEK.
  crypto::EcPrivateKey key() const;
  /// The root from which MSG_KEY_REQ derives at this TCB. A root that is the same for every TCB is that of TCB 0, which
  /// every stick can be lowered to.
  crypto::Secret<48> guest_key_root() const;
  /// The chains' current values, in order: what SNP_VLEK_LOAD carries.
  const crypto::Secret<kSize>& links() const { return links_; }

 private:
  EndorsementStick() = default;
  void hash_down(std::size_t component, unsigned steps);

  crypto::Secret<kSize> links_;
  snp::Tcb tcb_;
};

}  // namespace swtee::keys
