// SPDX-License-Identifier: Apache-2.0
/// Records a machine. docs/trace-format.md describes the lines.
#pragma once

#include "sim/machine/call_event.h"

#include <iosfwd>
#include <string>

namespace swtee::replay {

/// Version of the lines that are written, and the newest that is read.
inline constexpr std::uint64_t kTraceVersion = 1;

/// Writes one line for each event and flushes it, so that a killed process leaves all that it answered.
class TraceWriter final : public machine::CallSink {
 public:
  /// `out` outlives the writer; its failures are its owner's to look at. `program` is the version of the program.
  TraceWriter(std::ostream& out, std::string program) : out_(out), program_(std::move(program)) {}

  void power_on(const config::PlatformConfig& config, const std::optional<std::vector<std::uint8_t>>& record) override;
  void call(const machine::CallEvent& event) override;

 private:
  std::ostream& out_;
  std::string program_;
  std::uint64_t seq_ = 0;
};

/// How a trace names the bytes that a call gave back: their SHA-256.
std::string digest_text(ByteView output);

}  // namespace swtee::replay
