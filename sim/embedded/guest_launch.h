// SPDX-License-Identifier: Apache-2.0
/// From what a person wrote about a guest to what the hypervisor launches. Reads the files that are named.
#pragma once

#include "sim/config/guest_config.h"
#include "sim/host/hypervisor.h"
#include "sim/host/launch_plan.h"

namespace swtee::embedded {

/// The pages to launch: those of the image, those that are named, or a small built-in guest. A plan without a secrets page
/// gets one at the end (a guest without one could not talk to the firmware), and one VMSA where named pages have none.
Result<host::LaunchPlan> plan_launch(const config::GuestConfig& guest);

/// Policy, host data and identity. An ID block that is made from keys expects the digest of `plan`.
Result<host::GuestOptions> guest_options(const config::GuestConfig& guest, const host::LaunchPlan& plan);

}  // namespace swtee::embedded
