// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/command_table.h"
#include "sim/capi/border.h"

using namespace swtee::capi;

swtee_error swtee_snp_command(swtee_machine* machine, std::uint32_t id, std::uint64_t buffer_paddr, std::uint32_t* status) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    SWTEE_TRY(need(status, "status"));
    *status = static_cast<std::uint32_t>(on.snp_command(id, buffer_paddr));
    return {};
  });
}

// The names are literals, so each view ends with NUL.

const char* swtee_snp_status_name(std::uint32_t status) {
  const std::string_view name = swtee::snp::name_of(static_cast<swtee::snp::Status>(status));
  return name.empty() ? nullptr : name.data();
}

const char* swtee_snp_command_name(std::uint32_t id) {
  const swtee::snp::CommandRow* row = swtee::snp::find_command(id);
  return row == nullptr ? nullptr : row->name.data();
}
