// SPDX-License-Identifier: Apache-2.0
/// Starts the program behind its filter and takes over the listener.
#pragma once

#include "firmware/contract/result.h"
#include "sim/sandbox/seccomp_filter.h"
#include "sim/sandbox/unique_fd.h"

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace swtee::sandbox {

struct Launch {
  pid_t child = 0;
  UniqueFd listener;
  UniqueFd handle;    ///< pidfd of the child
  UniqueFd handover;  ///< carries the errno of a failed exec
};

/// Forks; the child installs the filter, hands its listener over and executes the command. `child_mask` is the signal mask
/// the command starts with. When this returns, the child is on its way to exec: somebody must answer its calls.
Result<Launch> launch(const std::vector<std::string>& command,
                      const std::vector<std::pair<std::string, std::string>>& environment,
                      const std::vector<sock_filter>& filter, const DescriptorWindow& window,
                      const sigset_t& child_mask);

/// The errno with which exec failed, or 0 when it succeeded. To be asked after the child has ended.
int exec_failure(const Launch& launched);

}  // namespace swtee::sandbox
