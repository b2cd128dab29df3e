// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/report.h"

#include "firmware/contract/require.h"
#include "guest/verifier/hex.h"

#include <swtee/abi/snp/policy.h>

#include <algorithm>
#include <array>

namespace swtee::verifier {
namespace {

constexpr std::size_t kReportSize = sizeof(snp::AttestationReport);

struct ZeroRange {
  std::size_t first, last;
  std::uint32_t from_version, to_version;
  const char* why;
};

constexpr std::array kZeroRanges{
    ZeroRange{0x04c, 0x04f, 2, 5, "are reserved"},
    ZeroRange{0x188, 0x19f, 2, 2, "are reserved in version 2"},
    ZeroRange{0x18b, 0x19f, 3, 5, "are reserved"},
    ZeroRange{0x1eb, 0x1eb, 2, 5, "are reserved"},
    ZeroRange{0x1ef, 0x1ef, 2, 5, "are reserved"},
    ZeroRange{0x1f8, 0x29f, 2, 4, "are reserved before version 5"},
    ZeroRange{0x208, 0x29f, 5, 5, "are reserved"},
    ZeroRange{0x2d0, 0x2e7, 2, 5, "pad R of the signature"},
    ZeroRange{0x318, 0x32f, 2, 5, "pad S of the signature"},
    ZeroRange{0x330, 0x49f, 2, 5, "are reserved behind the signature"},
};

std::string range_text(std::size_t first, std::size_t last) {
  if (first == last) return "byte " + hex_number(first);
  return "bytes " + hex_number(first) + " to " + hex_number(last);
}

void check_zero_range(ByteView bytes, const ZeroRange& range, std::vector<FormatProblem>& problems) {
  for (std::size_t at = range.first; at <= range.last; ++at) {
    if (bytes[at] == 0) continue;
    problems.push_back({range.first, range.last,
                        range_text(range.first, range.last) + " " + range.why + " and must be zero, but byte " +
                            hex_number(at) + " is " + hex_number(bytes[at])});
    return;
  }
}

void check_policy(std::uint64_t policy, std::vector<FormatProblem>& problems) {
  if (!snp::policy::ReservedMustBeOne::get(policy))
    problems.push_back({0x8, 0xf, "bytes 0x8 to 0xf, POLICY: bit 17 must be 1, but POLICY is " + hex_number(policy)});
  if ((policy & snp::policy::kMustBeZero) != 0)
    problems.push_back({0x8, 0xf, "bytes 0x8 to 0xf, POLICY: bits 63:26 are reserved and must be zero, but POLICY is " +
                                      hex_number(policy)});
}

bool known_signing_key(std::uint64_t value) {
  return value == snp::key_info::kVcek || value == snp::key_info::kVlek || value == snp::key_info::kNone;
}

void check_key_info(std::uint32_t key_info, std::vector<FormatProblem>& problems) {
  if ((key_info & snp::key_info::kMustBeZero) != 0)
    problems.push_back({0x48, 0x4b, "bytes 0x48 to 0x4b, KEY_INFO: bits 31:5 are reserved and must be zero, but KEY_INFO is " +
                                        hex_number(key_info)});
  if (!known_signing_key(snp::key_info::SigningKey::get(key_info)))
    problems.push_back({0x48, 0x4b, "bytes 0x48 to 0x4b, KEY_INFO: SIGNING_KEY has the reserved value " +
                                        std::to_string(snp::key_info::SigningKey::get(key_info))});
}

/// The significant 48 bytes of a 72-byte little-endian number, turned round.
Bytes<48> big_endian(const Bytes<72>& number) {
  Bytes<48> out;
  std::reverse_copy(number.begin(), number.begin() + 48, out.begin());
  return out;
}

Bytes<72> little_endian(const Bytes<48>& number) {
  Bytes<72> out{};
  std::reverse_copy(number.begin(), number.end(), out.begin());
  return out;
}

Report decode(const snp::AttestationReport& wire) {
  Report report;
  report.version = wire.version;
  report.guest_svn = wire.guest_svn;
  report.policy = wire.policy;
  report.family_id = wire.family_id;
  report.image_id = wire.image_id;
  report.vmpl = wire.vmpl;
  report.signature_algo = wire.signature_algo;
  report.current_tcb = wire.current_tcb;
  report.platform_info = wire.platform_info;
  report.author_key_en = snp::key_info::AuthorKeyEn::get(wire.key_info);
  report.mask_chip_key = snp::key_info::MaskChipKey::get(wire.key_info);
  report.signing_key = static_cast<SigningKey>(snp::key_info::SigningKey::get(wire.key_info));
  report.report_data = wire.report_data;
  report.measurement = wire.measurement;
  report.host_data = wire.host_data;
  report.id_key_digest = wire.id_key_digest;
  report.author_key_digest = wire.author_key_digest;
  report.report_id = wire.report_id;
  report.report_id_ma = wire.report_id_ma;
  report.reported_tcb = wire.reported_tcb;
  if (report.version >= 3) report.cpuid = ReportCpuid{wire.cpuid_fam_id, wire.cpuid_mod_id, wire.cpuid_step};
  report.chip_id = wire.chip_id;
  report.committed_tcb = wire.committed_tcb;
  report.current = {wire.current_major, wire.current_minor, wire.current_build};
  report.committed = {wire.committed_major, wire.committed_minor, wire.committed_build};
  report.launch_tcb = wire.launch_tcb;
  if (report.version >= 5) report.mitigations = MitigationVectors{wire.launch_mit_vector, wire.current_mit_vector};
  report.signature_r = big_endian(wire.signature.r);
  report.signature_s = big_endian(wire.signature.s);
  return report;
}

}  // namespace

std::string text_of(const FirmwareLevel& level) {
  return std::to_string(level.major) + "." + std::to_string(level.minor) + "." + std::to_string(level.build);
}

std::string text_of(SigningKey key) {
  switch (key) {
    case SigningKey::vcek: return "VCEK";
    case SigningKey::vlek: return "VLEK";
    case SigningKey::none: return "none";
  }
  return "reserved value " + std::to_string(static_cast<unsigned>(key));
}

std::vector<FormatProblem> format_problems(const snp::AttestationReport& wire) {
  std::vector<FormatProblem> problems;
  check_policy(wire.policy, problems);
  check_key_info(wire.key_info, problems);
  const ByteView bytes = bytes_of(wire);
  for (const ZeroRange& range : kZeroRanges)
    if (wire.version >= range.from_version && wire.version <= range.to_version) check_zero_range(bytes, range, problems);
  return problems;
}

Result<Report> decode_report(ByteView bytes) {
  if (bytes.size() != kReportSize)
    return fail("an attestation report has 1184 bytes, this has " + std::to_string(bytes.size()));
  const auto wire = from_bytes<snp::AttestationReport>(bytes);
  if (wire.version < kOldestReportVersion || wire.version > kNewestReportVersion)
    return fail("bytes 0x0 to 0x3, VERSION: " + std::to_string(wire.version.get()) +
                " is no report version that this verifier knows (2 to 5)");
  return decode(wire);
}

Result<Report> parse_report(ByteView bytes) {
  Report report = SWTEE_TRY(decode_report(bytes));
  const std::vector<FormatProblem> problems = format_problems(from_bytes<snp::AttestationReport>(bytes));
  if (!problems.empty()) return fail(problems.front().what);
  return report;
}

snp::AttestationReport encode_report(const Report& report) {
  snp::AttestationReport wire{};
  wire.version = report.version;
  wire.guest_svn = report.guest_svn;
  wire.policy = report.policy;
  wire.family_id = report.family_id;
  wire.image_id = report.image_id;
  wire.vmpl = report.vmpl;
  wire.signature_algo = report.signature_algo;
  wire.current_tcb = report.current_tcb;
  wire.platform_info = report.platform_info;
  wire.key_info = static_cast<std::uint32_t>(snp::key_info::AuthorKeyEn::set(report.author_key_en) |
                                             snp::key_info::MaskChipKey::set(report.mask_chip_key) |
                                             snp::key_info::SigningKey::set(static_cast<std::uint64_t>(report.signing_key)));
  wire.report_data = report.report_data;
  wire.measurement = report.measurement;
  wire.host_data = report.host_data;
  wire.id_key_digest = report.id_key_digest;
  wire.author_key_digest = report.author_key_digest;
  wire.report_id = report.report_id;
  wire.report_id_ma = report.report_id_ma;
  wire.reported_tcb = report.reported_tcb;
  if (report.cpuid) {
    wire.cpuid_fam_id = report.cpuid->family;
    wire.cpuid_mod_id = report.cpuid->model;
    wire.cpuid_step = report.cpuid->stepping;
  }
  wire.chip_id = report.chip_id;
  wire.committed_tcb = report.committed_tcb;
  wire.current_build = report.current.build;
  wire.current_minor = report.current.minor;
  wire.current_major = report.current.major;
  wire.committed_build = report.committed.build;
  wire.committed_minor = report.committed.minor;
  wire.committed_major = report.committed.major;
  wire.launch_tcb = report.launch_tcb;
  if (report.mitigations) {
    wire.launch_mit_vector = report.mitigations->launch;
    wire.current_mit_vector = report.mitigations->current;
  }
  wire.signature.r = little_endian(report.signature_r);
  wire.signature.s = little_endian(report.signature_s);
  return wire;
}

bool chip_id_masked(const Report& report) { return all_zero(report.chip_id); }

std::optional<ProductLine> line_of(const Report& report) {
  if (report.cpuid) return line_of_cpuid(report.cpuid->family, report.cpuid->model);
  if (!chip_id_masked(report) && all_zero(ByteView(report.chip_id).subspan(8))) return ProductLine::turin;
  return std::nullopt;
}

std::optional<snp::TcbLayout> tcb_layout_of(const Report& report) {
  if (const auto line = line_of(report)) return facts_of(*line).tcb_layout;
  // What a version 2 report leaves open is Milan or Genoa, and those share a layout.
  if (!report.cpuid && !chip_id_masked(report)) return snp::TcbLayout::milan_genoa;
  return std::nullopt;
}

}  // namespace swtee::verifier
