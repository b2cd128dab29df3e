// SPDX-License-Identifier: Apache-2.0
/// The host's instructions on the reverse map table.
#pragma once

#include "sim/memory/dram.h"
#include "sim/memory/rmp_table.h"

namespace swtee::cpu {

/// RMPUPDATE: the host changes the entry of a page.  [APM3 §RMPUPDATE]
///
/// Results   FAIL_INPUT misaligned, outside the table, or a request that makes no sense; FAIL_OVERLAP the page lies inside
///           a 2 MiB entry, or a 2 MiB entry would cover pages with entries of their own; FAIL_PERMISSION the page is
///           immutable. The table changes only on OK.
swtee_rmp_result rmpupdate(memory::RmpTable& table, Spa page, const RmpEntry& request);

}  // namespace swtee::cpu
