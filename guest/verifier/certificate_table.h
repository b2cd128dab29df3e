// SPDX-License-Identifier: Apache-2.0
/// The certificate table of an extended report, read from a host that nobody trusts.  [GHCB r2.03 §SNP Extended Guest Request]
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/snp/certificate_table.h>

#include <string>
#include <string_view>
#include <vector>

namespace swtee::verifier {

/// One certificate of a table, copied out. Its bytes may be DER or PEM: hosts install files unchanged.
struct TableCertificate {
  snp::CertificateGuid guid{};
  std::vector<std::uint8_t> bytes;
};

/// Fails when the all-zero entry that ends the list is missing, another entry's GUID is zero, an entry points into the list or beyond the table, or the
/// table is larger than 16 KiB. An empty table holds no certificates, which is no failure.
/// Entries may share bytes, and bytes that no entry names are passed over: hosts hand out padded pages.
Result<std::vector<TableCertificate>> parse_certificate_table(ByteView bytes);

/// The table with these certificates in this order, without gaps. Fails when it would be larger than 16 KiB or an entry's
/// GUID is zero, which would end the list.
Result<std::vector<std::uint8_t>> build_certificate_table(const std::vector<TableCertificate>& certificates);

/// "ARK", "ASK or ASVK", "VCEK", "VLEK", "CRL"; empty for another GUID.
std::string_view name_of(const snp::CertificateGuid& guid);
/// "c0b406a4-a803-4952-9743-3fb6014cd0ae"
std::string text_of(const snp::CertificateGuid& guid);

}  // namespace swtee::verifier
