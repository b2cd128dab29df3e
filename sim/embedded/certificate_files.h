// SPDX-License-Identifier: Apache-2.0
/// The certificates that belong to a platform, as a table for guests and as files for tools.
#pragma once

#include "sim/config/platform_config.h"
#include "sim/vendor/authority.h"

#include <string>
#include <utility>
#include <vector>

namespace swtee::embedded {

/// Certificate table of the platform: ARK, ASK and VCEK, or ARK, ASVK and VLEK when it has a VLEK, for its reported TCB.
Result<std::vector<std::uint8_t>> certificate_table(const vendor::VendorAuthority& authority, const config::PlatformConfig& config);

/// Name and PEM text (DER for the CRL) of each file: ark.pem, ask.pem, asvk.pem, vcek.pem, vlek.pem with a VLEK,
/// cert_chain.pem, crl.der.
std::vector<std::pair<std::string, std::string>> certificate_files(const vendor::VendorAuthority& authority,
                                                                   const config::PlatformConfig& config);

/// Writes them to a directory, which is made when it does not exist. Files of these names are replaced.
Result<void> write_certificate_files(const vendor::VendorAuthority& authority, const config::PlatformConfig& config,
                                     const std::string& directory);

/// The legacy SEV certificates of the platform's chip, as the vendor gives them: cek.cert and ask_ark.cert, binary.
Result<void> write_sev_certificate_files(const vendor::VendorAuthority& authority, const config::PlatformConfig& config,
                                         const std::string& directory);

}  // namespace swtee::embedded
