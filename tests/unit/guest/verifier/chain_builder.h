// SPDX-License-Identifier: Apache-2.0
/// A product line's certificates and a signed report, all well-formed, made here and not by the code that issues swtee's
/// test certificates. A test changes one thing and signs again.
#pragma once

#include "firmware/crypto/ecdsa.h"
#include "firmware/crypto/x509.h"
#include "guest/verifier/verify.h"
#include "tests/unit/guest/verifier/report_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace swtee::verifier::test {

inline constexpr std::int64_t kStart = 1700000000;
inline constexpr std::int64_t kNow = kStart + 1000;
inline constexpr std::int64_t kEnd = kStart + 2000;

/// Keys of a vendor that nobody trusts. RSA takes a second each, so all tests share them.
struct Keys {
  crypto::RsaPrivateKey ark = crypto::RsaPrivateKey::generate(4096);
  crypto::RsaPrivateKey ask = crypto::RsaPrivateKey::generate(4096);
  crypto::EcPrivateKey vek = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{1});
  crypto::EcPrivateKey p256 = crypto::EcPrivateKey::from_seed(crypto::Curve::p256, Bytes<56>{2});
};
inline const Keys& keys() {
  static const Keys all;
  return all;
}

inline const crypto::RsaPrivateKey& weak_key() {
  static const crypto::RsaPrivateKey key = crypto::RsaPrivateKey::generate(2048);
  return key;
}

inline crypto::Name vendor_name(const std::string& common_name) {
  namespace oid = crypto::oid;
  return {{{std::string(oid::kOrganizationalUnit), "Engineering"},
           {std::string(oid::kCountry), "US", crypto::der::kPrintableString},
           {std::string(oid::kLocality), "Santa Clara"},
           {std::string(oid::kState), "CA"},
           {std::string(oid::kOrganization), "Advanced Micro Devices"},
           {std::string(oid::kCommonName), common_name}}};
}

inline crypto::Extension amd_extension(const std::string& suffix, crypto::DerBytes value) {
  return {"1.3.6.1.4.1.3704.1" + suffix, false, std::move(value)};
}

/// Extensions of the VEK of `well_formed_report(version)`.
inline std::vector<crypto::Extension> vek_extensions_of(bool turin, bool vlek) {
  const auto level = [](unsigned value) { return crypto::der_integer(value); };
  std::vector<crypto::Extension> all{
      amd_extension(".1", level(turin && !vlek ? 1 : 0)),
      amd_extension(".2", crypto::der_text(crypto::der::kIa5String, turin ? "Turin" : "Milan-B0")),
      amd_extension(".3.1", level(4)), amd_extension(".3.2", level(1)), amd_extension(".3.3", level(20)),
      amd_extension(".3.5", level(0)), amd_extension(".3.8", level(200))};
  if (turin) all.push_back(amd_extension(".3.9", level(3)));
  crypto::DerBytes hwid;
  for (std::size_t i = 0; i < (turin ? 8u : 64u); ++i) hwid.push_back(static_cast<std::uint8_t>(0x21 + i));
  if (vlek)
    all.push_back(amd_extension(".5", crypto::der_text(crypto::der::kIa5String, "CN=provider.example")));
  else
    all.push_back(amd_extension(".4", hwid));
  return all;
}

/// Everything that a test may change before `sign`.
struct ChainBuilder {
  explicit ChainBuilder(std::uint32_t version = 3, bool vlek_signs = false) : vlek(vlek_signs), report(well_formed_report(version)) {
    const bool turin = version == 5;
    const std::string line = turin ? "Turin" : "Milan";
    const std::string ask_name = (vlek ? "SEV-VLEK-" : "SEV-") + line;
    ark = {{1, 0, 0}, vendor_name("ARK-" + line), {kStart, kEnd}, vendor_name("ARK-" + line), keys().ark.public_key().spki(),
           {crypto::key_usage(0x06, 1), crypto::basic_constraints_ca(std::nullopt)}};
    ask = {{1, 0, 1}, vendor_name("ARK-" + line), {kStart, kEnd}, vendor_name(ask_name), keys().ask.public_key().spki(),
           {crypto::key_usage(0x04, 2), crypto::basic_constraints_ca(0)}};
    vek = {{0}, vendor_name(ask_name), {kStart, kEnd}, vendor_name(vlek ? "SEV-VLEK" : "SEV-VCEK"),
           keys().vek.public_key().spki(), vek_extensions_of(turin, vlek)};
    crl = {vendor_name("ARK-" + line), kStart, kEnd, {}, {}};
    if (vlek) {
      report.key_info = static_cast<std::uint32_t>(snp::key_info::SigningKey::set(snp::key_info::kVlek));
      report.chip_id.fill(0);
    }
  }

  Evidence sign() const {
    const auto parsed = [](const crypto::DerBytes& der) { return crypto::Certificate::from_der(der).value(); };
    snp::AttestationReport wire = report;
    const auto digest = crypto::sha384(bytes_of(wire).first(snp::kSignedReportSize));
    const crypto::EcdsaSignature signature = vek_signer.sign(digest);
    wire.signature = {};
    std::reverse_copy(signature.r.begin(), signature.r.end(), wire.signature.r.begin());
    std::reverse_copy(signature.s.begin(), signature.s.end(), wire.signature.s.begin());
    Evidence evidence{bytes(wire), {}};
    evidence.chain.ark = parsed(crypto::sign_certificate(ark, ark_signer));
    evidence.chain.ask = parsed(crypto::sign_certificate(ask, ask_signer));
    evidence.chain.vek = parsed(crypto::sign_certificate(vek, vek_issuer));
    if (with_crl) evidence.chain.crl = crypto::Crl::from_der(crypto::sign_crl(crl, crl_signer)).value();
    return evidence;
  }

  bool vlek;
  bool with_crl = true;
  snp::AttestationReport report;
  crypto::CertificateFields ark, ask, vek;
  crypto::CrlFields crl;
  crypto::RsaPrivateKey ark_signer = keys().ark;
  crypto::RsaPrivateKey ask_signer = keys().ark;
  crypto::RsaPrivateKey vek_issuer = keys().ask;
  crypto::RsaPrivateKey crl_signer = keys().ark;
  crypto::EcPrivateKey vek_signer = keys().vek;
};

/// Trust in the root of `ChainBuilder(version)`.
inline TrustedRoots trust_in_builder(std::uint32_t version = 3) {
  TrustedRoots roots;
  const auto added = roots.add("builder", *ChainBuilder(version).sign().chain.ark);
  EXPECT_TRUE(added.ok());
  return roots;
}

}  // namespace swtee::verifier::test
