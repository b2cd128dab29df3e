// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/clock.h"
#include "sim/vendor/authority.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace swtee::vendor {

/// 2026-03-04T05:06:07Z unless set.
class FixedClock : public Clock {
 public:
  std::int64_t unix_seconds() const override { return now; }
  std::atomic<std::int64_t> now{1772600767};
};

/// A directory of its own for each test, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "swtee-vendor-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  template <class Content>
  std::string write(const std::string& name, const Content& content) const {
    std::ofstream(file(name), std::ios::binary).write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

struct CommandResult {
  int status = -1;
  std::string output;  ///< standard output and error
};

inline CommandResult run(const std::string& command) {
  CommandResult result;
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> piece;
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), pipe)) result.output.append(piece.data(), count);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

inline VendorAuthority make_authority(const Clock& clock, crypto::PssTrailer trailer = crypto::PssTrailer::omitted) {
  AuthorityOptions options;
  options.clock = &clock;
  options.leaf_trailer = trailer;
  return VendorAuthority::create(std::move(options)).value();
}

}  // namespace swtee::vendor
