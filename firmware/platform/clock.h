// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace swtee {

/// Port: the time. Nothing in firmware/ or sim/{memory,cpu,machine,host,vendor} asks the system for it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Seconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t unix_seconds() const = 0;
};

}  // namespace swtee
