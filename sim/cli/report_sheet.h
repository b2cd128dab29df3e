// SPDX-License-Identifier: Apache-2.0
/// Decoded attestation reports and launch identities, for people and programs.
#pragma once

#include "guest/verifier/report.h"
#include "sim/cli/sheet.h"

#include <swtee/abi/snp/id_block.h>

#include <optional>

namespace swtee::cli {

/// All fields. `line` says how to read TCB versions when the report itself does not.
Sheet report_sheet(const verifier::Report& report, std::optional<verifier::ProductLine> line);
/// The same with the broken rules of the layout listed first.
Sheet report_sheet(const snp::AttestationReport& wire);

Sheet id_block_sheet(const snp::IdBlock& block);
/// With the digests that a report would carry, and whether the author key signed the ID key.
Sheet id_auth_sheet(const snp::IdAuthInfo& info);

/// {"value": "0x...", "boot_loader": 4, ...}
Json tcb_json(std::uint64_t value, std::optional<snp::TcbLayout> layout);

}  // namespace swtee::cli
