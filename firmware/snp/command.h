// SPDX-License-Identifier: Apache-2.0
/// How a command runs: check, then commit.
///
/// `check` is const, reads as the specification's list and returns a plan or the status. Whatever can fail is done in
/// it. `commit` takes the plan and does all effects. So a refused command has changed nothing. The exceptions, where
/// the specification wants an effect of a failure, return their status from commit and say so in their contract.
#pragma once

#include "firmware/contract/require.h"
#include "firmware/snp/world.h"

#include <swtee/abi/snp/status.h>

#include <cstring>

namespace swtee::snp {

using Checked = Result<void, Status>;

/// HWERROR_* when the fault port has one for this command, else success.
Status hardware_status(World& world, std::uint32_t command_id);

template <class Buffer, class Check, class Commit>
Status run(World& world, std::uint32_t command_id, ByteView buffer, Check check, Commit commit) {
  auto plan = check(static_cast<const World&>(world), from_bytes<Buffer>(buffer));
  if (!plan.ok()) return plan.error();
  const Status hardware = hardware_status(world, command_id);
  if (hardware != Status::success) return hardware;
  return commit(world, std::move(plan).value());
}

/// The same for a command whose buffer holds answers. `check` and `commit` get the buffer to change; what they leave in it is
/// written back, also when the command fails.
template <class Buffer, class Check, class Commit>
Status run_answer(World& world, std::uint32_t command_id, MutableBytes bytes, Check check, Commit commit) {
  auto buffer = from_bytes<Buffer>(bytes);
  auto plan = check(static_cast<const World&>(world), buffer);
  Status status = plan.ok() ? hardware_status(world, command_id) : plan.error();
  if (status == Status::success) status = commit(world, std::move(plan).value(), buffer);
  std::memcpy(bytes.data(), &buffer, sizeof(buffer));
  return status;
}

}  // namespace swtee::snp
