// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/policy.h"

#include "guest/verifier/bit_names.h"
#include "guest/verifier/hex.h"

namespace swtee::verifier {
namespace {

std::string bits_problem(std::span<const BitName> bits, std::uint64_t word, std::uint64_t forbidden, std::uint64_t required) {
  std::string problem;
  if ((word & forbidden) != 0) problem = "has " + names_of(bits, word & forbidden) + ", which you do not allow";
  if ((~word & required) != 0)
    problem += std::string(problem.empty() ? "" : "; ") + "lacks " + names_of(bits, ~word & required) + ", which you require";
  return problem;
}

void check_guest_policy(const Report& report, const RelyingPartyPolicy& wanted, Verdict& verdict) {
  const std::string problem = bits_problem(guest_policy_bits(), report.policy, wanted.forbidden_guest_policy,
                                           wanted.required_guest_policy);
  const std::string set = names_of(guest_policy_bits(), report.policy & ~(snp::policy::AbiMinor::mask |
                                                                          snp::policy::AbiMajor::mask |
                                                                          snp::policy::ReservedMustBeOne::mask));
  verdict.decide(check::kGuestPolicy, problem.empty() ? "" : "POLICY " + hex_number(report.policy) + " " + problem,
                 "POLICY " + hex_number(report.policy) + " allows or demands: " + (set.empty() ? "nothing" : set));
}

void check_platform_info(const Report& report, const RelyingPartyPolicy& wanted, Verdict& verdict) {
  if ((wanted.forbidden_platform_info | wanted.required_platform_info) == 0) return;
  const std::string problem = bits_problem(platform_info_bits(), report.platform_info, wanted.forbidden_platform_info,
                                           wanted.required_platform_info);
  verdict.decide(check::kPlatformInfo, problem.empty() ? "" : "PLATFORM_INFO " + hex_number(report.platform_info) + " " + problem,
                 "PLATFORM_INFO " + hex_number(report.platform_info));
}

template <std::size_t N>
void check_bytes(std::string_view name, const Bytes<N>& found, const std::optional<Bytes<N>>& wanted, Verdict& verdict) {
  if (!wanted) return;
  verdict.decide(name, found == *wanted ? "" : "is " + to_hex(found) + ", expected " + to_hex(*wanted), to_hex(found));
}

void check_number(std::string_view name, std::uint32_t found, const std::optional<std::uint32_t>& wanted, Verdict& verdict) {
  if (!wanted) return;
  verdict.decide(name, found == *wanted ? "" : "is " + std::to_string(found) + ", expected " + std::to_string(*wanted),
                 "is " + std::to_string(found));
}

void check_least_tcb(std::string_view name, std::uint64_t found, std::optional<snp::TcbLayout> layout,
                     const std::optional<snp::Tcb>& least, Verdict& verdict) {
  if (!least) return;
  if (!layout) {
    verdict.missing(name, "the product is not known, so the layout of TCB versions is not either");
    return;
  }
  const snp::Tcb tcb = snp::decode_tcb(found, *layout);
  verdict.decide(name, tcb.covers(*least) ? "" : "is " + text_of(tcb, *layout) + ", below " + text_of(*least, *layout),
                 "is " + text_of(tcb, *layout));
}

void check_firmware(const Report& report, const RelyingPartyPolicy& wanted, Verdict& verdict) {
  if (wanted.min_firmware)
    verdict.decide(check::kFirmwareVersion,
                   report.committed >= *wanted.min_firmware
                       ? ""
                       : "committed firmware is " + text_of(report.committed) + ", below " + text_of(*wanted.min_firmware),
                   "committed firmware is " + text_of(report.committed));
  if (!wanted.forbid_provisional_firmware) return;
  std::string problem;
  if (report.current != report.committed)
    problem = "current firmware " + text_of(report.current) + " is not the committed " + text_of(report.committed);
  else if (report.current_tcb != report.committed_tcb)
    problem = "CURRENT_TCB " + hex_number(report.current_tcb) + " is not COMMITTED_TCB " + hex_number(report.committed_tcb);
  verdict.decide(check::kProvisional, problem, "current firmware and TCB are the committed ones");
}

}  // namespace

std::string text_of(const snp::Tcb& tcb, snp::TcbLayout layout) {
  const std::string fmc = layout == snp::TcbLayout::turin ? "FMC " + std::to_string(tcb.fmc) + ", " : "";
  return fmc + "boot loader " + std::to_string(tcb.boot_loader) + ", TEE " + std::to_string(tcb.tee) + ", SNP " +
         std::to_string(tcb.snp) + ", microcode " + std::to_string(tcb.microcode);
}

void check_policy(const Report& report, std::optional<snp::TcbLayout> layout, const RelyingPartyPolicy& wanted,
                  Verdict& verdict) {
  check_guest_policy(report, wanted, verdict);
  check_platform_info(report, wanted, verdict);
  check_number(check::kReportVersion, report.version, wanted.report_version, verdict);
  check_number(check::kVmpl, report.vmpl, wanted.vmpl, verdict);
  check_bytes(check::kReportData, report.report_data, wanted.report_data, verdict);
  check_bytes(check::kMeasurement, report.measurement, wanted.measurement, verdict);
  check_bytes(check::kHostData, report.host_data, wanted.host_data, verdict);
  check_bytes(check::kFamilyId, report.family_id, wanted.family_id, verdict);
  check_bytes(check::kImageId, report.image_id, wanted.image_id, verdict);
  check_bytes(check::kIdKeyDigest, report.id_key_digest, wanted.id_key_digest, verdict);
  check_bytes(check::kAuthorKeyDigest, report.author_key_digest, wanted.author_key_digest, verdict);
  check_bytes(check::kReportId, report.report_id, wanted.report_id, verdict);
  check_bytes(check::kReportIdMa, report.report_id_ma, wanted.report_id_ma, verdict);
  check_bytes(check::kChipId, report.chip_id, wanted.chip_id, verdict);
  if (wanted.min_guest_svn)
    verdict.decide(check::kGuestSvn,
                   report.guest_svn >= *wanted.min_guest_svn ? ""
                                                             : "is " + std::to_string(report.guest_svn) + ", below " +
                                                                   std::to_string(*wanted.min_guest_svn),
                   "is " + std::to_string(report.guest_svn));
  check_least_tcb(check::kReportedTcb, report.reported_tcb, layout, wanted.min_reported_tcb, verdict);
  check_least_tcb(check::kCommittedTcb, report.committed_tcb, layout, wanted.min_committed_tcb, verdict);
  check_least_tcb(check::kLaunchTcb, report.launch_tcb, layout, wanted.min_launch_tcb, verdict);
  check_firmware(report, wanted, verdict);
}

}  // namespace swtee::verifier
