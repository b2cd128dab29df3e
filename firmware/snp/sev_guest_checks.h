// SPDX-License-Identifier: Apache-2.0
/// The checks that commands about legacy guests share.
#pragma once

#include "firmware/snp/page_checks.h"

namespace swtee::snp {

/// INVALID_GUEST unless the handle is a guest's, INVALID_GUEST_STATE unless it is in one of the states.
Result<const SevGuest*, Status> sev_guest_in(const World& world, std::uint32_t handle, SevGuestStates states);

/// Every state that a guest can be in.
inline constexpr SevGuestStates kAnySevGuest =
    SevGuestStates::in(SevGuestState::lupdate, SevGuestState::lsecret, SevGuestState::running);

/// Memory that a command reads or writes with a legacy guest's key: whole blocks of 16 bytes (INVALID_LEN), at most
/// 16 MiB (RESOURCE_LIMIT). INVALID_ADDRESS; once SNP is INIT also INVALID_PAGE_STATE unless all of it is Firmware.
Result<Spa, Status> sev_guest_memory(const World& world, std::uint64_t raw, std::uint32_t length);

}  // namespace swtee::snp
