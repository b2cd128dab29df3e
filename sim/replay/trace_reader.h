// SPDX-License-Identifier: Apache-2.0
/// Reads a trace line by line. Traces come from anywhere: an error says which line is wrong, and how.
#pragma once

#include "firmware/contract/result.h"
#include "sim/config/platform_config.h"

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace swtee::replay {

/// Most bytes of one memory access in a trace.
inline constexpr std::size_t kAccessMax = std::size_t{64} << 20;
/// Longest line: an access in hexadecimal and what is around it.
inline constexpr std::size_t kLineMax = 2 * kAccessMax + 4096;
/// Longest record of the non-volatile storage.
inline constexpr std::size_t kRecordMax = std::size_t{1} << 20;

struct TraceHeader {
  std::string program;  ///< version of the program that recorded
  config::PlatformConfig platform;
  std::optional<std::vector<std::uint8_t>> record;  ///< of the non-volatile storage at power-on
};

struct TraceEvent {
  std::uint64_t line = 0;
  std::uint64_t seq = 0;
  std::string op;
  std::map<std::string, std::variant<std::uint64_t, std::string>> inputs;
  std::string result;
  std::string sha256;  ///< empty: the call gave no bytes back

  /// An input that must be there. The error names it.
  Result<std::uint64_t> number(const std::string& name, std::uint64_t most) const;
  Result<bool> flag(const std::string& name) const;
  Result<std::string> text(const std::string& name) const;
  Result<std::vector<std::uint8_t>> bytes(const std::string& name, std::size_t most) const;
};

class TraceReader {
 public:
  /// Reads the header. `in` outlives the reader.
  static Result<TraceReader> open(std::istream& in);

  const TraceHeader& header() const { return header_; }
  /// The next event, or nothing at the end.
  Result<std::optional<TraceEvent>> next();

 private:
  explicit TraceReader(std::istream& in) : in_(&in) {}
  Result<std::optional<std::string>> next_line();

  std::istream* in_;
  TraceHeader header_;
  std::uint64_t line_ = 0;
  std::uint64_t seq_ = 0;
};

}  // namespace swtee::replay
