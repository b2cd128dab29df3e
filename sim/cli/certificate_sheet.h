// SPDX-License-Identifier: Apache-2.0
/// Decoded certificates, CRLs and certificate tables, for people and programs.
#pragma once

#include "firmware/crypto/x509.h"
#include "guest/verifier/certificate_table.h"
#include "sim/cli/sheet.h"

#include <vector>

namespace swtee::cli {

Sheet certificate_sheet(const crypto::Certificate& certificate);
Sheet crl_sheet(const crypto::Crl& crl);
/// The entries, and each certificate or CRL that can be read.
Sheet certificate_table_sheet(const std::vector<verifier::TableCertificate>& table);

}  // namespace swtee::cli
