// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/test_universe.h"

#include "firmware/contract/require.h"
#include "sim/vendor/authority.h"

namespace swtee::cli {
namespace {

using vendor::Ca;
using vendor::KeyKind;

/// The time of the verification, which need not be today.
class StoppedClock final : public Clock {
 public:
  explicit StoppedClock(std::int64_t now) : now_(now) {}
  std::int64_t unix_seconds() const override { return now_; }

 private:
  std::int64_t now_;
};

struct FoundChip {
  keys::Chip chip;
  std::uint64_t number;
};

/// True when the report's CPUID, if it has one, is of this product's line.
bool line_fits(const verifier::Report& report, const ProductRow& product) {
  const auto told = verifier::line_of(report);
  return !told || verifier::facts_of(*told).name == product.line;
}

std::optional<FoundChip> find_chip(const verifier::Report& report) {
  const keys::Universe universe = keys::Universe::test_default();
  for (const ProductRow& product : products()) {
    if (!line_fits(report, product)) continue;
    for (const auto start : {keys::ChipIdStart::ordinary, keys::ChipIdStart::like_integer, keys::ChipIdStart::like_octet_string})
      for (std::uint64_t number = 0; number < kDefaultFleet; ++number)
        if (keys::chip_id(universe, product, number, start) == report.chip_id)
          return FoundChip{keys::make_chip(universe, product, number, start), number};
  }
  return std::nullopt;
}

const ProductRow* product_of(const verifier::Report& report) {
  for (const ProductRow& product : products())
    if (line_fits(report, product)) return &product;
  return nullptr;
}

/// The chain for an endorsement key certificate that this authority signed.
Result<verifier::CertificateChain> chain_of(const vendor::VendorAuthority& authority, const ProductRow& product, KeyKind kind,
                                            const crypto::DerBytes& vek) {
  const vendor::ProductLine& line = vendor::line_of(product);
  verifier::CertificateChain chain;
  chain.ark = SWTEE_TRY(crypto::Certificate::from_der(authority.ca_certificate(line, Ca::ark)));
  chain.ask = SWTEE_TRY(crypto::Certificate::from_der(authority.ca_certificate(line, vendor::signer_of(kind))));
  chain.vek = SWTEE_TRY(crypto::Certificate::from_der(vek));
  chain.crl = SWTEE_TRY(crypto::Crl::from_der(authority.crl(line)));
  return chain;
}

}  // namespace

Result<std::vector<crypto::Certificate>> test_root_certificates() {
  std::vector<crypto::Certificate> roots;
  for (const crypto::DerBytes& der : vendor::root_certificates(vendor::RootKeys::embedded()))
    roots.push_back(SWTEE_TRY(crypto::Certificate::from_der(der)));
  return roots;
}

Result<std::optional<TestCertificates>> derive_test_certificates(const verifier::Report& report,
                                                                 const std::optional<std::string>& csp_id, std::int64_t now) {
  using Nothing = std::optional<TestCertificates>;
  const StoppedClock clock(now);
  vendor::AuthorityOptions options;
  options.clock = &clock;
  if (report.signing_key == verifier::SigningKey::vlek) {
    const ProductRow* product = product_of(report);
    if (!csp_id || product == nullptr) return Nothing();
    const auto authority = SWTEE_TRY(vendor::VendorAuthority::create(std::move(options)));
    const snp::Tcb tcb = snp::decode_tcb(report.reported_tcb, product->tcb_layout);
    const crypto::DerBytes vlek = authority.vlek(*product, *csp_id, tcb);
    return Nothing({SWTEE_TRY(chain_of(authority, *product, KeyKind::vlek, vlek)), "provider " + *csp_id});
  }
  if (report.signing_key != verifier::SigningKey::vcek || verifier::chip_id_masked(report)) return Nothing();
  const std::optional<FoundChip> found = find_chip(report);
  if (!found) return Nothing();
  const ProductRow& product = *found->chip.product;
  const auto authority = SWTEE_TRY(vendor::VendorAuthority::create(std::move(options)));
  const crypto::DerBytes vcek = authority.vcek(found->chip, snp::decode_tcb(report.reported_tcb, product.tcb_layout));
  return Nothing({SWTEE_TRY(chain_of(authority, product, KeyKind::vcek, vcek)),
                  "chip " + std::to_string(found->number) + " of " + std::string(product.platform)});
}

}  // namespace swtee::cli
