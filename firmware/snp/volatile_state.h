// SPDX-License-Identifier: Apache-2.0
/// The firmware's state as bytes: what a power cut takes, and what a saved machine keeps.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/snp/world.h"

#include <vector>

namespace swtee::snp {

/// Everything that a command can change, except what stands in memory and in the RMP. docs/state-format.md describes the bytes.
std::vector<std::uint8_t> save_volatile(const World& world);

/// Puts a saved state into a world that was just made, whose memory and RMP are as they were when it was saved. The bytes may
/// come from anywhere. Fails, saying where and what, for bytes that no world can have: a value out of range, an ASID bound
/// twice, a guest whose context page is none, TCBs against their order. The world is then good for nothing.
Result<void> load_volatile(World& world, ByteView bytes);

}  // namespace swtee::snp
