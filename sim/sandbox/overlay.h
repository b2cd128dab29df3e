// SPDX-License-Identifier: Apache-2.0
/// What the program sees on top of the host's file system: the virtual files, and the parents they need.
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <string>
#include <string_view>
#include <vector>

namespace swtee::sandbox {

/// Joins an absolute directory and a name.
std::string join_path(std::string_view directory, std::string_view name);
/// The directory part of an absolute normalised path; "/" for "/".
std::string parent_path(std::string_view path);

class Overlay {
 public:
  explicit Overlay(VirtualFiles& files);

  VirtualFiles& files() const { return files_; }
  /// `path` is a mount point or lies below one.
  bool covers(std::string_view path) const;
  /// `path` is a directory on the way to a mount point. The host may have it too; then the host's is shown, with the
  /// additional names in its listing.
  bool leads_to_mount(std::string_view path) const;
  /// The names that a directory on the way must show in addition to what the host has.
  std::vector<DirectoryEntry> additional_entries(std::string_view path) const;

  /// stat and list for covered paths, and for directories on the way that the host lacks.
  SysResult<NodeStat> stat(const std::string& path) const;
  SysResult<std::vector<DirectoryEntry>> list(const std::string& path) const;

 private:
  VirtualFiles& files_;
  std::vector<std::string> mounts_;
};

}  // namespace swtee::sandbox
