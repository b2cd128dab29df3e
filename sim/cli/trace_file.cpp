// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/trace_file.h"

#include "sim/cli/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace swtee::cli {

namespace po = boost::program_options;

void add_trace_option(po::options_description& options) {
  options.add_options()("trace", po::value<std::string>()->value_name("FILE"),
                        "record everything that enters the machine, for `swtee replay`; the file holds the guest's keys");
}

TraceFile::TraceFile(std::string path)
    : path_(std::move(path)), file_(path_, std::ios::binary | std::ios::out | std::ios::in), writer_(file_, kVersion) {}

Result<std::unique_ptr<TraceFile>> TraceFile::from(const ParsedCommandLine& line) {
  const auto path = line.text("trace");
  if (!path.has_value()) return std::unique_ptr<TraceFile>();
  const int fd = ::open(path->c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return fail("--trace: cannot write " + *path + ": " + std::strerror(errno));
  ::close(fd);
  auto trace = std::unique_ptr<TraceFile>(new TraceFile(*path));
  if (!trace->file_) return fail("--trace: cannot write " + *path);
  return trace;
}

Result<void> TraceFile::close() {
  file_.close();
  if (!file_) return fail("--trace: cannot write " + path_ + "; the trace is not complete");
  return {};
}

}  // namespace swtee::cli
