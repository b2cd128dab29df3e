// SPDX-License-Identifier: Apache-2.0
/// What the relying party asks of a report beyond being genuine.
///
/// Without a wish, two things are refused all the same, because they void what a report promises: a guest policy that
/// allows the host to debug, and one that allows a migration agent. Both can be allowed.
#pragma once

#include "guest/verifier/report.h"
#include "guest/verifier/verdict.h"

#include <swtee/abi/snp/policy.h>

#include <cstdint>
#include <optional>
#include <string>

namespace swtee::verifier {

struct RelyingPartyPolicy {
  /// Bits of the guest's POLICY that may not be 1.
  std::uint64_t forbidden_guest_policy = snp::policy::Debug::mask | snp::policy::MigrateMa::mask;
  /// Bits of the guest's POLICY that must be 1.
  std::uint64_t required_guest_policy = 0;
  std::uint64_t forbidden_platform_info = 0;
  std::uint64_t required_platform_info = 0;

  std::optional<std::uint32_t> report_version;
  std::optional<SigningKey> signing_key;  ///< judged by verify_evidence, with the certificates
  std::optional<Bytes<64>> report_data;
  std::optional<Bytes<48>> measurement;
  std::optional<Bytes<32>> host_data;
  std::optional<Bytes<16>> family_id;
  std::optional<Bytes<16>> image_id;
  std::optional<Bytes<48>> id_key_digest;
  std::optional<Bytes<48>> author_key_digest;
  std::optional<Bytes<32>> report_id;
  std::optional<Bytes<32>> report_id_ma;
  std::optional<Bytes<64>> chip_id;
  std::optional<std::string> csp_id;  ///< of a VLEK: which provider's key it is; judged by verify_evidence
  std::optional<std::uint32_t> vmpl;
  std::optional<std::uint32_t> min_guest_svn;

  // Component by component: a TCB that is newer in one part and older in another is refused.
  std::optional<snp::Tcb> min_reported_tcb;
  std::optional<snp::Tcb> min_committed_tcb;
  std::optional<snp::Tcb> min_launch_tcb;
  /// Least version of the firmware that was committed, so that the host cannot go below it.
  std::optional<FirmwareLevel> min_firmware;
  /// Refuse a platform whose current firmware or TCB is not the committed one, so that it can still be rolled back.
  bool forbid_provisional_firmware = false;
};

/// Adds one check for the guest policy and for each wish to the verdict. `layout` says which byte of a TCB version holds
/// which component; without it TCB wishes cannot be checked, which counts against the evidence.
void check_policy(const Report& report, std::optional<snp::TcbLayout> layout, const RelyingPartyPolicy& wanted,
                  Verdict& verdict);

/// "boot loader 4, TEE 0, SNP 24, microcode 115"; with FMC first for Turin.
std::string text_of(const snp::Tcb& tcb, snp::TcbLayout layout);

}  // namespace swtee::verifier
