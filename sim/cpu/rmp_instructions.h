// SPDX-License-Identifier: Apache-2.0
/// The host's instructions on the reverse map table.
#pragma once

#include "sim/memory/rmp_table.h"

namespace swtee::cpu {

/// RMPUPDATE: the host changes the entry of a page.  [APM3 §RMPUPDATE]
///
/// Results   FAIL_INPUT misaligned, outside the table or inside it, or a request that makes no sense; FAIL_OVERLAP the page
///           lies inside a 2 MiB entry, or a 2 MiB entry would cover pages with entries of their own; FAIL_PERMISSION the
///           page is immutable. The table changes only on OK.
swtee_rmp_result rmpupdate(memory::RmpTable& table, Spa page, const RmpEntry& request);

/// PSMASH: splits a 2 MiB entry into 512 of 4 KiB, which keep owner, Validated and permissions.  [APM3 §PSMASH]
///
/// Results   FAIL_INPUT not 2 MiB aligned, or not all inside the table; FAIL_BADADDR no 2 MiB entry; FAIL_PERMISSION immutable.
swtee_rmp_result psmash(memory::RmpTable& table, Spa page);

/// RMPREAD: the architectural part of an entry.  [APM3 §RMPREAD]
///
/// Results   FAIL_INPUT misaligned or outside the table; `record` is then untouched.
swtee_rmp_result rmpread(const memory::RmpTable& table, Spa page, swtee_rmp_state_record& record);

}  // namespace swtee::cpu
