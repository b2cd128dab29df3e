// SPDX-License-Identifier: Apache-2.0
/// Where `swtee verify` gets roots and certificates from.
#pragma once

#include "guest/verifier/evidence.h"
#include "guest/verifier/report.h"
#include "sim/cli/certificate_files.h"
#include "sim/cli/command.h"

#include <string>
#include <vector>

namespace swtee::cli {

boost::program_options::options_description evidence_options();

/// A failure and the exit code that it means.
struct CommandError {
  int code = kEnvironment;
  std::string what;
};

/// What --root names. `bundled` gets intermediates that stand in the same files as a root.
Result<verifier::TrustedRoots, CommandError> read_roots(const ParsedCommandLine& line, CertificateFile& bundled, Context& context);

struct CollectedEvidence {
  verifier::Evidence evidence;
  std::vector<std::string> notes;  ///< where certificates came from, and why they did not
};

/// The report of the file and its certificates: those of the options, of the file itself (a table behind the report), of
/// --root's bundles, of --kds; or, when there are none at all, of the default test universe.
Result<CollectedEvidence, CommandError> collect_evidence(const ParsedCommandLine& line, const std::string& path,
                                                         const CertificateFile& bundled, std::int64_t now, Context& context);

}  // namespace swtee::cli
