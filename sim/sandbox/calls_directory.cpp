// SPDX-License-Identifier: Apache-2.0
/// Calls that change or list directories, and the working directory.
#include "sim/sandbox/calls.h"
#include "sim/sandbox/directory_records.h"
#include "sim/sandbox/path_call.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace swtee::sandbox::calls {
namespace {

Answer from(const SysResult<void>& result) { return result.ok() ? value(0) : error(result.error()); }

Answer mkdir_path(Session& session, Call& call, int directory, std::uint64_t path, std::uint32_t mode) {
  PathActions actions;
  actions.on_overlay = [mode](Session& s, Call&, const Resolved& found) {
    if (s.overlay.stat(found.path).ok()) return error(EEXIST);
    if (!s.overlay.covers(found.path)) return error(EPERM);
    return from(s.overlay.files().mkdir(found.path, mode & 07777));
  };
  return path_call(session, call, directory, path, Follow::not_last, std::move(actions));
}

Answer remove_path(Session& session, Call& call, int directory, std::uint64_t path, bool is_rmdir) {
  PathActions actions;
  actions.on_overlay = [is_rmdir](Session& s, Call&, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    if (!node.ok()) return error(node.error());
    const bool is_directory = node.value().kind == NodeKind::directory;
    if (is_rmdir && !is_directory) return error(ENOTDIR);
    if (!is_rmdir && is_directory) return error(EISDIR);
    if (!s.overlay.covers(found.path)) return error(EBUSY);
    return from(is_rmdir ? s.overlay.files().rmdir(found.path) : s.overlay.files().unlink(found.path));
  };
  return path_call(session, call, directory, path, Follow::not_last, std::move(actions));
}

/// The program's working directory becomes a path that the kernel cannot hold for it.
Answer enter(Session& session, Call& call, const std::string& path) {
  session.directories.enter(call.task, path);
  return value(0);
}

Answer give_records(Call& call, const std::vector<std::byte>& records) {
  const auto written = call.task.copy_out(call.arg(1), records);
  return written.ok() ? value(static_cast<std::int64_t>(records.size())) : error(written.error());
}

std::size_t room_of(const Call& call) { return std::min<std::size_t>(call.arg(2) & 0xffffffffu, 1u << 20); }

Answer list_virtual(Call& call, Description& description, RecordForm form) {
  if (description.path_only()) return error(EBADF);
  if (!description.directory()) return error(ENOTDIR);
  std::lock_guard guard(description.mutex());
  std::vector<DirectoryEntry> all{{".", NodeKind::directory, description.node().inode},
                                  {"..", NodeKind::directory, description.node().inode}};
  all.insert(all.end(), description.entries().begin(), description.entries().end());
  std::uint64_t next = description.position;
  const auto records = directory_records(all, next, room_of(call), form);
  if (records.empty()) return next < all.size() ? error(EINVAL) : value(0);
  Answer answer = give_records(call, records);
  if (answer.kind == Answer::Kind::value) description.position = next;
  return answer;
}

/// The host's entries first, then ours that it lacks.
Answer list_merged(Session& session, Call& call, MergedDirectory& merged) {
  std::lock_guard guard(merged.mutex);
  std::vector<std::byte> records(room_of(call));
  const long got = ::syscall(SYS_getdents64, merged.directory.get(), records.data(), records.size());
  if (got < 0) return error(errno);
  if (got > 0) {
    merged.names_added = false;
    records.resize(static_cast<std::size_t>(got));
    return give_records(call, records);
  }
  if (merged.names_added) return value(0);
  std::vector<DirectoryEntry> ours = session.overlay.additional_entries(merged.path);
  std::erase_if(ours, [&](const DirectoryEntry& entry) {
    return ::faccessat(merged.directory.get(), entry.name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  });
  std::uint64_t next = 0;
  const auto added = directory_records(ours, next, room_of(call), RecordForm::linux_dirent64);
  merged.names_added = true;
  return give_records(call, added);
}

}  // namespace

Answer mkdir(Session& session, Call& call) {
  return mkdir_path(session, call, AT_FDCWD, call.arg(0), static_cast<std::uint32_t>(call.arg(1)));
}

Answer mkdirat(Session& session, Call& call) {
  return mkdir_path(session, call, call.int_arg(0), call.arg(1), static_cast<std::uint32_t>(call.arg(2)));
}

Answer rmdir(Session& session, Call& call) { return remove_path(session, call, AT_FDCWD, call.arg(0), true); }

Answer unlink(Session& session, Call& call) { return remove_path(session, call, AT_FDCWD, call.arg(0), false); }

Answer unlinkat(Session& session, Call& call) {
  return remove_path(session, call, call.int_arg(0), call.arg(1), (call.int_arg(2) & AT_REMOVEDIR) != 0);
}

Answer chdir(Session& session, Call& call) {
  PathActions actions;
  actions.on_overlay = [](Session& s, Call& c, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    if (!node.ok()) return error(node.error());
    return node.value().kind == NodeKind::directory ? enter(s, c, found.path) : error(ENOTDIR);
  };
  actions.on_redirected_host = [](Session& s, Call& c, const std::string& at) {
    struct stat found {};
    if (::stat(PathResolver::host_path(c.task, at).c_str(), &found) != 0) return error(errno);
    return S_ISDIR(found.st_mode) ? enter(s, c, at) : error(ENOTDIR);
  };
  Answer answer = path_call(session, call, AT_FDCWD, call.arg(0), Follow::all, std::move(actions));
  if (answer.kind != Answer::Kind::proceed || !session.directories.of(call.task)) return answer;
  // The kernel decides, but does not tell us: foresee whether it will succeed.
  const auto text = call.task.path_at(call.arg(0));
  if (text.ok() && ::access(PathResolver::host_path(call.task, text.value()).c_str(), X_OK) == 0)
    session.directories.leave(call.task);
  return answer;
}

Answer fchdir(Session& session, Call& call) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  if (description) return description->directory() ? enter(session, call, description->path()) : error(ENOTDIR);
  const auto found = call.task.descriptor_stat(call.int_arg(0));
  if (found && S_ISDIR(found->st_mode)) session.directories.leave(call.task);
  return proceed();
}

Answer getcwd(Session& session, Call& call) {
  const auto path = session.directories.of(call.task);
  if (!path) return proceed();
  if (path->size() + 1 > call.arg(1)) return error(ERANGE);
  const auto written = call.task.copy_out(call.arg(0), std::as_bytes(std::span(path->c_str(), path->size() + 1)));
  return written.ok() ? value(static_cast<std::int64_t>(path->size() + 1)) : error(written.error());
}

Answer getdents(Session& session, Call& call) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  return description ? list_virtual(call, *description, RecordForm::linux_dirent) : proceed();
}

Answer getdents64(Session& session, Call& call) {
  if (const auto description = session.descriptions.find(call.task, call.int_arg(0)))
    return list_virtual(call, *description, RecordForm::linux_dirent64);
  const auto merged = session.merged_directories.find(call.task, call.int_arg(0));
  if (!merged) return proceed();
  return later([&session, call, merged]() mutable { return list_merged(session, call, *merged); });
}

}  // namespace swtee::sandbox::calls
