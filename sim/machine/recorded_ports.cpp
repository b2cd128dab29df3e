// SPDX-License-Identifier: Apache-2.0
#include "sim/machine/recorded_ports.h"

#include <array>

namespace swtee::machine {

void RecordedEntropy::fill(std::string_view stream, MutableBytes out) {
  port_.fill(stream, out);
  const std::array<CallField, 2> inputs{{{"stream", stream}, {"bytes", ByteView(out)}}};
  calls_.call({"entropy", inputs, "OK", {}});
}

Result<void> RecordedNvStore::store(ByteView record) {
  auto stored = port_.store(record);
  const std::array<CallField, 1> inputs{{{"record", record}}};
  calls_.call({"nv_store", inputs, stored.ok() ? "OK" : "FAILED", {}});
  return stored;
}

HardwareFault RecordedFaults::on_command(std::uint32_t command_id) {
  const HardwareFault fault = port_.on_command(command_id);
  if (fault == HardwareFault::none) return fault;
  const std::array<CallField, 1> inputs{{{"id", std::uint64_t{command_id}}}};
  calls_.call({"fault", inputs, fault == HardwareFault::platform ? "HWERROR_PLATFORM" : "HWERROR_UNSAFE", {}});
  return fault;
}

}  // namespace swtee::machine
