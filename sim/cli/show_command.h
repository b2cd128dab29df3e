// SPDX-License-Identifier: Apache-2.0
/// `swtee show FILE...`: what is in a report, certificate, CRL, certificate table, report response, ID block.
#pragma once

#include "sim/cli/command.h"
#include "sim/cli/sheet.h"

#include "firmware/contract/result.h"

namespace swtee::cli {

extern const Command kShowCommand;

/// Decodes bytes of a kind that they tell themselves: by size, by first bytes, or as hex text of such bytes. Fails when they
/// are none of the kinds, and says which kinds there are.
Result<std::vector<Sheet>> show_bytes(ByteView bytes);

}  // namespace swtee::cli
