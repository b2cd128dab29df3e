// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/entropy.h"

#include <map>
#include <string>

namespace swtee::machine {

/// Numbers that follow from a seed: each stream is its own chain, so the same calls give the same bytes through every door.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::string seed) : seed_(std::move(seed)) {}
  void fill(std::string_view stream, MutableBytes out) override;

 private:
  std::string seed_;
  std::map<std::string, std::uint64_t, std::less<>> drawn_;
};

}  // namespace swtee::machine
