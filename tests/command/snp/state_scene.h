// SPDX-License-Identifier: Apache-2.0
/// A machine in the state of one column of the matrix, and a call of each command that lacks nothing but, perhaps, that state.
#pragma once

#include "tests/command/snp/state_matrix.h"
#include "tests/support/snp_machine.h"

#include <set>
#include <span>

namespace swtee::test {

class Scene {
 public:
  /// `activated`: whether a guest beyond INIT has an ASID.
  explicit Scene(Column column, bool activated = true);
  /// Takes the legacy platform, which is in UNINIT, to the state of a column. False when the commands for that are not modelled.
  bool bring_legacy_to(LegacyColumn column);

  /// Calls the command with arguments that nothing is wrong with. Takes the pages it needs, so two calls differ in these.
  snp::Status call(std::uint32_t id);

  static constexpr Asid kAsid{2};
  /// Allows every command.
  static constexpr std::uint64_t kPolicy = snp::policy::kDefault | snp::policy::Debug::mask;

  SnpMachine machine;
  Spa gctx;      ///< the context page of the guest, or what it was
  Spa firmware;  ///< a page in state Firmware; in UNINIT the host's own page

  template <WireStruct Buffer, class Fill>
  snp::Status send(std::uint32_t id, Fill fill) {
    Buffer buffer{};
    fill(buffer);
    return machine.command(id, buffer);
  }
};

struct Call {
  std::uint32_t id;
  snp::Status (*call)(Scene&, std::uint32_t id);
};
/// Those of the legacy commands.
std::span<const Call> legacy_calls();
/// Those of the commands about a guest's pages.
std::span<const Call> page_calls();

/// The commands that Scene::call can call.
std::set<std::uint32_t> callable_commands();

}  // namespace swtee::test
