// SPDX-License-Identifier: Apache-2.0
/// `swtee verify REPORT`: is this report genuine, and is it what I ask for?
#pragma once

#include "sim/cli/command.h"

namespace swtee::cli {

extern const Command kVerifyCommand;

}  // namespace swtee::cli
