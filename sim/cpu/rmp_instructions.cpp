// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu/rmp_instructions.h"

namespace swtee::cpu {

swtee_rmp_result rmpupdate(memory::RmpTable& table, Spa page, const RmpEntry& request) {
  const bool large = request.large;
  if (!page.aligned(large ? kLargePageSize : kPageSize)) return SWTEE_RMP_FAIL_INPUT;
  const auto current = table.entry(page);
  if (!current.has_value()) return SWTEE_RMP_FAIL_INPUT;
  if (large && request.assigned && !table.entry(page + (kLargePageSize - kPageSize)).has_value()) return SWTEE_RMP_FAIL_INPUT;
  if (table.holds(page, large ? kLargePageSize : kPageSize)) return SWTEE_RMP_FAIL_INPUT;
  if (current->large && !large && current->assigned) return SWTEE_RMP_FAIL_OVERLAP;
  if (large && !current->large && table.has_small_entries(page)) return SWTEE_RMP_FAIL_OVERLAP;
  RmpEntry next{};
  const swtee_rmp_result result = swtee_rmpupdate(&*current, &request, &next);
  if (result == SWTEE_RMP_OK) table.set_entry(page, next);
  return result;
}

swtee_rmp_result psmash(memory::RmpTable& table, Spa page) {
  if (!page.aligned(kLargePageSize) || !table.entry(page + (kLargePageSize - kPageSize)).has_value()) return SWTEE_RMP_FAIL_INPUT;
  const RmpEntry whole = *table.entry(page);
  const swtee_rmp_result result = swtee_psmash_check(&whole);
  if (result != SWTEE_RMP_OK) return result;
  for (unsigned n = 0; n < kLargePageSize / kPageSize; ++n) table.set_entry(page + n * kPageSize, swtee_psmash_part(&whole, n));
  return SWTEE_RMP_OK;
}

swtee_rmp_result rmpread(const memory::RmpTable& table, Spa page, swtee_rmp_state_record& record) {
  if (!page.aligned(kPageSize)) return SWTEE_RMP_FAIL_INPUT;
  const auto entry = table.entry(page);
  if (!entry.has_value()) return SWTEE_RMP_FAIL_INPUT;
  record = swtee_rmpread(&*entry, table.has_small_entries(page));
  return SWTEE_RMP_OK;
}

}  // namespace swtee::cpu
