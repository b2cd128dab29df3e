// SPDX-License-Identifier: Apache-2.0
/// The vendor as a certificate authority: ARK, ASK and ASVK of each line, and what they sign.
///
/// The same universe, roots, epoch and day give the same bytes on every machine, so replicas of the key service need no
/// shared storage.
#pragma once

#include "firmware/crypto/x509.h"
#include "firmware/keys/chip.h"
#include "firmware/platform/clock.h"
#include "sim/vendor/roots.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace swtee::vendor {

/// 2025-01-01T00:00:00Z.
inline constexpr std::int64_t kDefaultEpoch = 1735689600;

struct AuthorityOptions {
  keys::Universe universe = keys::Universe::test_default();
  RootKeys roots = RootKeys::embedded();
  /// VCEKs are valid from the start of this day, for 7 years. Not before 2020-10-22, when the CA certificates begin.
  std::int64_t epoch = kDefaultEpoch;
  /// How VCEKs and VLEKs spell their signature parameters; the vendor changed it in late 2024.
  crypto::PssTrailer leaf_trailer = crypto::PssTrailer::omitted;
  /// Answers for VLEKs (valid for the calendar year) and CRLs (this day, for 30 days). Must outlive the authority.
  const Clock* clock = nullptr;
};

/// Safe to use from several threads.
class VendorAuthority {
 public:
  /// Fails when the epoch lies before the CAs' certificates or beyond their 25 years, or no clock is given.
  static Result<VendorAuthority> create(AuthorityOptions options);
  ~VendorAuthority();
  VendorAuthority(VendorAuthority&&) noexcept;
  VendorAuthority& operator=(VendorAuthority&&) noexcept;

  const keys::Universe& universe() const;
  std::int64_t now() const;

  /// Certificate of a CA, in DER. Made when first asked for.
  const crypto::DerBytes& ca_certificate(const ProductLine& line, Ca ca) const;
  /// PEM: the signer of this kind of key, then the ARK, and nothing else.
  std::string cert_chain(const ProductLine& line, KeyKind kind) const;
  /// VCEK of a chip at a TCB. The TCB's FMC must be 0 on lines without one.
  crypto::DerBytes vcek(const keys::Chip& chip, const snp::Tcb& tcb) const;
  /// VLEK of a provider at a TCB. `csp_id` as in the cspID extension, for example "CN=cc.example.com".
  crypto::DerBytes vlek(const ProductRow& product, std::string_view csp_id, const snp::Tcb& tcb) const;
  /// CEK certificate of a chip for legacy SEV, signed by the line's ASK: a `sev::Certificate`.
  crypto::DerBytes cek(const keys::Chip& chip) const;
  /// The line's ASK and ARK for legacy SEV, one after the other: two `sev::CaCertificate`, as the vendor's ask_ark files hold
  /// them. The keys are those of the X.509 certificates.
  crypto::DerBytes ask_ark(const ProductLine& line) const;
  /// The line's CRL of this day, signed by the ARK. It revokes nothing unless `revoke` was called.
  crypto::DerBytes crl(const ProductLine& line) const;
  /// From now on the line's CRL lists this CA's certificate, as revoked at the start of this day.
  void revoke(const ProductLine& line, Ca ca);
  /// How many certificates have been revoked, over all lines.
  std::size_t revocation_count() const;

 private:
  struct State;
  explicit VendorAuthority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The ARK certificates of these roots, one for each line: what a verifier trusts when it is told to trust a test root.
std::vector<crypto::DerBytes> root_certificates(const RootKeys& roots);

}  // namespace swtee::vendor
