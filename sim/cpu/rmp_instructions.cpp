// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu/rmp_instructions.h"

namespace swtee::cpu {

swtee_rmp_result rmpupdate(memory::RmpTable& table, Spa page, const RmpEntry& request) {
  const bool large = request.large;
  if (!page.aligned(large ? kLargePageSize : kPageSize)) return SWTEE_RMP_FAIL_INPUT;
  const auto current = table.entry(page);
  if (!current.has_value()) return SWTEE_RMP_FAIL_INPUT;
  if (large && request.assigned && !table.entry(page + (kLargePageSize - kPageSize)).has_value()) return SWTEE_RMP_FAIL_INPUT;
  if (current->large && !large && current->assigned) return SWTEE_RMP_FAIL_OVERLAP;
  if (large && !current->large && table.has_small_entries(page)) return SWTEE_RMP_FAIL_OVERLAP;
  RmpEntry next{};
  const swtee_rmp_result result = swtee_rmpupdate(&*current, &request, &next);
  if (result == SWTEE_RMP_OK) table.set_entry(page, next);
  return result;
}

}  // namespace swtee::cpu
