// SPDX-License-Identifier: Apache-2.0
/// The certificate table of an extended report: as the verifier reads it and as the guest's kernel measures it.
#include "guest/snp/sev_tsm_provider.h"
#include "guest/verifier/certificate_table.h"
#include "tests/fuzz/harness.h"

namespace swtee::fuzz {
namespace {

bool contains(ByteView table, const std::vector<std::uint8_t>& certificate) {
  return certificate.empty() ||
         std::search(table.begin(), table.end(), certificate.begin(), certificate.end()) != table.end();
}

}  // namespace

void fuzz_one(ByteView table) {
  const std::size_t kernel_size = guest::snp::certificate_table_size(table);
  FUZZ_REQUIRE(kernel_size <= table.size());

  const auto parsed = verifier::parse_certificate_table(table);
  if (!parsed.ok()) {
    FUZZ_REQUIRE(!parsed.error().what().empty());
    return;
  }
  std::size_t total = 0;
  for (const auto& certificate : parsed.value()) {
    FUZZ_REQUIRE(!all_zero(certificate.guid));
    FUZZ_REQUIRE(certificate.bytes.size() <= kernel_size);
    FUZZ_REQUIRE(contains(table.first(kernel_size), certificate.bytes));
    FUZZ_REQUIRE(verifier::text_of(certificate.guid).size() == 36);
    total += certificate.bytes.size();
  }

  const auto built = verifier::build_certificate_table(parsed.value());
  const std::size_t needed = total + (parsed.value().size() + 1) * sizeof(snp::CertificateTableEntry);
  FUZZ_REQUIRE(built.ok() == (needed <= snp::kCertificateTableMax));
  if (!built.ok()) return;  // entries may share bytes, copies of them need more room
  const auto again = verifier::parse_certificate_table(built.value());
  FUZZ_REQUIRE(again.ok() && again.value().size() == parsed.value().size());
  for (std::size_t i = 0; i < again.value().size(); ++i) {
    FUZZ_REQUIRE(again.value()[i].guid == parsed.value()[i].guid);
    FUZZ_REQUIRE(again.value()[i].bytes == parsed.value()[i].bytes);
  }
}

}  // namespace swtee::fuzz
