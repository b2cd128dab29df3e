// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/authority.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/pem.h"
#include "firmware/crypto/utc_time.h"
#include "firmware/keys/endorsement.h"
#include "firmware/keys/vlek.h"
#include "sim/vendor/sev_certificates.h"
#include "sim/vendor/vek_certificate.h"

#include <array>
#include <mutex>
#include <optional>

namespace swtee::vendor {
namespace {

constexpr std::size_t kLineCount = 3;
constexpr std::int64_t kCaNotBefore = 1603324800;  // 2020-10-22T00:00:00Z, the day of the vendor's oldest root
constexpr int kCaYears = 25;
constexpr int kVcekYears = 7;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kCrlDays = 30;
constexpr std::int64_t kLatestClock = 253086768000;  // 9990-01-01: what begins by then also ends in a year of four digits

crypto::DerBytes serial_bytes(std::uint32_t serial) {
  return {static_cast<std::uint8_t>(serial >> 24), static_cast<std::uint8_t>(serial >> 16), static_cast<std::uint8_t>(serial >> 8),
          static_cast<std::uint8_t>(serial)};
}

crypto::DerBytes make_ca(const RootKeys& roots, const ProductLine& line, Ca ca) {
  const crypto::RsaPrivateKey& root = roots.key(line, Ca::ark);
  crypto::CertificateFields fields;
  fields.serial = serial_bytes(line.serial[static_cast<std::size_t>(ca)]);
  fields.issuer = vendor_name(common_name(line, Ca::ark));
  fields.subject = vendor_name(common_name(line, ca));
  fields.validity = {kCaNotBefore, crypto::add_years(kCaNotBefore, kCaYears)};
  fields.spki = roots.key(line, ca).public_key().spki();
  fields.extensions = ca_extensions(line, ca, crypto::key_identifier(fields.spki), crypto::key_identifier(root.public_key().spki()));
  // The vendor's CA certificates spell the trailer field out, its leaf certificates of today do not.
  return crypto::sign_certificate(fields, root, crypto::PssTrailer::spelt_out);
}

struct LazyDer {
  std::once_flag once;
  crypto::DerBytes der;
};

struct Revocation {
  std::size_t line;
  Ca ca;
  std::int64_t date;
};

}  // namespace

struct VendorAuthority::State {
  AuthorityOptions options;
  std::array<std::array<LazyDer, kCaCount>, kLineCount> ca_certificates;
  std::mutex revocations_mutex;
  std::vector<Revocation> revocations;

  crypto::DerBytes issue(const ProductLine& line, KeyKind kind, const keys::EndorsementStick& stick, crypto::Validity validity,
                         std::vector<crypto::Extension> extensions) const {
    crypto::CertificateFields fields;
    fields.serial = {0};
    fields.issuer = vendor_name(common_name(line, signer_of(kind)));
    fields.subject = vendor_name(kind == KeyKind::vcek ? "SEV-VCEK" : "SEV-VLEK");
    fields.validity = validity;
    fields.spki = stick.key().public_key().spki();
    fields.extensions = std::move(extensions);
    return crypto::sign_certificate(fields, options.roots.key(line, signer_of(kind)), options.leaf_trailer);
  }
};

VendorAuthority::VendorAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}
VendorAuthority::~VendorAuthority() = default;
VendorAuthority::VendorAuthority(VendorAuthority&&) noexcept = default;
VendorAuthority& VendorAuthority::operator=(VendorAuthority&&) noexcept = default;

Result<VendorAuthority> VendorAuthority::create(AuthorityOptions options) {
  SWTEE_REQUIRE(options.clock != nullptr, Error("the vendor authority needs a clock"));
  const std::int64_t latest = crypto::add_years(kCaNotBefore, kCaYears - kVcekYears);
  SWTEE_REQUIRE(options.epoch >= kCaNotBefore && options.epoch <= latest,
                Error("epoch must lie between " + crypto::to_iso8601(kCaNotBefore) + " and " + crypto::to_iso8601(latest) +
                      ", inside the life of the CA certificates"));
  SWTEE_REQUIRE(options.clock->unix_seconds() <= kLatestClock,
                Error("the clock must not be after " + crypto::to_iso8601(kLatestClock) + ": certificates could not name their end"));
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  return VendorAuthority(std::move(state));
}

const keys::Universe& VendorAuthority::universe() const { return state_->options.universe; }

std::int64_t VendorAuthority::now() const { return state_->options.clock->unix_seconds(); }

const crypto::DerBytes& VendorAuthority::ca_certificate(const ProductLine& line, Ca ca) const {
  LazyDer& made = state_->ca_certificates[index_of(line)][static_cast<std::size_t>(ca)];
  std::call_once(made.once, [&] { made.der = make_ca(state_->options.roots, line, ca); });
  return made.der;
}

std::string VendorAuthority::cert_chain(const ProductLine& line, KeyKind kind) const {
  return crypto::to_pem("CERTIFICATE", ca_certificate(line, signer_of(kind))) +
         crypto::to_pem("CERTIFICATE", ca_certificate(line, Ca::ark));
}

crypto::DerBytes VendorAuthority::vcek(const keys::Chip& chip, const snp::Tcb& tcb) const {
  const ProductLine& line = line_of(*chip.product);
  SWTEE_ASSERT(tcb.fmc == 0 || line.tcb_layout == snp::TcbLayout::turin);
  const std::int64_t from = crypto::start_of_day(state_->options.epoch);
  return state_->issue(line, KeyKind::vcek, keys::EndorsementStick::from_secret(chip.secret.expose(), tcb),
                       {from, crypto::add_years(from, kVcekYears)}, vcek_extensions(*chip.product, tcb, chip.hardware_id()));
}

crypto::DerBytes VendorAuthority::vlek(const ProductRow& product, std::string_view csp_id, const snp::Tcb& tcb) const {
  const ProductLine& line = line_of(product);
  SWTEE_ASSERT(tcb.fmc == 0 || line.tcb_layout == snp::TcbLayout::turin);
  const std::int64_t from = crypto::start_of_year(now());
  return state_->issue(line, KeyKind::vlek, keys::vlek_stick(universe(), product, csp_id, tcb), {from, crypto::add_years(from, 1)},
                       vlek_extensions(product, tcb, csp_id));
}

crypto::DerBytes VendorAuthority::cek(const keys::Chip& chip) const {
  return sev_cek(chip, state_->options.roots.key(line_of(*chip.product), Ca::ask));
}

crypto::DerBytes VendorAuthority::ask_ark(const ProductLine& line) const {
  return sev_ask_ark(line, state_->options.roots.key(line, Ca::ask), state_->options.roots.key(line, Ca::ark));
}

crypto::DerBytes VendorAuthority::crl(const ProductLine& line) const {
  const crypto::RsaPrivateKey& root = state_->options.roots.key(line, Ca::ark);
  crypto::CrlFields fields;
  fields.issuer = vendor_name(common_name(line, Ca::ark));
  fields.this_update = crypto::start_of_day(now());
  fields.next_update = fields.this_update + kCrlDays * kDay;
  {
    const std::lock_guard lock(state_->revocations_mutex);
    for (const Revocation& revocation : state_->revocations)
      if (revocation.line == index_of(line))
        fields.revoked.push_back({serial_bytes(line.serial[static_cast<std::size_t>(revocation.ca)]), revocation.date});
  }
  const std::uint64_t number = static_cast<std::uint64_t>(fields.this_update / kDay);
  fields.extensions = {crypto::authority_key_identifier(crypto::key_identifier(root.public_key().spki())),
                       {std::string(crypto::oid::kCrlNumber), false, crypto::der_integer(number)}};
  return crypto::sign_crl(fields, root);
}

void VendorAuthority::revoke(const ProductLine& line, Ca ca) {
  const std::lock_guard lock(state_->revocations_mutex);
  for (const Revocation& revocation : state_->revocations)
    if (revocation.line == index_of(line) && revocation.ca == ca) return;
  state_->revocations.push_back({index_of(line), ca, crypto::start_of_day(now())});
}

std::size_t VendorAuthority::revocation_count() const {
  const std::lock_guard lock(state_->revocations_mutex);
  return state_->revocations.size();
}

std::vector<crypto::DerBytes> root_certificates(const RootKeys& roots) {
  std::vector<crypto::DerBytes> certificates;
  for (const ProductLine& line : product_lines()) certificates.push_back(make_ca(roots, line, Ca::ark));
  return certificates;
}

}  // namespace swtee::vendor
