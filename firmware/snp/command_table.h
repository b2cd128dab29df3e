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
  Status (*handler)(World&, std::uint32_t id, ByteView);  ///< null: see `answer`
  SevPlatformStates sev_platform = SevPlatformStates::any();  ///< of a legacy command; else INVALID_PLATFORM_STATE
  /// In place of `handler`: changes the copy of the buffer, and the dispatcher writes it back. Both null: not modelled,
  /// answers UNSUPPORTED in every state.
  Status (*answer)(World&, std::uint32_t id, MutableBytes) = nullptr;

  constexpr bool modelled() const { return handler != nullptr || answer != nullptr; }
};

/// Sorted by id.
std::span<const CommandRow> command_table();
/// The row of a command, or null for an id that the ABI does not have.
const CommandRow* find_command(std::uint32_t id);

}  // namespace swtee::snp
