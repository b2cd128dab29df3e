// SPDX-License-Identifier: Apache-2.0
#include "sim/capi/border.h"

namespace swtee::capi {
namespace {

Result<Access, CallError> access_of(int agent) {
  switch (agent) {
    case SWTEE_AGENT_HOST: return Access::host();
    case SWTEE_AGENT_DEVICE: return Access{Access::Agent::device, {}, 0, false};
    case SWTEE_AGENT_BUS: return Access{Access::Agent::bus, {}, 0, false};
    default: return refuse(SWTEE_E_ARGUMENT, "there is no agent " + std::to_string(agent));
  }
}

CallResult check_length(std::size_t len) {
  if (len <= SWTEE_ACCESS_MAX) return {};
  return refuse(SWTEE_E_ARGUMENT, std::to_string(len) + " bytes are more than SWTEE_ACCESS_MAX");
}

std::string hex(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do text.insert(text.begin(), kDigits[value & 15]);
  while ((value >>= 4) != 0);
  return "0x" + text;
}

CallResult outcome(const Result<void, MemoryFault>& done, std::uint64_t paddr, std::size_t len) {
  if (done.ok()) return {};
  const std::string where = hex(paddr) + " and " + std::to_string(len) + " bytes";
  if (done.error() == MemoryFault::out_of_range) return refuse(SWTEE_E_RANGE, where + ": not all of it is memory");
  return refuse(SWTEE_E_REFUSED, where + ": the RMP does not allow this access");
}

}  // namespace
}  // namespace swtee::capi

using namespace swtee::capi;

swtee_error swtee_memory_read(swtee_machine* machine, int agent, std::uint64_t paddr, void* out, std::size_t len) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    const swtee::Access access = SWTEE_TRY(access_of(agent));
    SWTEE_TRY(check_length(len));
    if (len != 0) SWTEE_TRY(need(out, "out"));
    return outcome(on.read(access, {paddr}, {static_cast<std::uint8_t*>(out), len}), paddr, len);
  });
}

swtee_error swtee_memory_write(swtee_machine* machine, int agent, std::uint64_t paddr, const void* data, std::size_t len) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    const swtee::Access access = SWTEE_TRY(access_of(agent));
    SWTEE_TRY(check_length(len));
    if (len != 0) SWTEE_TRY(need(data, "data"));
    return outcome(on.write(access, {paddr}, {static_cast<const std::uint8_t*>(data), len}), paddr, len);
  });
}

swtee_error swtee_bus_alias(swtee_machine* machine, std::uint64_t ghost, std::uint64_t target, std::uint64_t size) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    if (on.alias_addresses({ghost}, {target}, size)) return {};
    return refuse(SWTEE_E_RANGE, hex(ghost) + " or " + hex(target) + ": not all of " + hex(size) + " bytes are memory");
  });
}

swtee_error swtee_bus_remove_aliases(swtee_machine* machine) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    on.remove_aliases();
    return {};
  });
}
