// SPDX-License-Identifier: Apache-2.0
/// --trace FILE: a machine's trace in a file.
#pragma once

#include "sim/cli/command.h"
#include "sim/replay/trace_writer.h"

#include <fstream>
#include <memory>

namespace swtee::cli {

class TraceFile {
 public:
  /// Null without --trace. Replaces the file; only its owner may read it, because the guest's keys stand in it.
  static Result<std::unique_ptr<TraceFile>> from(const ParsedCommandLine& line);

  machine::CallSink& calls() { return writer_; }
  /// Whether all that was recorded is in the file.
  Result<void> close();

 private:
  explicit TraceFile(std::string path);

  std::string path_;
  std::ofstream file_;
  replay::TraceWriter writer_;
};

/// The option for a command's table.
void add_trace_option(boost::program_options::options_description& options);

}  // namespace swtee::cli
