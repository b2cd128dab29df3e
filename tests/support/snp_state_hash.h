// SPDX-License-Identifier: Apache-2.0
/// One number for all that a command could change: to prove that a refused one changed nothing.
#pragma once

#include "tests/support/snp_machine.h"

namespace swtee::test {

/// Over the firmware's state and guests, the permanent record, the entropy drawn, and RMP entry and content of every page
/// that the machine's user took, except the command buffer's content. Not cryptographic.
std::uint64_t state_hash(SnpMachine& machine);

/// Of the firmware's state and guests alone.
std::uint64_t world_hash(const snp::World& world);

}  // namespace swtee::test
