// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/vendor_options.h"

#include "firmware/contract/require.h"
#include "sim/cli/input.h"

namespace swtee::cli {

namespace po = boost::program_options;

po::options_description vendor_options() {
  po::options_description options("The vendor");
  options.add_options()                                                                                                //
      ("roots", po::value<std::string>()->value_name("DIR"), "CA keys made by `swtee pki init` (default: the test roots)")  //
      ("epoch", po::value<std::string>()->value_name("TIME"), "first day of VCEK certificates (default 2025-01-01)");
  return options;
}

Result<Vendor> vendor_from(const ParsedCommandLine& line, const config::PlatformConfig& platform) {
  Vendor made;
  made.clock = std::make_shared<embedded::SystemClock>(platform.clock);
  vendor::AuthorityOptions options{.universe = platform.universe_keys()};
  options.clock = made.clock.get();
  if (const auto directory = line.text("roots"); directory.has_value())
    options.roots = SWTEE_TRY(vendor::RootKeys::from_directory(*directory));
  if (const auto epoch = line.text("epoch"); epoch.has_value()) {
    const auto seconds = time_value(*epoch);
    if (!seconds.ok()) return fail("--epoch: " + seconds.error().what());
    options.epoch = seconds.value();
  }
  made.authority = std::make_shared<const vendor::VendorAuthority>(SWTEE_TRY(vendor::VendorAuthority::create(std::move(options))));
  return made;
}

}  // namespace swtee::cli
