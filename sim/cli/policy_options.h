// SPDX-License-Identifier: Apache-2.0
/// The relying party's wishes as options of the command line.
#pragma once

#include "guest/verifier/policy.h"
#include "sim/cli/command.h"

namespace swtee::cli {

boost::program_options::options_description policy_options();

/// Fails with the option's name and what is wrong with its value.
Result<verifier::RelyingPartyPolicy> read_policy(const ParsedCommandLine& line, Context& context);

/// "bl=4,tee=0,snp=24,ucode=115"; components that are not named are 0.
Result<snp::Tcb> tcb_value(const std::string& text);
/// "1.55.29" or "1.55"
Result<verifier::FirmwareLevel> firmware_value(const std::string& text);

}  // namespace swtee::cli
