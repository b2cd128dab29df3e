// SPDX-License-Identifier: Apache-2.0
/// A guest context on its way between platforms, as the messages of migration agents carry it.
#pragma once

#include "firmware/snp/command.h"

#include <swtee/abi/snp/migration.h>

namespace swtee::snp {

/// The guest whose context page this is, when its migration agent is the guest `agent`; INVALID_PARAM otherwise. The agent is
/// the guest with that REPORT_ID: the host can give the agent's context page to another guest.
Result<Spa, Status> bound_guest(const World& world, Spa agent, std::uint64_t raw_gctx);

/// What of a running guest travels. The IMD only `with_imi`.
ExportedContext export_of(const GuestContext& guest, bool with_imi);

/// A context from another platform, checked against itself and this platform.
///
/// Failures, in order: INVALID_PARAM reserved bytes or flags, a state other than RUNNING, an ID block whose policy or digest
/// is not the guest's, or identity without an ID block; POLICY_FAILURE the policy does not let a guest migrate, or this
/// platform is not what it demands.
Checked check_exported(const World& world, const ExportedContext& context);

/// Makes `guest` the one that travelled: everything that the context carries. LAUNCH_TCB and the launch mitigation vector are
/// those of this platform's firmware now. What the layout has no field for begins anew: VCEK_DIS off, no wanted TSC frequency,
/// no IMI. ASID and migration agent stay.
void restore(const World& world, GuestContext& guest, const ExportedContext& context);

}  // namespace swtee::snp
