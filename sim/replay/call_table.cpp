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

Result<void> psmash(Machine& machine, const TraceEvent& event) {
  machine.psmash({SWTEE_TRY(event.number("page", kAny64))});
  return {};
}

Result<void> rmpread(Machine& machine, const TraceEvent& event) {
  swtee_rmp_state_record record{};
  machine.rmpread({SWTEE_TRY(event.number("page", kAny64))}, record);
  return {};
}

struct GuestCall {
  Asid asid;
  std::uint8_t vmpl = 0;
  Gpa gpa;
};

Result<GuestCall> guest_call(const TraceEvent& event) {
  GuestCall call;
  call.asid.value = static_cast<std::uint32_t>(SWTEE_TRY(event.number("asid", kAny32)));
  call.vmpl = static_cast<std::uint8_t>(SWTEE_TRY(event.number("vmpl", kAny8)));
  call.gpa.value = SWTEE_TRY(event.number("gpa", kAny64));
  return call;
}

Result<cpu::GuestAccess> guest_access(const TraceEvent& event) {
  cpu::GuestAccess how;
  how.c_bit = SWTEE_TRY(event.flag("c_bit"));
  how.execute = SWTEE_TRY(event.flag("execute"));
  how.user = SWTEE_TRY(event.flag("user"));
  return how;
}

Result<void> map_guest_page(Machine& machine, const TraceEvent& event) {
  const Asid asid{static_cast<std::uint32_t>(SWTEE_TRY(event.number("asid", kAny32)))};
  const Gpa gpa{SWTEE_TRY(event.number("gpa", kAny64))};
  const Spa spa{SWTEE_TRY(event.number("spa", kAny64))};
  machine.map_guest_page(asid, gpa, spa, SWTEE_TRY(event.flag("large")));
  return {};
}

Result<void> unmap_guest_page(Machine& machine, const TraceEvent& event) {
  const Asid asid{static_cast<std::uint32_t>(SWTEE_TRY(event.number("asid", kAny32)))};
  const Gpa gpa{SWTEE_TRY(event.number("gpa", kAny64))};
  machine.unmap_guest_page(asid, gpa, SWTEE_TRY(event.flag("large")));
  return {};
}

Result<void> run_vmsa(Machine& machine, const TraceEvent& event) {
  const Spa page{SWTEE_TRY(event.number("page", kAny64))};
  machine.run_vmsa(page, SWTEE_TRY(event.flag("running")));
  return {};
}

Result<void> guest_read(Machine& machine, const TraceEvent& event) {
  const GuestCall call = SWTEE_TRY(guest_call(event));
  std::vector<std::uint8_t> out(SWTEE_TRY(event.number("size", kAccessMax)));
  const cpu::GuestAccess how = SWTEE_TRY(guest_access(event));
  machine.guest_read(call.asid, call.vmpl, call.gpa, out, how);
  return {};
}

Result<void> guest_write(Machine& machine, const TraceEvent& event) {
  const GuestCall call = SWTEE_TRY(guest_call(event));
  const auto data = SWTEE_TRY(event.bytes("data", kAccessMax));
  const cpu::GuestAccess how = SWTEE_TRY(guest_access(event));
  machine.guest_write(call.asid, call.vmpl, call.gpa, data, how);
  return {};
}

Result<void> pvalidate(Machine& machine, const TraceEvent& event) {
  const GuestCall call = SWTEE_TRY(guest_call(event));
  const auto size = static_cast<unsigned>(SWTEE_TRY(event.number("size", kAny32)));
  machine.pvalidate(call.asid, call.vmpl, call.gpa, size, SWTEE_TRY(event.flag("validate")));
  return {};
}

Result<void> rmpadjust(Machine& machine, const TraceEvent& event) {
  const GuestCall call = SWTEE_TRY(guest_call(event));
  const auto size = static_cast<unsigned>(SWTEE_TRY(event.number("size", kAny32)));
  machine.rmpadjust(call.asid, call.vmpl, call.gpa, size, SWTEE_TRY(event.number("rdx", kAny64)));
  return {};
}

Result<void> rmpquery(Machine& machine, const TraceEvent& event) {
  const GuestCall call = SWTEE_TRY(guest_call(event));
  cpu::RmpAttributes attributes;
  machine.rmpquery(call.asid, call.vmpl, call.gpa, static_cast<unsigned>(SWTEE_TRY(event.number("target_vmpl", kAny32))), attributes);
  return {};
}

Result<void> alias_addresses(Machine& machine, const TraceEvent& event) {
  const Spa ghost{SWTEE_TRY(event.number("ghost", kAny64))};
  const Spa target{SWTEE_TRY(event.number("target", kAny64))};
  (void)machine.alias_addresses(ghost, target, SWTEE_TRY(event.number("size", kAny64)));
  return {};
}

Result<void> remove_aliases(Machine& machine, const TraceEvent&) {
  machine.remove_aliases();
  return {};
}

struct CallRow {
  std::string_view op;
  Result<void> (*call)(Machine&, const TraceEvent&);
};

constexpr std::array kCalls{
    CallRow{"alias_addresses", alias_addresses},
    CallRow{"command", command},
    CallRow{"configure_rmp", configure_rmp},
    CallRow{"guest_read", guest_read},
    CallRow{"guest_write", guest_write},
    CallRow{"map_guest_page", map_guest_page},
    CallRow{"prepare_cores_for_snp", prepare_cores},
    CallRow{"psmash", psmash},
    CallRow{"pvalidate", pvalidate},
    CallRow{"read", read},
    CallRow{"remove_aliases", remove_aliases},
    CallRow{"rmpadjust", rmpadjust},
    CallRow{"rmpquery", rmpquery},
    CallRow{"rmpread", rmpread},
    CallRow{"rmpupdate", rmpupdate},
    CallRow{"run_vmsa", run_vmsa},
    CallRow{"silence_a_core", silence_a_core},
    CallRow{"unmap_guest_page", unmap_guest_page},
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

std::vector<std::string_view> call_names() {
  std::vector<std::string_view> names;
  for (const CallRow& row : kCalls) names.push_back(row.op);
  return names;
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
