// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/call_table.h"

#include "firmware/contract/require.h"

#include <array>
#include <limits>

namespace swtee::replay {
namespace {

using machine::Machine;

constexpr std::uint64_t kAny64 = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kAny32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kAny8 = std::numeric_limits<std::uint8_t>::max();

struct AgentName {
  std::string_view name;
  Access::Agent agent;
};
constexpr std::array<AgentName, 5> kAgents{{{"cpu", Access::Agent::cpu},
                                            {"psp", Access::Agent::psp},
                                            {"device", Access::Agent::device},
                                            {"host", Access::Agent::host},
                                            {"bus", Access::Agent::bus}}};

Result<Access> access_of(const TraceEvent& event) {
  const std::string name = SWTEE_TRY(event.text("agent"));
  for (const AgentName& row : kAgents) {
    if (row.name != name) continue;
    Access access;
    access.agent = row.agent;
    access.asid.value = static_cast<std::uint32_t>(SWTEE_TRY(event.number("asid", kAny32)));
    access.vmpl = static_cast<std::uint8_t>(SWTEE_TRY(event.number("vmpl", kAny8)));
    access.encrypted = SWTEE_TRY(event.flag("encrypted"));
    return access;
  }
  return fail(event.op + ": agent: there is no agent \"" + name + "\"");
}

Result<void> command(Machine& machine, const TraceEvent& event) {
  const std::uint64_t id = SWTEE_TRY(event.number("id", kAny32));
  const std::uint64_t buffer = SWTEE_TRY(event.number("buffer", kAny64));
  machine.snp_command(static_cast<std::uint32_t>(id), buffer);
  return {};
}

Result<void> read(Machine& machine, const TraceEvent& event) {
  const Access access = SWTEE_TRY(access_of(event));
  const Spa at{SWTEE_TRY(event.number("at", kAny64))};
  std::vector<std::uint8_t> out(SWTEE_TRY(event.number("size", kAccessMax)));
  (void)machine.read(access, at, out).ok();
  return {};
}

Result<void> write(Machine& machine, const TraceEvent& event) {
  const Access access = SWTEE_TRY(access_of(event));
  const Spa at{SWTEE_TRY(event.number("at", kAny64))};
  const auto data = SWTEE_TRY(event.bytes("data", kAccessMax));
  (void)machine.write(access, at, data).ok();
  return {};
}

Result<void> rmpupdate(Machine& machine, const TraceEvent& event) {
  const Spa page{SWTEE_TRY(event.number("page", kAny64))};
  RmpEntry request{};
  request.assigned = SWTEE_TRY(event.flag("assigned"));
  request.asid = static_cast<std::uint32_t>(SWTEE_TRY(event.number("asid", kAny32)));
  request.gpa = SWTEE_TRY(event.number("gpa", kAny64));
  request.immutable = SWTEE_TRY(event.flag("immutable"));
  request.large = SWTEE_TRY(event.flag("large"));
  machine.rmpupdate(page, request);
  return {};
}

Result<void> configure_rmp(Machine& machine, const TraceEvent& event) {
  machine.configure_rmp(SWTEE_TRY(event.flag("on")));
  return {};
}

Result<void> prepare_cores(Machine& machine, const TraceEvent& event) {
  machine.prepare_cores_for_snp(SWTEE_TRY(event.flag("ready")));
  return {};
}

Result<void> silence_a_core(Machine& machine, const TraceEvent& event) {
  machine.silence_a_core(SWTEE_TRY(event.flag("silent")));
  return {};
}

Result<void> wbinvd(Machine& machine, const TraceEvent& event) {
  machine.wbinvd(static_cast<std::uint32_t>(SWTEE_TRY(event.number("core", machine.config().cores - 1))));
  return {};
}

Result<void> wbinvd_all(Machine& machine, const TraceEvent&) {
  machine.wbinvd_all();
  return {};
}

Result<void> update_firmware(Machine& machine, const TraceEvent&) {
  machine.update_firmware();
  return {};
}

struct CallRow {
  std::string_view op;
  Result<void> (*call)(Machine&, const TraceEvent&);
};

constexpr std::array kCalls{
    CallRow{"command", command},
    CallRow{"configure_rmp", configure_rmp},
    CallRow{"prepare_cores_for_snp", prepare_cores},
    CallRow{"read", read},
    CallRow{"rmpupdate", rmpupdate},
    CallRow{"silence_a_core", silence_a_core},
    CallRow{"update_firmware", update_firmware},
    CallRow{"wbinvd", wbinvd},
    CallRow{"wbinvd_all", wbinvd_all},
    CallRow{"write", write},
};

}  // namespace

Result<void> do_again(Machine& machine, const TraceEvent& event) {
  for (const CallRow& row : kCalls)
    if (row.op == event.op) return row.call(machine, event);
  return fail("there is no op \"" + event.op + "\"");
}

bool is_port_event(const TraceEvent& event) { return event.op == "entropy" || event.op == "nv_store" || event.op == "fault"; }

Result<void> check_port_event(const TraceEvent& event) {
  const bool fails = event.op == "nv_store" && event.result == "FAILED";
  const bool errs = event.result == "HWERROR_PLATFORM" || event.result == "HWERROR_UNSAFE";
  const bool possible = event.op == "fault" ? errs : event.result == "OK" || fails;
  if (!possible) return fail(event.op + ": there is no result \"" + event.result + "\"");
  if (event.op == "entropy") (void)SWTEE_TRY(event.bytes("bytes", kAccessMax));
  return {};
}

}  // namespace swtee::replay
