// SPDX-License-Identifier: Apache-2.0
/// The attestation report as a relying party reads it.  [SNP-ABI r1.58 §ATTESTATION_REPORT]
///
/// The bytes come from whoever wants to be trusted. Every rule about reserved bytes is checked and its breach named by
/// byte range, because a field that this verifier does not know may mean what it would not accept.
#pragma once

#include "firmware/contract/result.h"
#include "guest/verifier/product.h"

#include <swtee/abi/snp/report.h>
#include <swtee/abi/snp/tcb.h>

#include <optional>
#include <string>
#include <vector>

namespace swtee::verifier {

struct FirmwareLevel {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint8_t build = 0;
  bool operator==(const FirmwareLevel&) const = default;
  auto operator<=>(const FirmwareLevel&) const = default;
};
/// "1.55.29"
std::string text_of(const FirmwareLevel& level);

struct ReportCpuid {
  std::uint8_t family = 0;  ///< extended parts already added
  std::uint8_t model = 0;
  std::uint8_t stepping = 0;
};

struct MitigationVectors {
  std::uint64_t launch = 0;
  std::uint64_t current = 0;
};

enum class SigningKey : std::uint8_t { vcek = 0, vlek = 1, none = 7 };
/// "VCEK", "VLEK", "none", or "reserved value 3".
std::string text_of(SigningKey key);

/// All fields, in the units in which a person compares them. TCB versions stay numbers: which byte holds which component
/// depends on the product line (`tcb_layout_of`).
struct Report {
  std::uint32_t version = 0;
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = 0;  ///< see swtee/abi/snp/policy.h
  Bytes<16> family_id{};
  Bytes<16> image_id{};
  std::uint32_t vmpl = 0;
  std::uint32_t signature_algo = 0;
  std::uint64_t current_tcb = 0;
  std::uint64_t platform_info = 0;
  bool author_key_en = false;
  bool mask_chip_key = false;
  SigningKey signing_key = SigningKey::none;
  Bytes<64> report_data{};
  Bytes<48> measurement{};
  Bytes<32> host_data{};
  Bytes<48> id_key_digest{};
  Bytes<48> author_key_digest{};
  Bytes<32> report_id{};
  Bytes<32> report_id_ma{};
  std::uint64_t reported_tcb = 0;
  std::optional<ReportCpuid> cpuid;  ///< from version 3
  Bytes<64> chip_id{};               ///< all zero when the platform masks it
  std::uint64_t committed_tcb = 0;
  FirmwareLevel current;
  FirmwareLevel committed;
  std::uint64_t launch_tcb = 0;
  std::optional<MitigationVectors> mitigations;  ///< from version 5
  Bytes<48> signature_r{};                       ///< big-endian
  Bytes<48> signature_s{};
};

inline constexpr std::uint32_t kOldestReportVersion = 2;
inline constexpr std::uint32_t kNewestReportVersion = 5;

/// A rule of the layout that the bytes break.
struct FormatProblem {
  std::size_t first = 0;  ///< offset of the range that the rule is about
  std::size_t last = 0;   ///< its last byte
  std::string what;       ///< whole sentence, range and offending byte included
};

/// Every rule that these bytes break, in the order of the bytes. `wire.version` must be 2 to 5.
std::vector<FormatProblem> format_problems(const snp::AttestationReport& wire);

/// Fields of a report whatever its reserved bytes hold: for people who look at a broken one.
/// Fails when the size is not 1184 bytes or the version is not 2 to 5.
Result<Report> decode_report(ByteView bytes);

/// As decode_report, and fails at the first broken rule.
Result<Report> parse_report(ByteView bytes);

/// The bytes of the report: the exact inverse of parse_report.
snp::AttestationReport encode_report(const Report& report);

/// True when CHIP_ID is all zero: the platform hides it, or the report is signed with a VLEK.
bool chip_id_masked(const Report& report);

/// The line that the report itself tells: by CPUID from version 3. A version 2 report tells Turin by a CHIP_ID with zeros
/// beyond its eighth byte, and does not tell Milan from Genoa; a certificate must.
std::optional<ProductLine> line_of(const Report& report);

/// The layout of the TCB versions; nothing when the report is version 2 with a masked CHIP_ID or its CPUID is unknown.
std::optional<snp::TcbLayout> tcb_layout_of(const Report& report);

}  // namespace swtee::verifier
