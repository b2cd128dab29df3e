// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/tls_identity.h"

#include "firmware/crypto/pem.h"
#include "firmware/crypto/utc_time.h"
#include "firmware/crypto/x509.h"
#include "sim/vendor/vek_certificate.h"

#include <algorithm>
#include <array>

namespace swtee::vendor {
namespace {

using crypto::DerBytes;
using crypto::Extension;
namespace der = crypto::der;

constexpr std::int64_t kCaNotBefore = 1577836800;  // 2020-01-01T00:00:00Z
constexpr int kCaYears = 29;
constexpr std::string_view kNameConstraints = "2.5.29.30";
constexpr std::uint8_t kDnsName = der::context(2, false);
constexpr std::uint8_t kIpAddress = der::context(7, false);
constexpr std::array<std::uint8_t, 4> kLoopback4 = {127, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

crypto::EcPrivateKey key_of(const keys::Universe& universe, std::string_view role, std::string_view name) {
  Bytes<40> seed;
  universe.derive("swtee/1/tls", {view(role), view(name)}, seed);
  return crypto::EcPrivateKey::from_seed(crypto::Curve::p256, seed);
}

crypto::Name test_name(std::string_view common_name) {
  return {{{std::string(crypto::oid::kOrganization), std::string(kTestMark)},
           {std::string(crypto::oid::kCommonName), std::string(common_name)},
           {std::string(crypto::oid::kSerialNumber), std::string(kTestMark), der::kPrintableString}}};
}

struct Authority {
  crypto::EcPrivateKey key;
  crypto::Name name;
};

Authority service_ca(const keys::Universe& universe) {
  return {key_of(universe, "service-ca", ""), test_name("swtee TEST ONLY service CA")};
}

Authority provider_ca(const keys::Universe& universe) {
  return {key_of(universe, "provider-ca", ""), test_name("swtee TEST ONLY provider CA")};
}

/// From everything but itself, so that two different certificates of one CA never share a number.
DerBytes serial_for(crypto::CertificateFields fields, const crypto::EcPrivateKey& issuer) {
  const crypto::Sha256Digest digest = crypto::sha256(crypto::sign_certificate(fields, issuer));
  DerBytes serial(digest.begin(), digest.begin() + 16);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7f) | 0x40);
  return serial;
}

std::string sign(crypto::CertificateFields fields, const crypto::EcPrivateKey& issuer) {
  fields.serial = {1};
  fields.serial = serial_for(fields, issuer);
  return crypto::to_pem("CERTIFICATE", crypto::sign_certificate(fields, issuer));
}

DerBytes subtree(std::uint8_t tag, std::initializer_list<ByteView> name) {
  return crypto::der_element(der::kSequence, {crypto::der_element(tag, name)});
}

Extension name_constraints() {
  DerBytes permitted;
  const auto add = [&permitted](const DerBytes& each) { permitted.insert(permitted.end(), each.begin(), each.end()); };
  for (const std::string& name : service_names()) add(subtree(kDnsName, {view(name)}));
  constexpr std::array<std::uint8_t, 8> loopback_net = {127, 0, 0, 0, 255, 0, 0, 0};
  std::array<std::uint8_t, 16> exact6;
  exact6.fill(0xff);
  add(subtree(kIpAddress, {loopback_net}));
  add(subtree(kIpAddress, {kLoopback6, exact6}));
  return {std::string(kNameConstraints), true, crypto::der_element(der::kSequence, {crypto::der_element(der::context(0, true), {permitted})})};
}

std::string make_ca(const Authority& ca, std::vector<Extension> more) {
  crypto::CertificateFields fields;
  fields.issuer = fields.subject = ca.name;
  fields.validity = {kCaNotBefore, crypto::add_years(kCaNotBefore, kCaYears)};
  fields.spki = ca.key.public_key().spki();
  fields.extensions = {crypto::basic_constraints_ca(0), crypto::key_usage(0x06, 1),
                       crypto::subject_key_identifier(crypto::key_identifier(fields.spki))};
  for (Extension& extension : more) fields.extensions.push_back(std::move(extension));
  return sign(std::move(fields), ca.key);
}

TlsIdentity make_leaf(const Authority& ca, const crypto::EcPrivateKey& key, std::string_view common_name, std::string_view purpose,
                      std::int64_t now, std::vector<Extension> more) {
  crypto::CertificateFields fields;
  fields.issuer = ca.name;
  fields.subject = test_name(common_name);
  const std::int64_t from = crypto::start_of_year(now);
  fields.validity = {from, crypto::add_years(from, 2)};
  fields.spki = key.public_key().spki();
  fields.extensions = {crypto::key_usage(0x80, 7),
                       {std::string(crypto::oid::kExtendedKeyUsage), false, crypto::der_element(der::kSequence, {crypto::der_oid(purpose)})},
                       crypto::subject_key_identifier(crypto::key_identifier(fields.spki)),
                       crypto::authority_key_identifier(crypto::key_identifier(ca.key.public_key().spki()))};
  for (Extension& extension : more) fields.extensions.push_back(std::move(extension));
  return {sign(std::move(fields), ca.key), key.pem()};
}

}  // namespace

const std::vector<std::string>& service_names() {
  static const std::vector<std::string> names{"kdsintf.amd.com", "kdsintfdev.amd.com", "localhost"};
  return names;
}

std::string service_ca_pem(const keys::Universe& universe) { return make_ca(service_ca(universe), {name_constraints()}); }

TlsIdentity service_identity(const keys::Universe& universe, std::int64_t now) {
  DerBytes names;
  const auto add = [&names](const DerBytes& each) { names.insert(names.end(), each.begin(), each.end()); };
  for (const std::string& name : service_names()) add(crypto::der_text(kDnsName, name));
  add(crypto::der_element(kIpAddress, {kLoopback4}));
  add(crypto::der_element(kIpAddress, {kLoopback6}));
  const Extension alternative{std::string(crypto::oid::kSubjectAltName), false, crypto::der_element(der::kSequence, {names})};
  return make_leaf(service_ca(universe), key_of(universe, "service", ""), service_names()[0], "1.3.6.1.5.5.7.3.1", now, {alternative});
}

std::string provider_ca_pem(const keys::Universe& universe) { return make_ca(provider_ca(universe), {}); }

TlsIdentity provider_identity(const keys::Universe& universe, std::string_view common_name, std::int64_t now) {
  return make_leaf(provider_ca(universe), key_of(universe, "provider", common_name), common_name, "1.3.6.1.5.5.7.3.2", now, {});
}

}  // namespace swtee::vendor
