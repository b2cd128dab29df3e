// SPDX-License-Identifier: Apache-2.0
/// Where the legacy platform's owner is kept: the permanent state, or after INIT_EX memory that the host stores.
#pragma once

#include "firmware/snp/command.h"

namespace swtee::snp {

/// INVALID_PAGE_STATE when INIT_EX's area is where the owner is kept and the firmware may no longer write there.
Checked check_sev_storage(const World& world);

/// Makes this the platform's owner, after it is stored. HWERROR_PLATFORM when the storage failed; nothing has changed then.
Status store_sev_owner(World& world, SevOwner owner) noexcept;

/// Erases what is stored, in both places. HWERROR_PLATFORM as above.
Status erase_sev_owner(World& world) noexcept;

}  // namespace swtee::snp
