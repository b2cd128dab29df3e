// SPDX-License-Identifier: Apache-2.0
#include "sim/capi/border.h"

namespace swtee::capi {
namespace {

Result<RmpEntry, CallError> request_of(const swtee_rmp_attributes* given) {
  const auto attributes = SWTEE_TRY(take_struct(given, sizeof(swtee_rmp_attributes), "attributes"));
  for (const std::uint8_t flag : {attributes.assigned, attributes.immutable, attributes.large})
    if (flag > 1) return refuse(SWTEE_E_ARGUMENT, "attributes: assigned, immutable and large are 0 or 1, not " + std::to_string(flag));
  if (attributes.mixed != 0) return refuse(SWTEE_E_ARGUMENT, "attributes.mixed is RMPREAD's to set");
  RmpEntry request{};
  request.gpa = attributes.gpa;
  request.asid = attributes.asid;
  request.assigned = attributes.assigned != 0;
  request.immutable = attributes.immutable != 0;
  request.large = attributes.large != 0;
  return request;
}

}  // namespace
}  // namespace swtee::capi

using namespace swtee::capi;

swtee_error swtee_cpu_prepare_for_snp(swtee_machine* machine, bool ready) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    on.prepare_cores_for_snp(ready);
    return {};
  });
}

swtee_error swtee_cpu_wbinvd(swtee_machine* machine, std::uint32_t core) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    const std::uint32_t cores = on.config().cores;
    if (core != SWTEE_ALL_CORES && core >= cores)
      return refuse(SWTEE_E_RANGE, "core " + std::to_string(core) + " of " + std::to_string(cores));
    if (core == SWTEE_ALL_CORES)
      on.wbinvd_all();
    else
      on.wbinvd(core);
    return {};
  });
}

swtee_error swtee_cpu_rmpupdate(swtee_machine* machine, std::uint64_t paddr, const swtee_rmp_attributes* attributes,
                                std::uint32_t* eax) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    const swtee::RmpEntry request = SWTEE_TRY(request_of(attributes));
    SWTEE_TRY(need(eax, "eax"));
    *eax = static_cast<std::uint32_t>(on.rmpupdate({paddr}, request));
    return {};
  });
}

swtee_error swtee_cpu_psmash(swtee_machine* machine, std::uint64_t paddr, std::uint32_t* eax) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    SWTEE_TRY(need(eax, "eax"));
    *eax = static_cast<std::uint32_t>(on.psmash({paddr}));
    return {};
  });
}

swtee_error swtee_cpu_rmpread(swtee_machine* machine, std::uint64_t paddr, swtee_rmp_attributes* attributes, std::uint32_t* eax) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    SWTEE_TRY(check_room(attributes, sizeof(swtee_rmp_attributes), "attributes"));
    SWTEE_TRY(need(eax, "eax"));
    swtee_rmp_state_record record{};
    *eax = static_cast<std::uint32_t>(on.rmpread({paddr}, record));
    if (*eax != SWTEE_RMP_OK) return {};
    swtee_rmp_attributes found{};
    found.gpa = record.gpa;
    found.asid = record.asid;
    found.assigned = record.assigned;
    found.immutable = record.immutable;
    found.large = record.page_size & 1;
    found.mixed = record.page_size >> 1 & 1;
    give_struct(found, attributes);
    return {};
  });
}
