// SPDX-License-Identifier: Apache-2.0
/// Which vendor: the embedded test roots or a person's own, and its clock.
#pragma once

#include "sim/cli/command.h"
#include "sim/config/platform_config.h"
#include "sim/embedded/system_ports.h"
#include "sim/vendor/authority.h"

#include <memory>

namespace swtee::cli {

/// --roots, --epoch.
boost::program_options::options_description vendor_options();

/// The authority of a platform's universe. `clock` must outlive `authority`; both are shared so that services can keep them.
struct Vendor {
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<const vendor::VendorAuthority> authority;
};
Result<Vendor> vendor_from(const ParsedCommandLine& line, const config::PlatformConfig& platform);

}  // namespace swtee::cli
