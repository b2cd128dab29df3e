// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

Result<PermanentState, Status> check(const World& world, const SnpCommitBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(SnpCommitBuffer), Status::invalid_len);
  PermanentState next = world.permanent;
  next.committed_version = world.current().version;
  next.committed_tcb = world.current().tcb;
  return next;
}

Status commit(World& world, PermanentState next) noexcept {
  if (!world.ports.nv.store(encode(next)).ok()) return Status::hwerror_platform;
  world.permanent = std::move(next);
  world.set_reported_tcb(world.permanent.committed_tcb);
  return Status::success;
}

}  // namespace

/// SNP_COMMIT: makes the current firmware and its TCB the floor below which no image may go.  [SNP-ABI r1.58 §SNP_COMMIT]
///
/// States    any.
/// Failures  INVALID_LEN the buffer's LENGTH is not 4; HWERROR_PLATFORM the storage failed (nothing has changed).
/// Effects   committed TCB and version := current; REPORTED_TCB := current. Stored before it is answered.
Status snp_commit(World& world, std::uint32_t id, ByteView buffer) { return run<SnpCommitBuffer>(world, id, buffer, check, commit); }

}  // namespace swtee::snp::commands
