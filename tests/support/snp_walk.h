// SPDX-License-Identifier: Apache-2.0
/// A random walk over the host's calls on a machine: commands with mostly sensible arguments, RMPUPDATE, WBINVD.
#pragma once

#include "tests/support/snp_machine.h"

#include <random>
#include <string>
#include <vector>

namespace swtee::test {

/// The seed of a property test: SWTEE_SEED when it is set, else `usual`. Printed with every failure (SWTEE_SEEDED).
std::uint64_t property_seed(std::uint64_t usual);

/// One call and its result.
struct Step {
  std::string what;
  bool is_command = false;
  std::uint32_t result = 0;  ///< status of a command, result of RMPUPDATE
};

class SnpWalk {
 public:
  /// The same seed on the same platform makes the same calls.
  SnpWalk(SnpMachine& machine, std::uint64_t seed);

  /// Chooses the next call. Nothing happens yet, so that the caller can look at the state before it.
  void choose();
  /// Makes it.
  Step make();

  const std::vector<Spa>& pages() const { return pages_; }
  /// The page that a chosen RMPUPDATE is about.
  Spa rmpupdate_page() const { return page_; }
  bool chose_rmpupdate() const { return kind_ == 0; }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  Spa any_page() { return pages_[below(static_cast<std::uint32_t>(pages_.size()))]; }
  Spa any_guest();
  Spa launchable_page(Spa gctx);
  Spa page_in(RmpState state);
  Step rmpupdate();
  Step command(std::uint32_t id, std::string what, snp::Status status);
  Step guest_command();
  Step platform_command();
  Step guest_request();
  Step page_command();

  SnpMachine& machine_;
  std::mt19937_64 random_;
  std::vector<Spa> pages_;
  std::uint32_t kind_ = 0;
  Spa page_;
};

}  // namespace swtee::test
