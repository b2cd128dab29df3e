// SPDX-License-Identifier: Apache-2.0
/// Does everything of a trace again on a new machine and compares.
#pragma once

#include "firmware/contract/result.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace swtee::replay {

/// The first place where the machine of today does not do what the trace says.
struct Difference {
  std::uint64_t line = 0;
  std::uint64_t seq = 0;
  std::string op;        ///< as the trace has it
  std::string field;     ///< "result", "sha256", "op", or the name of an input
  std::string expected;  ///< as the trace has it; "nothing" when it has none
  std::string got;
};

struct Outcome {
  std::uint64_t events = 0;  ///< of the trace, done again and found alike
  std::string program;       ///< version of the program that recorded
  std::optional<Difference> difference;
};

/// Powers a machine on as the header says and executes event by event. Random numbers, hardware errors and the storage's
/// answers come from the trace. Fails, naming the line, when the trace cannot be understood; what came before is forgotten.
Result<Outcome> replay(std::istream& in);

}  // namespace swtee::replay
