// SPDX-License-Identifier: Apache-2.0
/// The reports of real hardware and what belongs to each.
#pragma once

#include "firmware/crypto/x509.h"
#include "guest/verifier/hex.h"
#include "guest/verifier/verify.h"
#include "tests/vectors/real_vectors.h"

#include <string>
#include <vector>

namespace swtee::test {

/// 2025-06-01T00:00:00Z: inside the validity of all certificates in the vectors.
inline constexpr std::int64_t kVectorTime = 1748736000;

struct RealReport {
  const char* report;
  const char* vek;
  const char* chain;  ///< ASK or ASVK, then ARK
  std::uint32_t version;
};

inline const std::vector<RealReport>& real_reports() {
  static const std::vector<RealReport> all{
      {"snp/milan-report-v2.hex", "snp/milan-vcek-a.der", "snp/milan-chain.pem", 2},
      {"snp/milan-report-b.bin", "snp/milan-vcek-b.der", "snp/milan-chain.pem", 2},
      {"snp/report-c.bin", "snp/vcek-c.der", "snp/milan-chain.pem", 2},
      {"snp/vlek-report.bin", "snp/vlek.der", "snp/milan-vlek-chain.pem", 3},
  };
  return all;
}

inline std::vector<std::uint8_t> report_bytes(const RealReport& real) {
  const std::string name = real.report;
  if (name.size() > 4 && name.compare(name.size() - 4, 4, ".hex") == 0)
    return verifier::from_hex(vector_text(name)).value_or(std::vector<std::uint8_t>());
  return vector_file(name);
}

inline crypto::Certificate certificate(const std::string& name) {
  auto read = crypto::certificate_from_file(vector_file(name));
  EXPECT_TRUE(read.ok()) << name << ": " << read.error().what();
  return read.ok() ? std::move(read).value() : crypto::Certificate{};
}

/// ASK or ASVK, and ARK.
inline std::vector<crypto::Certificate> chain_certificates(const std::string& name) {
  auto read = crypto::certificates_from_pem(vector_text(name));
  EXPECT_TRUE(read.ok() && read.value().size() == 2) << name;
  return read.ok() ? std::move(read).value() : std::vector<crypto::Certificate>(2);
}

inline verifier::CertificateChain chain_of(const std::string& chain, const std::string& vek) {
  const std::vector<crypto::Certificate> above = chain_certificates(chain);
  return {.ark = above.at(1), .ask = above.at(0), .vek = certificate(vek), .crl = std::nullopt};
}

inline verifier::Evidence evidence_of(const RealReport& real) { return {report_bytes(real), chain_of(real.chain, real.vek)}; }

inline verifier::TrustedRoots root_of(const std::string& chain) {
  verifier::TrustedRoots roots;
  const auto added = roots.add(chain, chain_certificates(chain).at(1));
  EXPECT_TRUE(added.ok());
  return roots;
}

/// One of the real reports is of a guest that may be debugged.
inline verifier::RelyingPartyPolicy any_guest_policy() {
  verifier::RelyingPartyPolicy wanted;
  wanted.forbidden_guest_policy = 0;
  return wanted;
}

}  // namespace swtee::test
