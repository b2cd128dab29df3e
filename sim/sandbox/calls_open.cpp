// SPDX-License-Identifier: Apache-2.0
/// open, openat, openat2, creat.
#include "sim/sandbox/calls.h"
#include "sim/sandbox/path_call.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cerrno>

namespace swtee::sandbox::calls {
namespace {

struct Opening {
  int flags;
  mode_t mode;
};

bool for_writing(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }
bool close_on_exec(int flags) { return (flags & O_CLOEXEC) != 0; }

/// What the virtual file system layer of a kernel checks before it asks the file.
SysResult<void> check_node(const Resolved& found, const NodeStat& node, int flags) {
  const bool directory = node.kind == NodeKind::directory;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return sys_error(EEXIST);
  if (node.kind == NodeKind::symbolic_link && (flags & O_PATH) == 0) return sys_error(ELOOP);
  if (!directory && ((flags & O_DIRECTORY) != 0 || found.must_be_directory)) return sys_error(ENOTDIR);
  if (directory && (flags & O_PATH) == 0 && (for_writing(flags) || (flags & O_CREAT) != 0)) return sys_error(EISDIR);
  return {};
}

/// The file or listing behind a new description.
SysResult<void> attach(Session& session, Description& description, int flags) {
  if ((flags & O_PATH) != 0) return {};
  if (description.directory()) {
    auto entries = session.overlay.list(description.path());
    if (!entries.ok()) return Failure<Errno>(entries.error());
    description.attach(std::move(entries).value());
    return {};
  }
  auto file = session.overlay.files().open(description.path(), {description.readable(), description.writable()});
  if (!file.ok()) return Failure<Errno>(file.error());
  description.attach(std::move(file).value());
  return {};
}

Answer open_virtual(Session& session, Call& call, const Resolved& found, const Opening& how) {
  if ((how.flags & O_TMPFILE) == O_TMPFILE) return error(EOPNOTSUPP);
  const auto node = session.overlay.stat(found.path);
  // configfs, sysfs and devtmpfs let nobody create files.
  if (!node.ok()) return error(node.error().code == ENOENT && (how.flags & O_CREAT) != 0 ? EACCES : node.error().code);
  if (const auto checked = check_node(found, node.value(), how.flags); !checked.ok()) return error(checked.error());
  const auto description = session.descriptions.create(found.path, node.value(), how.flags);
  if (!description.ok()) return error(description.error());
  if (const auto attached = attach(session, *description.value(), how.flags); !attached.ok())
    return error(attached.error());
  auto descriptor = description.value()->make_descriptor();
  if (!descriptor.ok()) return error(descriptor.error());
  session.descriptions.enter(description.value());
  return session.place_in_window(call, std::move(descriptor).value(), close_on_exec(how.flags));
}

Answer open_view(Session& session, Call& call, const std::string& path, const Opening& how) {
  if (for_writing(how.flags) || (how.flags & (O_PATH | O_TRUNC | O_DIRECTORY)) != 0) return proceed();
  const auto view = session.views.open(path);
  if (!view.ok()) return error(view.error());
  return session.place(call, view.value(), close_on_exec(how.flags));
}

/// A directory such as /dev is opened for the program, and kept, so that its listing can show our names too.
Answer open_merged(Session& session, Call& call, const std::string& path, const Opening& how) {
  if (for_writing(how.flags) || (how.flags & (O_PATH | O_CREAT)) != 0) return proceed();
  auto merged = std::make_shared<MergedDirectory>();
  const std::string host = PathResolver::host_path(call.task, path);
  merged->directory = UniqueFd(::open(host.c_str(), (how.flags & O_NONBLOCK) | O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!merged->directory.valid() || ::fstat(merged->directory.get(), &merged->identity) != 0) return proceed();
  merged->path = path;
  session.merged_directories.keep(merged);
  return session.place(call, merged->directory, close_on_exec(how.flags));
}

/// The kernel cannot walk through a virtual directory, so the open is done for the program.
Answer open_for_program(Session& session, Call& call, const std::string& path, const Opening& how) {
  const std::string host = PathResolver::host_path(call.task, path);
  UniqueFd opened(::open(host.c_str(), how.flags | O_CLOEXEC | O_NOCTTY, how.mode));
  if (!opened.valid()) return error(errno);
  return session.place(call, opened, close_on_exec(how.flags));
}

Answer open_path(Session& session, Call& call, int directory, std::uint64_t path, const Opening& how) {
  const bool last_is_itself = (how.flags & O_NOFOLLOW) != 0 || (how.flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  PathActions actions;
  actions.on_overlay = [how](Session& s, Call& c, const Resolved& found) { return open_virtual(s, c, found, how); };
  actions.on_view = [how](Session& s, Call& c, const std::string& at) { return open_view(s, c, at, how); };
  actions.on_merged_directory = [how](Session& s, Call& c, const std::string& at) {
    return open_merged(s, c, at, how);
  };
  actions.on_redirected_host = [how](Session& s, Call& c, const std::string& at) {
    return open_for_program(s, c, at, how);
  };
  return path_call(session, call, directory, path, last_is_itself ? Follow::not_last : Follow::all, std::move(actions));
}

}  // namespace

Answer open(Session& session, Call& call) {
  return open_path(session, call, AT_FDCWD, call.arg(0), {call.int_arg(1), static_cast<mode_t>(call.arg(2))});
}

Answer openat(Session& session, Call& call) {
  return open_path(session, call, call.int_arg(0), call.arg(1), {call.int_arg(2), static_cast<mode_t>(call.arg(3))});
}

Answer openat2(Session& session, Call& call) {
  if (call.arg(3) < sizeof(open_how)) return proceed();
  const auto how = call.task.read_as<open_how>(call.arg(2));
  if (!how.ok()) return proceed();
  return open_path(session, call, call.int_arg(0), call.arg(1),
                   {static_cast<int>(how.value().flags), static_cast<mode_t>(how.value().mode)});
}

Answer creat(Session& session, Call& call) {
  return open_path(session, call, AT_FDCWD, call.arg(0), {O_CREAT | O_WRONLY | O_TRUNC, static_cast<mode_t>(call.arg(1))});
}

}  // namespace swtee::sandbox::calls
