// SPDX-License-Identifier: Apache-2.0
/// SHA-256 whose state is a plain value: a launch digest that goes on over many commands, and can be stored between two.
#pragma once

#include "firmware/crypto/digest.h"

#include <optional>

namespace swtee::crypto {

class RunningSha256 {
 public:
  RunningSha256();
  void update(ByteView data);
  /// The digest of what came so far; more may follow.
  Sha256Digest digest() const;
  /// Everything there is to store.
  ByteView state() const { return state_; }
  /// From what `state` gave. Nothing for bytes that no digest in progress has.
  static std::optional<RunningSha256> from_state(ByteView state);

 private:
  alignas(8) std::array<std::uint8_t, 112> state_{};
};

}  // namespace swtee::crypto
