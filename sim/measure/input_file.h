// SPDX-License-Identifier: Apache-2.0
/// Files that are measured: anything that can be read from begin to end, pipes included.
#pragma once

#include "firmware/contract/result.h"
#include "sim/host/launch_plan.h"

#include <cstdio>
#include <memory>
#include <string>

namespace swtee::measure {

class InputFile {
 public:
  /// Fails with the path and the system's reason.
  static Result<InputFile> open(const std::string& path);

  /// The next bytes; 0 at the end of the file.
  Result<std::size_t> read(MutableBytes buffer);
  /// All that is left. Fails when it is more than `max` bytes.
  Result<host::SharedBytes> read_all(std::size_t max);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  InputFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// Size in bytes, without reading.
Result<std::uint64_t> size_of_file(const std::string& path);

}  // namespace swtee::measure
