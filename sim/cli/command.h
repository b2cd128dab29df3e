// SPDX-License-Identifier: Apache-2.0
/// One command of the program: `swtee NAME [OPTIONS] [OPERANDS]`. Everything that commands share is here, so that help,
/// errors, exit codes and --json feel the same everywhere.
///
/// A command is a row: `main` holds a table of them and dispatches, prints the list, and derives shell completion from
/// `options`. A command never calls exit and never touches std::cout.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/platform/clock.h"

#include <boost/program_options.hpp>

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace swtee::cli {

/// Exit codes of every command.
enum ExitCode : int {
  kYes = 0,          ///< done; the answer is yes
  kNo = 1,           ///< done; the answer is no: evidence refused, a difference found
  kUsage = 2,        ///< the command line is wrong; nothing was done
  kEnvironment = 3,  ///< something outside failed: a file, the network, a feature that the machine lacks
};

/// Where a command reads and writes.
struct Context {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  const Clock& clock;
  /// `out` is a terminal: colours and marks may be used.
  bool out_is_terminal = false;
};

using Arguments = std::vector<std::string>;

struct Command {
  std::string_view name;      ///< "verify"
  std::string_view summary;   ///< one line for `swtee --help`
  std::string_view operands;  ///< "REPORT", "FILE...", "-- COMMAND [ARGUMENT...]"; empty when there are none
  std::string_view about;     ///< what it does and what it means, paragraphs for `swtee NAME --help`
  std::string_view examples;  ///< lines to copy, each with what it is for
  /// The options as a table. Without --help and --json, which `parse_command_line` adds.
  boost::program_options::options_description (*options)();
  /// Gets the arguments after the command's name. Returns an ExitCode, or what a started program exited with.
  int (*run)(const Arguments& arguments, Context& context);
};

/// A command line that was understood.
struct ParsedCommandLine {
  boost::program_options::variables_map options;
  Arguments operands;
  bool json = false;

  bool has(const std::string& name) const { return options.count(name) != 0; }
  /// Value of an option that may be absent.
  std::optional<std::string> text(const std::string& name) const;
  /// Values of an option that may be repeated.
  std::vector<std::string> texts(const std::string& name) const;
};

/// How many operands a command takes.
struct OperandCount {
  std::size_t least = 0;
  std::size_t most = 0;
};
inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

/// The command line, or the exit code with which the command ends now: help was asked for and printed (kYes), or the
/// line was wrong and the error printed with a hint (kUsage). What follows "--" is operands even when it begins with "-".
std::variant<ParsedCommandLine, int> parse_command_line(const Command& command, const Arguments& arguments,
                                                        OperandCount operands, Context& context);

/// `swtee NAME --help`.
void print_help(const Command& command, std::ostream& out);

/// Prints "swtee NAME: what" and gives back kUsage.
int usage_error(const Command& command, const std::string& what, Context& context);
/// Prints "swtee NAME: what" and gives back kEnvironment.
int environment_error(const Command& command, const std::string& what, Context& context);

}  // namespace swtee::cli
