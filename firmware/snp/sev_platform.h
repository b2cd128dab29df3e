// SPDX-License-Identifier: Apache-2.0
/// The legacy SEV platform: the second state machine of the security processor, beside the SNP one.
/// [SEV-API r0.24 §Platform State Machine]
#pragma once

#include "firmware/platform/address.h"
#include "firmware/snp/sev_guest.h"
#include "firmware/snp/sev_owner.h"

#include <cstdint>
#include <map>
#include <optional>

namespace swtee::snp {

/// States of the legacy platform. `working`: it has guests.
enum class SevPlatformState : std::uint8_t { uninit = 0, init = 1, working = 2 };

class SevPlatformStates {
 public:
  template <class... S>
  static constexpr SevPlatformStates in(S... states) {
    SevPlatformStates set;
    set.bits_ = static_cast<std::uint8_t>((0u | ... | (1u << static_cast<unsigned>(states))));
    return set;
  }
  static constexpr SevPlatformStates any() {
    return in(SevPlatformState::uninit, SevPlatformState::init, SevPlatformState::working);
  }
  constexpr bool contains(SevPlatformState state) const { return (bits_ >> static_cast<unsigned>(state)) & 1; }

 private:
  std::uint8_t bits_ = 0;
};

/// Invariants: `owner` is there exactly in states init and working; without it there are no guests. Handles are never used twice
/// before the next power-on.
struct SevPlatform {
  std::optional<SevOwner> owner;
  bool es_enabled = false;
  std::optional<Spa> tmr;  ///< memory for SEV-ES; only while initialised with it
  /// Where INIT_EX keeps the permanent state; nothing after INIT. It outlives SHUTDOWN, because FACTORY_RESET comes after that.
  std::optional<Spa> nv_area;

  std::map<std::uint32_t, SevGuest> guests;  ///< by handle
  std::uint32_t next_handle = 1;

  SevPlatformState state() const {
    if (!owner.has_value()) return SevPlatformState::uninit;
    return guests.empty() ? SevPlatformState::init : SevPlatformState::working;
  }
};

}  // namespace swtee::snp
