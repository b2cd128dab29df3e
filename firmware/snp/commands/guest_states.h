// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/snp/guest_context.h"

namespace swtee::snp::commands {

// The guest states that commands accept. The command table shows them, the handlers check them.
inline constexpr GuestStates kInitState = GuestStates::in(GuestState::init);
inline constexpr GuestStates kLaunchState = GuestStates::in(GuestState::launch);
inline constexpr GuestStates kRunningState = GuestStates::in(GuestState::running);
inline constexpr GuestStates kActivateStates = GuestStates::in(GuestState::launch, GuestState::running);
/// Commands about pages that a guest has already.
inline constexpr GuestStates kPageStates = GuestStates::in(GuestState::launch, GuestState::running);
inline constexpr GuestStates kAnyGuestState = GuestStates::in(GuestState::init, GuestState::launch, GuestState::running);

}  // namespace swtee::snp::commands
