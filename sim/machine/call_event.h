// SPDX-License-Identifier: Apache-2.0
/// What enters a machine, as events: each call of a door, and each answer of a port that the machine could not know.
#pragma once

#include "sim/config/platform_config.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace swtee::machine {

/// A named number, text or run of bytes.
struct CallField {
  std::string_view name;
  std::variant<std::uint64_t, std::string_view, ByteView> value;
};

/// One call, after it was answered. The views live as long as the call of the sink.
///
/// Ports answer while a call is going on, so their events ("entropy", "nv_store", "fault") stand before the event of the
/// call that asked.
struct CallEvent {
  std::string_view op;  ///< "write", "rmpupdate", "command"
  std::span<const CallField> inputs;
  std::string_view result;  ///< "OK" or the name of the failure
  ByteView output;          ///< bytes that the call gave back
};

/// Port: where the events of a machine go. Whoever has them all can make the machine do the same again (sim/replay).
class CallSink {
 public:
  virtual ~CallSink() = default;
  /// First of all: the configuration, and the record that the non-volatile storage holds.
  virtual void power_on(const config::PlatformConfig& config, const std::optional<std::vector<std::uint8_t>>& record) = 0;
  virtual void call(const CallEvent& event) = 0;
};

}  // namespace swtee::machine
