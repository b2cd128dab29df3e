// SPDX-License-Identifier: Apache-2.0
/// Which launch digest a guest will have: the options and the answers of sev-snp-measure 0.0.13.
///
/// Whenever that tool prints a digest for an image that is not malformed, this gives the same; whenever it refuses or ends
/// in a traceback, this refuses and says why. Where the tool silently ignores an option, this does too, and warns.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/digest.h"
#include "sim/host/launch_plan.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::measure {

/// The options under their names on the command line. Files are paths. An empty string counts as not given, a number 0
/// for vcpu_sig, vcpu_family or vars_size too, as in the tool.
struct MeasureOptions {
  std::string mode;  ///< one of mode_names()
  std::optional<std::uint32_t> vcpus;
  std::string vcpu_type;
  std::optional<std::uint64_t> vcpu_sig;
  std::optional<std::uint32_t> vcpu_family;
  std::optional<std::uint32_t> vcpu_model;
  std::optional<std::uint32_t> vcpu_stepping;
  std::string vmm_type = "QEMU";
  std::string ovmf;
  std::string kernel;
  std::string initrd;
  std::string append;
  std::uint64_t guest_features = 1;  ///< SEV_FEATURES of mode snp
  std::string snp_ovmf_hash;
  bool dump_vmsa = false;
  std::string svsm;
  std::optional<std::uint64_t> vars_size;
  std::string vars_file;
  std::string output_format = "hex";  ///< or base64
  bool verbose = false;
};

/// sev, seves, snp, snp:ovmf-hash, snp:svsm
std::span<const std::string_view> mode_names();

struct DumpedVmsa {
  std::string file_name;  ///< "vmsa0.bin"
  ByteView content;       ///< one page, of MeasureOutput::plan
};

struct MeasureOutput {
  std::vector<std::uint8_t> digest;   ///< 48 bytes, 32 for SEV and SEV-ES
  std::string text;                   ///< what the tool prints, without end of line
  std::vector<std::string> warnings;  ///< options without effect, and the like
  std::vector<DumpedVmsa> vmsas;      ///< with dump_vmsa: what the caller writes to files
  host::LaunchPlan plan;              ///< what was measured; for SEV and SEV-ES the VMSAs only
};

/// Why there is no digest.
struct MeasureError {
  enum class Kind : std::uint8_t {
    usage,        ///< the options do not fit together
    refused,      ///< no guest can be launched like this
    environment,  ///< a file cannot be read
  };
  Kind kind;
  Error error;
};

/// Reads the files and measures. Writes nothing. Kernel and initrd are read in pieces and may be of any size; firmware
/// images are held in memory and may have kImageMax bytes.
Result<MeasureOutput, MeasureError> measure(const MeasureOptions& options);

inline constexpr std::size_t kImageMax = std::size_t{64} << 20;

/// The SNP launch digest of a plan, beginning with `start`.
Result<crypto::Sha384Digest> launch_digest_of(const host::LaunchPlan& plan, const crypto::Sha384Digest& start = {});

std::string base64_text(ByteView bytes);
std::string hex_digits(ByteView bytes);

}  // namespace swtee::measure
