// SPDX-License-Identifier: Apache-2.0
/// Runs an unmodified program with virtual devices and names, without root and without touching the system.
///
///   SandboxOptions options{.command = {"snpguest", "report", "r.bin", "q.bin", "--random"}};
///   auto outcome = run_sandboxed(options, guest_files);
///
/// It is a convenience for the user's own program, not a security boundary: see docs/sandbox.md.
#pragma once

#include "firmware/contract/result.h"
#include "sim/sandbox/name_table.h"
#include "sim/sandbox/virtual_files.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace swtee::sandbox {

struct SandboxOptions {
  std::vector<std::string> command;                              ///< program (searched in PATH) and its arguments
  std::vector<std::pair<std::string, std::string>> environment;  ///< set in addition to, or instead of, our own
  std::vector<NamedHost> hosts;                                  ///< names that lead to our services
  std::string ca_pem;                                            ///< accepted as TLS roots inside, nowhere else
  std::vector<std::pair<std::string, std::string>> file_views;   ///< path and the content that the program reads there
  bool network_none = false;  ///< only `hosts` can be reached; all other destinations answer ENETUNREACH
  /// ioctl numbers that must reach virtual devices even through a descriptor the program has moved by dup2.
  std::vector<std::uint32_t> device_requests;
  /// How long processes that outlive the command are served before they are ended.
  std::chrono::milliseconds linger{2000};
  /// Test only: connect() replaces the program's socket although it could be borrowed.
  bool never_borrow_sockets = false;
};

struct RunOutcome {
  int exit_code = 0;  ///< as a shell reports it: the program's own, or 128 + the number of the signal that ended it
  int signal = 0;     ///< that signal, 0 for an exit
  int exec_error = 0;  ///< errno when the command could not be executed; exit_code is then 127 (ENOENT) or 126, as of env
  std::size_t ended_leftovers = 0;  ///< processes that outlived the command and had to be ended
};

/// Runs the command and waits for its end. Standard streams, terminal, working directory and process group are the caller's.
///
/// An error says what this machine lacks (swtee doctor lists it). `files` must outlive the call. Signals: while the command runs, INT, QUIT, TERM, HUP, USR1 and USR2 sent to this process by kill()
/// are passed on to it; those of the terminal reach it anyway.
Result<RunOutcome> run_sandboxed(const SandboxOptions& options, VirtualFiles& files);

}  // namespace swtee::sandbox
