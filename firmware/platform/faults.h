// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace swtee {

enum class HardwareFault { none, platform, unsafe };

/// Port: hardware errors. A real machine has none to give; tests and scenarios provoke HWERROR_PLATFORM and
/// HWERROR_UNSAFE through it.
class Faults {
 public:
  virtual ~Faults() = default;
  /// Asked once for each command that has passed its checks, before any of its effects.
  virtual HardwareFault on_command(std::uint32_t command_id) = 0;
};

}  // namespace swtee
