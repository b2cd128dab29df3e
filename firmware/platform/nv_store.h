// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/wire.h>

#include <optional>
#include <vector>

namespace swtee {

/// Port: the non-volatile storage of the security processor. One record holds the whole permanent state.
class NvStore {
 public:
  virtual ~NvStore() = default;
  /// The record last stored, or nothing on a new platform.
  virtual Result<std::optional<std::vector<std::uint8_t>>> load() = 0;
  /// Replaces the record. When this returns without an error, a power cut at any later moment keeps the new record;
  /// when it fails, or the power fails before it returns, either the old or the new record is there, never a mixture.
  virtual Result<void> store(ByteView record) = 0;
};

}  // namespace swtee
