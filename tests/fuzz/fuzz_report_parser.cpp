// SPDX-License-Identifier: Apache-2.0
/// The attestation report as the verifier reads it: what parses encodes to the same bytes, and nothing is trusted.
#include "guest/verifier/report.h"
#include "guest/verifier/verify.h"
#include "tests/fuzz/harness.h"

namespace swtee::fuzz {

void fuzz_one(ByteView bytes) {
  const auto parsed = verifier::parse_report(bytes);
  const auto decoded = verifier::decode_report(bytes);
  FUZZ_REQUIRE(!parsed.ok() || decoded.ok());
  if (decoded.ok()) {
    const auto wire = from_bytes<snp::AttestationReport>(bytes);
    const auto problems = verifier::format_problems(wire);
    FUZZ_REQUIRE(parsed.ok() == problems.empty());
    for (const auto& problem : problems) FUZZ_REQUIRE(problem.first <= problem.last && problem.last < sizeof(wire));
    (void)verifier::line_of(decoded.value());
    (void)verifier::tcb_layout_of(decoded.value());
  }
  if (parsed.ok()) {
    const snp::AttestationReport again = verifier::encode_report(parsed.value());
    const ByteView encoded = bytes_of(again);
    FUZZ_REQUIRE(std::equal(encoded.begin(), encoded.end(), bytes.begin(), bytes.end()));
  }

  verifier::Evidence evidence;
  evidence.report.assign(bytes.begin(), bytes.end());
  const auto judged = verifier::verify_evidence(evidence, {}, {}, {});
  FUZZ_REQUIRE(judged.trusted_root.empty());
  FUZZ_REQUIRE(judged.report.has_value() || !parsed.ok());
  FUZZ_REQUIRE(!judged.verdict.accepted());
}

}  // namespace swtee::fuzz
