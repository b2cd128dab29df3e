// SPDX-License-Identifier: Apache-2.0
/// What this machine offers for `swtee run`, found out by trying, not by version numbers.
#pragma once

#include <string>
#include <vector>

namespace swtee::sandbox {

struct Finding {
  std::string name;    ///< what was tried, in a few words
  bool ok = false;
  bool needed = true;  ///< without it `run` refuses; otherwise something is slower or less exact
  std::string why;     ///< what was seen
  std::string remedy;  ///< what to do; empty when ok
};

/// Tries everything in a child process; takes a few milliseconds and changes nothing.
std::vector<Finding> examine_machine();

/// True when every needed finding is ok.
bool sandbox_usable(const std::vector<Finding>& findings);

}  // namespace swtee::sandbox
