// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

Result<keys::EndorsementStick, Status> check(const World& world, const SnpVlekLoadBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(SnpVlekLoadBuffer), Status::invalid_len);
  SWTEE_REQUIRE(buffer.vlek_wrapped_version == 0 && all_zero(buffer.reserved_5h), Status::invalid_param);
  const Spa at = SWTEE_TRY(memory_range(world, buffer.vlek_wrapped_paddr, sizeof(WrappedVlekHashstick), 16));
  const auto wrapped = SWTEE_TRY(read_struct<WrappedVlekHashstick>(world, at));
  auto stick = keys::unwrap_vlek(world.chip, wrapped);
  if (!stick.ok())
    return Failure(stick.error() == keys::UnwrapFailure::bad_tag ? Status::bad_measurement : Status::invalid_param);
  SWTEE_REQUIRE(stick.value().tcb() == world.reported_tcb, Status::bad_version);
  return std::move(stick).value();
}

Status commit(World& world, keys::EndorsementStick stick) noexcept {
  world.load_vlek(std::move(stick));
  return Status::success;
}

}  // namespace

/// SNP_VLEK_LOAD: installs the endorsement key of a cloud operator, wrapped for this chip.  [SNP-ABI r1.58 §SNP_VLEK_LOAD]
///
/// States    platform INIT.
/// Failures  INVALID_LEN the buffer's LENGTH is not 16; INVALID_PARAM the version is not 0 or a reserved byte is set;
///           INVALID_ADDRESS; BAD_MEASUREMENT the tag does not fit: wrapped for another chip, or damaged; BAD_VERSION
///           the stick is not for REPORTED_TCB.
/// Effects   reports and keys use the VLEK by default until REPORTED_TCB changes.
/// DEVIATION: wrapping key and additional data are not published; see firmware/keys.
Status snp_vlek_load(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpVlekLoadBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
