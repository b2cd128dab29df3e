// SPDX-License-Identifier: Apache-2.0
/// A universe: one seed from which every test chip, and every key of every test chip, follows.
///
/// It is the vendor's view. A platform holds only what follows from it for one chip (see chip.h).
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/secret.h"

#include <initializer_list>
#include <memory>
#include <string_view>

namespace swtee::keys {

/// Copies share the seed.
class Universe {
 public:
  static constexpr std::size_t kSeedSize = 32;

  /// The universe that everyone has: fixed and public, so that evidence of one person verifies with another's services.
  /// Its keys protect nothing.
  static Universe test_default();
  /// Fails unless the seed has 32 bytes.
  static Result<Universe> from_seed(ByteView seed);

  /// `out` follows from the seed, the label and the context. Labels are a format: they carry a version and are never
  /// reused for something else.
  void derive(std::string_view label, std::initializer_list<ByteView> context, MutableBytes out) const;

 private:
  explicit Universe(std::shared_ptr<const crypto::Secret<kSeedSize>> seed) : seed_(std::move(seed)) {}
  std::shared_ptr<const crypto::Secret<kSeedSize>> seed_;
};

}  // namespace swtee::keys
