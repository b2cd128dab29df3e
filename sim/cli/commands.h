// SPDX-License-Identifier: Apache-2.0
/// The commands of the program. Each stands in a file of its own name.
#pragma once

#include "sim/cli/command.h"

#include <span>

namespace swtee::cli {

extern const Command kCompletionCommand;
extern const Command kDoctorCommand;
extern const Command kMeasureCommand;
extern const Command kPkiCommand;
extern const Command kReplayCommand;
extern const Command kReportCommand;
extern const Command kRunCommand;
extern const Command kServeCommand;
extern const Command kShowCommand;
extern const Command kVerifyCommand;

/// All of them, in the order of `swtee --help`.
std::span<const Command* const> all_commands();

/// Version of the program, as `swtee --version` prints it.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace swtee::cli
