// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct NoBuffer {
  u8 none;
};

Result<Unit, Status> check(const World& world, const NoBuffer&) {
  SWTEE_REQUIRE(!world.wbinvd_needed_after.has_value() || world.ports.cpus.wbinvd_everywhere_since(*world.wbinvd_needed_after),
                Status::wbinvd_required);
  return Unit{};
}

Status commit(World& world, Unit) noexcept {
  world.asids.flush();
  world.wbinvd_needed_after.reset();
  return Status::success;
}

}  // namespace

/// SNP_DF_FLUSH: writes back the data fabric's buffers, so that released ASIDs may be bound again.
/// [SNP-ABI r1.58 §SNP_DF_FLUSH]
///
/// States    platform INIT.
/// Failures  WBINVD_REQUIRED a core has not executed WBINVD since the last guest was decommissioned.
/// Effects   dirty ASIDs are free.
Status snp_df_flush(World& world, std::uint32_t id, ByteView) {
  const NoBuffer none{};
  return run<NoBuffer>(world, id, bytes_of(none), check, commit);
}

}  // namespace swtee::snp::commands
