// SPDX-License-Identifier: Apache-2.0
/// A guest of the legacy SEV platform.  [SEV-API r0.24 §GSTATE Finite State Machine]
#pragma once

#include "firmware/crypto/running_sha256.h"
#include "firmware/crypto/secret.h"
#include "firmware/platform/address.h"

#include <swtee/abi/sev/guest.h>

#include <cstdint>
#include <optional>

namespace swtee::snp {

/// `lupdate`: memory is being measured. `lsecret`: measured, secrets may come. `running`: launched.
enum class SevGuestState : std::uint8_t { uninit = 0, lupdate = 1, lsecret = 2, running = 3, supdate = 4, rupdate = 5, sent = 6 };

class SevGuestStates {
 public:
  template <class... S>
  static constexpr SevGuestStates in(S... states) {
    SevGuestStates set;
    set.bits_ = static_cast<std::uint8_t>((0u | ... | (1u << static_cast<unsigned>(states))));
    return set;
  }
  constexpr bool contains(SevGuestState state) const { return (bits_ >> static_cast<unsigned>(state)) & 1; }

 private:
  std::uint8_t bits_ = 0;
};

/// Invariants: `asid` is set exactly while the ASID table binds it to a legacy guest. `measurement` is meaningless in state
/// lupdate, TEK and TIK are zero in state running.
struct SevGuest {
  SevGuestState state = SevGuestState::lupdate;
  std::uint32_t policy = 0;
  std::optional<Asid> asid;
  crypto::Secret<64> vek;             ///< memory encryption key
  crypto::Secret<16> tek;             ///< transport encryption key
  crypto::Secret<16> tik;             ///< transport integrity key
  crypto::RunningSha256 measured;     ///< over what was put into the guest
  sev::Measurement measurement{};
};

}  // namespace swtee::snp
