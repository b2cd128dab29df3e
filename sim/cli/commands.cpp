// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.h"

#include <array>

namespace swtee::cli {

std::span<const Command* const> all_commands() {
  static constexpr std::array kCommands{&kRunCommand,     &kServeCommand, &kReportCommand, &kVerifyCommand, &kShowCommand,
                                        &kMeasureCommand, &kPkiCommand,   &kReplayCommand, &kDoctorCommand, &kCompletionCommand};
  return kCommands;
}

}  // namespace swtee::cli
