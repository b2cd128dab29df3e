// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/overlay.h"

#include <algorithm>
#include <cerrno>
#include <functional>

namespace swtee::sandbox {
namespace {

bool below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.size() > directory.size() && path.substr(0, directory.size()) == directory && path[directory.size()] == '/';
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view name) {
  std::string joined(directory);
  if (joined != "/") joined += '/';
  joined += name;
  return joined;
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

Overlay::Overlay(VirtualFiles& files) : files_(files), mounts_(files.mount_points()) {}

bool Overlay::covers(std::string_view path) const {
  return std::any_of(mounts_.begin(), mounts_.end(),
                     [&](const std::string& mount) { return path == mount || below(path, mount); });
}

bool Overlay::leads_to_mount(std::string_view path) const {
  return std::any_of(mounts_.begin(), mounts_.end(), [&](const std::string& mount) { return below(mount, path); });
}

std::vector<DirectoryEntry> Overlay::additional_entries(std::string_view path) const {
  std::vector<DirectoryEntry> entries;
  for (const std::string& mount : mounts_) {
    if (!below(mount, path)) continue;
    const std::size_t start = path == "/" ? 1 : path.size() + 1;
    const std::string child = mount.substr(0, mount.find('/', start));
    const std::string name = child.substr(start);
    if (std::any_of(entries.begin(), entries.end(), [&](const DirectoryEntry& e) { return e.name == name; })) continue;
    if (const auto node = stat(child); node.ok()) entries.push_back({name, node.value().kind, node.value().inode});
  }
  return entries;
}

SysResult<NodeStat> Overlay::stat(const std::string& path) const {
  if (covers(path)) return files_.stat(path);
  if (!leads_to_mount(path)) return sys_error(ENOENT);
  NodeStat node;
  node.kind = NodeKind::directory;
  node.permissions = 0755;
  node.inode = std::hash<std::string>{}(path) | 1;
  return node;
}

SysResult<std::vector<DirectoryEntry>> Overlay::list(const std::string& path) const {
  if (covers(path)) return files_.list(path);
  if (!leads_to_mount(path)) return sys_error(ENOENT);
  return additional_entries(path);
}

}  // namespace swtee::sandbox
