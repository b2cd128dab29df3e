// SPDX-License-Identifier: Apache-2.0
/// Ports that pass everything on and make an event of each answer that the machine could not know.
#pragma once

#include "firmware/platform/entropy.h"
#include "firmware/platform/faults.h"
#include "firmware/platform/nv_store.h"
#include "sim/machine/call_event.h"

namespace swtee::machine {

/// "entropy": the stream's name and the numbers drawn.
class RecordedEntropy final : public Entropy {
 public:
  RecordedEntropy(Entropy& port, CallSink& calls) : port_(port), calls_(calls) {}
  void fill(std::string_view stream, MutableBytes out) override;

 private:
  Entropy& port_;
  CallSink& calls_;
};

/// "nv_store": the record and whether it was stored. The record at power-on stands in CallSink::power_on.
class RecordedNvStore final : public NvStore {
 public:
  RecordedNvStore(NvStore& port, CallSink& calls) : port_(port), calls_(calls) {}
  Result<std::optional<std::vector<std::uint8_t>>> load() override { return port_.load(); }
  Result<void> store(ByteView record) override;

 private:
  NvStore& port_;
  CallSink& calls_;
};

/// "fault": a hardware error and the command that it hit. Hardware that works makes no events.
class RecordedFaults final : public Faults {
 public:
  RecordedFaults(Faults& port, CallSink& calls) : port_(port), calls_(calls) {}
  HardwareFault on_command(std::uint32_t command_id) override;

 private:
  Faults& port_;
  CallSink& calls_;
};

}  // namespace swtee::machine
