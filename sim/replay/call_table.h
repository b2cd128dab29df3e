// SPDX-License-Identifier: Apache-2.0
/// How each event of a trace is done again: the machine's methods by their names in a trace.
#pragma once

#include "sim/machine/machine.h"
#include "sim/replay/trace_reader.h"

namespace swtee::replay {

/// Does the call of this event. The machine answers through its sink. Fails, naming the input, when the event is no call
/// of a door ("entropy") or its inputs are not what the call takes; the machine has not been touched then.
Result<void> do_again(machine::Machine& machine, const TraceEvent& event);

/// The names of all calls that can be done again.
std::vector<std::string_view> call_names();

/// Events that happen while a call goes on.
bool is_port_event(const TraceEvent& event);
/// Fails when a port cannot have answered so.
Result<void> check_port_event(const TraceEvent& event);

}  // namespace swtee::replay
