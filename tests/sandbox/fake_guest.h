// SPDX-License-Identifier: Apache-2.0
/// A small honest file system for the sandbox tests: a device with one ioctl, and an attribute directory that behaves as
/// configfs does (collect and commit at close for binary attributes, one store for each write of text attributes).
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace swtee::sandbox::testing {

/// ioctl of /dev/fake: {u64 in; u64 out}: out = in + 1.
inline constexpr std::uint32_t kFakeIncrement = 0xC0105300;
/// ioctl of /dev/fake: waits two seconds, then returns 0.
inline constexpr std::uint32_t kFakeWait = 0xC0105301;

struct FakeEntry {
  std::mutex mutex;
  std::string in;
  int level = 0;
  unsigned generation = 0;
};

class FakeGuest final : public VirtualFiles {
 public:
  static constexpr const char* kTree = "/sys/kernel/config/fake/report";
  static constexpr const char* kDevice = "/dev/fake";

  std::vector<std::string> mount_points() const override;
  SysResult<NodeStat> stat(std::string_view path) override;
  SysResult<std::unique_ptr<OpenFile>> open(std::string_view path, OpenMode mode) override;
  SysResult<std::vector<DirectoryEntry>> list(std::string_view path) override;
  SysResult<void> mkdir(std::string_view path, std::uint32_t permissions) override;
  SysResult<void> rmdir(std::string_view path) override;
  SysResult<std::string> readlink(std::string_view path) override;

  std::atomic<int> directories_made{0};
  std::atomic<int> files_released{0};

 private:
  std::shared_ptr<FakeEntry> entry(const std::string& name);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<FakeEntry>> entries_;
};

}  // namespace swtee::sandbox::testing
