// SPDX-License-Identifier: Apache-2.0
/// Runs commands inside the sandbox (through sandbox_probe) and collects what they said.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::sandbox::testing {

struct Output {
  int status = -1;  ///< exit status, or -signal
  std::string out;  ///< standard output
  std::string err;  ///< standard error
};

/// Runs a program and waits, at most `seconds` (then it is killed and the status is -9).
Output run(const std::vector<std::string>& command, int seconds = 60);
/// The same inside the sandbox. `options` are those of sandbox_probe.
Output run_inside(const std::vector<std::string>& command, const std::vector<std::string>& options = {});
/// A script for bash inside the sandbox.
Output bash_inside(const std::string& script, const std::vector<std::string>& options = {});

/// A program built beside this test, by name; empty when it was not built.
std::string built_program(const std::string& name);
/// A program of the system, or empty.
std::string find_program(const std::string& name);

/// A fresh directory for this test, removed with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

/// SWTEE_REQUIRE_ALL=1: nothing may be skipped.
inline bool everything_required() {
  const char* value = std::getenv("SWTEE_REQUIRE_ALL");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace swtee::sandbox::testing

/// Skips with a reason; in CI, where nothing may be missing, that is a failure.
#define SANDBOX_SKIP_UNLESS(condition, reason)                                     \
  do {                                                                             \
    if (!(condition)) {                                                            \
      if (swtee::sandbox::testing::everything_required()) FAIL() << (reason);      \
      GTEST_SKIP() << (reason);                                                    \
    }                                                                              \
  } while (false)
