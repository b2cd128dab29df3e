// SPDX-License-Identifier: Apache-2.0
/// What the default test universe says about a report. That universe is public: anyone can derive its certificates, so
/// they come without a network, and they prove nothing about hardware.
#pragma once

#include "firmware/contract/result.h"
#include "guest/verifier/evidence.h"
#include "guest/verifier/report.h"

#include <optional>
#include <string>

namespace swtee::cli {

/// Chips of each product that the default fleet has.
inline constexpr std::uint64_t kDefaultFleet = 1024;

/// The root of each product line of the embedded test roots.
Result<std::vector<crypto::Certificate>> test_root_certificates();

struct TestCertificates {
  verifier::CertificateChain chain;  ///< with the CRL of this day
  std::string chip;                  ///< "chip 0 of snp:genoa" or "provider CN=..."
};

/// The certificates at this time (Unix seconds) of the chip or, for a report signed with a VLEK, of the provider `csp_id`. Nothing when CHIP_ID is no
/// chip's of the default fleet, is masked, or when a VLEK signed and no provider is named.
Result<std::optional<TestCertificates>> derive_test_certificates(const verifier::Report& report,
                                                                 const std::optional<std::string>& csp_id, std::int64_t now);

}  // namespace swtee::cli
