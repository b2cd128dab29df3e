// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace swtee::guest::snp {

/// Port: how the driver waits while the host is busy.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  /// Blocks the calling thread for at least this long.
  virtual void sleep_ms(std::uint32_t milliseconds) = 0;
  /// Monotonic time in milliseconds from any start.
  virtual std::uint64_t now_ms() const = 0;
};

}  // namespace swtee::guest::snp
