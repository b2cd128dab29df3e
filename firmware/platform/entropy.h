// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <swtee/abi/wire.h>

#include <string_view>

namespace swtee {

/// Port: where the firmware's random numbers come from. Streams are named, so that one more draw in one place never
/// shifts the numbers of another.
class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fills `out` with the next bytes of the stream. `stream` names the use, for example "vmpck" or "report-id".
  virtual void fill(std::string_view stream, MutableBytes out) = 0;
};

}  // namespace swtee
