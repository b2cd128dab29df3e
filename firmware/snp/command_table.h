// SPDX-License-Identifier: Apache-2.0
/// The table of commands: one row for each id of the ABI.
#pragma once

#include "firmware/snp/world.h"

#include <swtee/abi/snp/status.h>

#include <span>
#include <string_view>

namespace swtee::snp {

struct CommandRow {
  std::uint32_t id;
  std::string_view name;        ///< the specification's spelling
  PlatformStates platform;      ///< else INVALID_PLATFORM_STATE
  GuestStates guest;            ///< the guest states the handler accepts; empty: it names no guest or takes any
  std::uint32_t buffer_size;    ///< bytes the dispatcher copies; 0: the command has no buffer
  Status (*handler)(World&, std::uint32_t id, ByteView);  ///< null: not modelled, answers UNSUPPORTED in every state
};

/// Sorted by id.
std::span<const CommandRow> command_table();
/// The row of a command, or null for an id that the ABI does not have.
const CommandRow* find_command(std::uint32_t id);

}  // namespace swtee::snp
