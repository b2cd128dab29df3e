// SPDX-License-Identifier: Apache-2.0
/// What a verifier found: one named check after the other, so that a person sees exactly which one failed and why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace swtee::verifier {

enum class Outcome {
  passed,
  failed,
  not_done,  ///< something that the check needs is missing, or nobody asked for it
};

struct Check {
  std::string_view name;  ///< stable: programs may look for it
  Outcome outcome = Outcome::not_done;
  /// A required check that was not done counts against the evidence as a failed one does.
  bool required = true;
  std::string detail;  ///< what was compared, or why it failed or was not done
};

/// The checks in the order in which they were made.
class Verdict {
 public:
  void passed(std::string_view name, std::string detail) { checks_.push_back({name, Outcome::passed, true, std::move(detail)}); }
  void failed(std::string_view name, std::string why) { checks_.push_back({name, Outcome::failed, true, std::move(why)}); }
  /// Something that the check needs is missing, and without the check the evidence cannot be accepted.
  void missing(std::string_view name, std::string why) { checks_.push_back({name, Outcome::not_done, true, std::move(why)}); }
  /// The check does not apply, or nobody asked for it.
  void skipped(std::string_view name, std::string why) { checks_.push_back({name, Outcome::not_done, false, std::move(why)}); }
  /// Passed when `why_not` is empty, failed otherwise.
  void decide(std::string_view name, const std::string& why_not, std::string detail) {
    if (why_not.empty())
      passed(name, std::move(detail));
    else
      failed(name, why_not);
  }

  const std::vector<Check>& checks() const { return checks_; }
  /// The check with this name, or null.
  const Check* find(std::string_view name) const;
  /// True when every required check was made and passed, and there was at least one.
  bool accepted() const;

 private:
  std::vector<Check> checks_;
};

/// The names. What each means is said where it is made, in verify.h and policy.h.
namespace check {
inline constexpr std::string_view kReportFormat = "report-format";
inline constexpr std::string_view kSigningKey = "signing-key";
inline constexpr std::string_view kCertificatesPresent = "certificates-present";
inline constexpr std::string_view kRootTrusted = "root-trusted";
inline constexpr std::string_view kArkSignature = "ark-signature";
inline constexpr std::string_view kAskSignature = "ask-signature";
inline constexpr std::string_view kVekSignature = "vek-signature";
inline constexpr std::string_view kCertificateNames = "certificate-names";
inline constexpr std::string_view kCertificateProfile = "certificate-profile";
inline constexpr std::string_view kCertificateDates = "certificate-dates";
inline constexpr std::string_view kCrl = "crl";
inline constexpr std::string_view kProduct = "product";
inline constexpr std::string_view kVekTcb = "vek-tcb";
inline constexpr std::string_view kVekChipId = "vek-chip-id";
inline constexpr std::string_view kReportSignature = "report-signature";
inline constexpr std::string_view kTcbOrder = "tcb-order";
inline constexpr std::string_view kGuestPolicy = "guest-policy";
inline constexpr std::string_view kPlatformInfo = "platform-info";
inline constexpr std::string_view kReportVersion = "report-version";
inline constexpr std::string_view kReportData = "report-data";
inline constexpr std::string_view kMeasurement = "measurement";
inline constexpr std::string_view kHostData = "host-data";
inline constexpr std::string_view kFamilyId = "family-id";
inline constexpr std::string_view kImageId = "image-id";
inline constexpr std::string_view kIdKeyDigest = "id-key-digest";
inline constexpr std::string_view kAuthorKeyDigest = "author-key-digest";
inline constexpr std::string_view kReportId = "report-id";
inline constexpr std::string_view kReportIdMa = "report-id-ma";
inline constexpr std::string_view kVmpl = "vmpl";
inline constexpr std::string_view kGuestSvn = "guest-svn";
inline constexpr std::string_view kReportedTcb = "reported-tcb";
inline constexpr std::string_view kCommittedTcb = "committed-tcb";
inline constexpr std::string_view kLaunchTcb = "launch-tcb";
inline constexpr std::string_view kFirmwareVersion = "firmware-version";
inline constexpr std::string_view kProvisional = "provisional-firmware";
inline constexpr std::string_view kChipId = "chip-id";
inline constexpr std::string_view kCspId = "csp-id";
}  // namespace check

}  // namespace swtee::verifier
