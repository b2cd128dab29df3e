// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/snp/command.h"

namespace swtee::snp {

/// What a guest's policy demands of the platform on which the guest begins. POLICY_FAILURE when the platform is not so;
/// by knob, default POLICY_FAILURE, for reserved bits.
Checked check_policy(const World& world, std::uint64_t policy_word);

}  // namespace swtee::snp
