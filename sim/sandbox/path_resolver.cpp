// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/path_resolver.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>

namespace swtee::sandbox {
namespace {

constexpr int kMaxLinks = 40;
constexpr std::size_t kMaxNames = 4096;

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// /proc/PID/fd or /proc/PID/task/TID/fd: its entries are links that name open files, not paths.
bool lists_descriptors(std::string_view directory) {
  return directory.substr(0, 6) == "/proc/" && directory.size() > 9 && directory.substr(directory.size() - 3) == "/fd";
}

std::deque<std::string> split(std::string_view text) {
  std::deque<std::string> names;
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    if (slash != 0) names.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
  }
  return names;
}

/// One walk. Keeps the program's root open, so that each lookup on the host costs one call.
class Walk {
 public:
  Walk(const Task& task, const Overlay& overlay, const Descriptions& descriptions, Follow follow, Reach reach)
      : task_(task), overlay_(overlay), descriptions_(descriptions), follow_(follow), reach_(reach),
        root_(::open(task.proc_path("root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

  SysResult<Resolved> go(std::string base, bool base_is_virtual, const std::string& text) {
    result_.kernel_finds_it = !base_is_virtual;
    here_ = std::move(base);
    here_is_overlay_ = base_is_virtual && is_overlay(here_);
    names_ = split(text);
    result_.must_be_directory = text.back() == '/' || ends_with_dots(text);
    while (!names_.empty()) {
      if (++steps_ > kMaxNames) return sys_error(ELOOP);
      std::string name = std::move(names_.front());
      names_.pop_front();
      const auto finished = step(name);
      if (!finished.ok()) return Failure<Errno>(finished.error());
      if (finished.value()) return std::move(result_);
    }
    conclude(here_is_overlay_ ? Where::overlay : Where::host, here_);
    return std::move(result_);
  }

 private:
  static bool ends_with_dots(std::string_view text) {
    const std::size_t slash = text.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? text : text.substr(slash + 1);
    return last == "." || last == "..";
  }

  bool is_overlay(const std::string& path) const {
    return overlay_.covers(path) || (overlay_.leads_to_mount(path) && !exists_on_host(path));
  }

  bool exists_on_host(const std::string& path) const {
    struct stat found {};
    return ::fstatat(root_.get(), relative(path), &found, AT_SYMLINK_NOFOLLOW) == 0;
  }

  /// True when the walk is over and result_ is set.
  SysResult<bool> step(const std::string& name) {
    if (name == ".") return false;
    if (name == "..") {
      here_ = parent_path(here_);
      here_is_overlay_ = is_overlay(here_);
      return false;
    }
    const std::string next = join_path(here_, name);
    if (overlay_.covers(next)) return step_in_overlay(next);
    if (lists_descriptors(here_) && all_digits(name)) return step_to_descriptor(next);
    if (here_is_overlay_ && !overlay_.leads_to_mount(next)) return stop_at(Where::overlay, next);
    return step_on_host(next);
  }

  SysResult<bool> step_in_overlay(const std::string& next) {
    if (!here_is_overlay_ && !overlay_.covers(here_) && !mount_exists(next)) return step_on_host(next);
    result_.kernel_finds_it = false;
    if (reach_ == Reach::border) return stop_at(Where::overlay, next);
    const auto node = overlay_.stat(next);
    if (!node.ok()) return stop_at(Where::overlay, next);
    if (node.value().kind == NodeKind::symbolic_link && !(names_.empty() && follow_ == Follow::not_last)) {
      const auto target = overlay_.files().readlink(next);
      if (!target.ok()) return Failure<Errno>(target.error());
      return follow_link(target.value());
    }
    if (!names_.empty() && node.value().kind != NodeKind::directory) return sys_error(ENOTDIR);
    here_ = next;
    here_is_overlay_ = true;
    return false;
  }

  /// A mount point without a node is as if it were not mounted. Only asked where that can be told without waiting.
  bool mount_exists(const std::string& next) const {
    return reach_ == Reach::border || overlay_.stat(next).ok();
  }

  SysResult<bool> step_to_descriptor(const std::string& next) {
    struct stat found {};
    const bool last = names_.empty();
    if (::fstatat(root_.get(), relative(next), &found, 0) == 0) {
      if (const auto description = descriptions_.find_by_stat(found)) {
        if (last && follow_ == Follow::not_last) return finish(Where::descriptor_link, description->path());
        result_.kernel_finds_it = false;
        here_ = description->path();
        here_is_overlay_ = true;
        if (!last && !description->directory()) return sys_error(ENOTDIR);
        if (reach_ == Reach::border) return stop_at(Where::overlay, here_);
        return false;
      }
    }
    // A link to a file may read like a path but is the open file itself; only directories are worth walking on.
    if (last || !S_ISDIR(found.st_mode)) return stop_at(Where::host, next);
    return step_on_host(next);
  }

  SysResult<bool> step_on_host(const std::string& next) {
    if (here_ == "/proc" && (next == "/proc/self" || next == "/proc/thread-self")) {
      if (names_.empty() && follow_ == Follow::not_last) return finish(Where::host, next);
      std::string text = std::to_string(task_.process());
      if (next == "/proc/thread-self") text += "/task/" + std::to_string(task_.tid());
      return follow_link(text);
    }
    std::array<char, kPathMax> text;
    const ssize_t length = ::readlinkat(root_.get(), relative(next), text.data(), text.size());
    if (length >= 0) {
      if (names_.empty() && follow_ == Follow::not_last) return finish(Where::host, next);
      return follow_link(std::string(text.data(), static_cast<std::size_t>(length)));
    }
    if (errno == EINVAL) {
      here_ = next;
      here_is_overlay_ = false;
      return false;
    }
    if (errno == ENOENT && overlay_.leads_to_mount(next)) {
      result_.kernel_finds_it = false;
      here_ = next;
      here_is_overlay_ = true;
      return false;
    }
    // Missing or not for us to see: nothing virtual lies beyond, so the rest is the kernel's to judge.
    return stop_at(Where::host, next);
  }

  SysResult<bool> follow_link(const std::string& target) {
    if (target.empty()) return sys_error(ENOENT);
    if (++links_ > kMaxLinks) return sys_error(ELOOP);
    if (target.front() == '/') {
      here_ = "/";
      here_is_overlay_ = false;
    }
    std::deque<std::string> names = split(target);
    names_.insert(names_.begin(), std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
    return false;
  }

  /// Ends the walk with the rest of the names appended as they are.
  SysResult<bool> stop_at(Where where, std::string path) {
    for (const std::string& name : names_) {
      if (name == "..") {
        // Across a name that may not exist: the kernel says ENOENT there, and a lexical answer could name another file.
        if (where == Where::overlay && reach_ == Reach::everything) return sys_error(ENOENT);
        path = parent_path(path);
      } else if (name != ".") {
        if (where == Where::overlay && reach_ == Reach::everything) return sys_error(ENOENT);
        path = join_path(path, name);
      }
    }
    return finish(where, std::move(path));
  }

  SysResult<bool> finish(Where where, std::string path) {
    conclude(where, std::move(path));
    return true;
  }

  void conclude(Where where, std::string path) {
    result_.where = where;
    result_.path = std::move(path);
    if (where == Where::overlay) result_.kernel_finds_it = false;
  }

  static const char* relative(const std::string& path) { return path.size() > 1 ? path.c_str() + 1 : "."; }

  const Task& task_;
  const Overlay& overlay_;
  const Descriptions& descriptions_;
  Follow follow_;
  Reach reach_;
  UniqueFd root_;
  std::string here_;
  bool here_is_overlay_ = false;
  std::deque<std::string> names_;
  Resolved result_;
  int links_ = 0;
  std::size_t steps_ = 0;
};

/// A path that the kernel prints for the supervisor, as seen from the program's own root.
std::optional<std::string> from_own_root(const Task& task, std::string path) {
  if (path.empty() || path.front() != '/') return std::nullopt;
  const std::string root = task.link("root");
  if (root == "/" || root.empty()) return path;
  if (path.compare(0, root.size(), root) != 0) return std::nullopt;
  path.erase(0, root.size());
  return path.empty() ? "/" : path;
}

}  // namespace

SysResult<PathResolver::Base> PathResolver::base_of(const Task& task, int directory) const {
  std::string link_name = "cwd";
  if (directory == AT_FDCWD) {
    if (auto virtual_directory = directories_.of(task)) return Base{std::move(*virtual_directory), true};
  } else {
    if (directory < 0) return sys_error(EBADF);
    link_name = "fd/" + std::to_string(directory);
    if (const auto description = descriptions_.find(task, directory)) {
      if (!description->directory()) return sys_error(ENOTDIR);
      return Base{description->path(), true};
    }
  }
  auto path = from_own_root(task, task.link(link_name));
  return path ? Base{std::move(*path), false} : Base{"", false};
}

SysResult<Resolved> PathResolver::resolve(const Task& task, int directory, const std::string& text, Follow follow,
                                          Reach reach) const {
  if (text.empty()) return sys_error(ENOENT);
  Base base{"/", false};
  if (text.front() != '/') {
    auto found = base_of(task, directory);
    if (!found.ok()) return Failure<Errno>(found.error());
    base = std::move(found).value();
    // A deleted or unreachable directory has no path; nothing virtual is below it.
    if (base.path.empty()) return Resolved{Where::host, text, true, false};
  }
  return Walk(task, overlay_, descriptions_, follow, reach).go(std::move(base.path), base.is_virtual, text);
}

}  // namespace swtee::sandbox
