// SPDX-License-Identifier: Apache-2.0
/// The options by which a person names a platform and a guest; the same for every command that has one.
#pragma once

#include "sim/cli/command.h"
#include "sim/config/guest_config.h"
#include "sim/config/platform_config.h"

namespace swtee::cli {

/// --platform, --config, --chip, --report-version, --tcb, --firmware, --vlek, --mask-chip-id, --mask-chip-key, --entropy, --clock.
boost::program_options::options_description platform_options();
/// --policy, --host-data, --ovmf and what goes with it, --page, --id-block ..., --vmpl-floor, --guest-kernel, --certificates.
boost::program_options::options_description guest_options();

/// --config's file, or the default platform, with the other options over it. Fails naming the option.
Result<config::PlatformConfig> platform_from(const ParsedCommandLine& line, Context& context);
Result<config::GuestConfig> guest_from(const ParsedCommandLine& line, Context& context);

/// A number given to --NAME; the error names the option.
Result<std::uint64_t> number_option_value(const std::string& text, const std::string& name, std::uint64_t most);

}  // namespace swtee::cli
