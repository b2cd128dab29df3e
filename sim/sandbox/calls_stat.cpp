// SPDX-License-Identifier: Apache-2.0
/// Calls that ask about a node and change nothing.
#include "sim/sandbox/calls.h"
#include "sim/sandbox/node_stat.h"
#include "sim/sandbox/path_call.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace swtee::sandbox::calls {
namespace {

enum class Form { stat, statx };

constexpr long kConfigfsMagic = 0x62656570;  // [Linux include/uapi/linux/magic.h]
constexpr long kSysfsMagic = 0x62656572;
constexpr long kTmpfsMagic = 0x01021994;

Answer show(Call& call, const struct stat& shown, std::uint64_t buffer, Form form) {
  const auto written =
      form == Form::stat ? call.task.write_as(buffer, shown) : call.task.write_as(buffer, to_statx(shown));
  return written.ok() ? value(0) : error(written.error());
}

Answer stat_path(Session& session, Call& call, int directory, std::uint64_t path, std::uint64_t buffer, Follow follow,
                 Form form) {
  PathActions actions;
  actions.on_overlay = [=](Session& s, Call& c, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    if (!node.ok()) return error(node.error());
    if (found.must_be_directory && node.value().kind != NodeKind::directory) return error(ENOTDIR);
    return show(c, to_stat(node.value()), buffer, form);
  };
  actions.on_view = [=](Session& s, Call& c, const std::string& at) {
    const auto shown = s.views.stat(at);
    return shown ? show(c, *shown, buffer, form) : proceed();
  };
  actions.on_redirected_host = [=](Session&, Call& c, const std::string& at) {
    struct stat shown {};
    const int flags = follow == Follow::all ? 0 : AT_SYMLINK_NOFOLLOW;
    if (::fstatat(AT_FDCWD, PathResolver::host_path(c.task, at).c_str(), &shown, flags) != 0) return error(errno);
    return show(c, shown, buffer, form);
  };
  return path_call(session, call, directory, path, follow, std::move(actions));
}

/// stat of a virtual descriptor; what has been removed since its opening is still shown as it was.
Answer stat_descriptor(Session& session, Call& call, int fd, std::uint64_t buffer, Form form) {
  const auto description = session.descriptions.find(call.task, fd);
  if (!description) return proceed();
  return later([&session, call, description, buffer, form]() mutable {
    const auto node = session.overlay.stat(description->path());
    return show(call, to_stat(node.ok() ? node.value() : description->node()), buffer, form);
  });
}

/// The *at form: an empty path with AT_EMPTY_PATH means the descriptor (or the working directory) itself.
Answer stat_at(Session& session, Call& call, int flags, std::uint64_t buffer, Form form) {
  const int directory = call.int_arg(0);
  if ((flags & AT_EMPTY_PATH) != 0) {
    const auto text = call.task.path_at(call.arg(1));
    if (!text.ok()) return proceed();
    if (text.value().empty() && directory != AT_FDCWD) return stat_descriptor(session, call, directory, buffer, form);
  }
  return stat_path(session, call, directory, call.arg(1), buffer,
                   (flags & AT_SYMLINK_NOFOLLOW) != 0 ? Follow::not_last : Follow::all, form);
}

Answer access_path(Session& session, Call& call, int directory, std::uint64_t path, int mode, int flags) {
  PathActions actions;
  actions.on_overlay = [mode](Session& s, Call&, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    if (!node.ok()) return error(node.error());
    // The program stands for root here, whom the mode bits do not stop; only executing needs a bit.
    const bool runs = node.value().kind == NodeKind::directory || (node.value().permissions & 0111) != 0;
    return (mode & X_OK) != 0 && !runs ? error(EACCES) : value(0);
  };
  actions.on_view = [mode](Session&, Call&, const std::string&) {
    return (mode & (W_OK | X_OK)) != 0 ? proceed() : value(0);
  };
  actions.on_redirected_host = [mode, flags](Session&, Call& c, const std::string& at) {
    return ::faccessat(AT_FDCWD, PathResolver::host_path(c.task, at).c_str(), mode, flags & ~AT_EMPTY_PATH) == 0
               ? value(0)
               : error(errno);
  };
  return path_call(session, call, directory, path, (flags & AT_SYMLINK_NOFOLLOW) != 0 ? Follow::not_last : Follow::all,
                   std::move(actions));
}

Answer give_link(Call& call, const std::string& target, std::uint64_t buffer, std::uint64_t size) {
  if (static_cast<int>(size) <= 0) return error(EINVAL);
  const std::size_t length = std::min<std::size_t>(target.size(), size);
  const auto written = call.task.copy_out(buffer, std::as_bytes(std::span(target.data(), length)));
  return written.ok() ? value(static_cast<std::int64_t>(length)) : error(written.error());
}

Answer readlink_path(Session& session, Call& call, int directory, std::uint64_t path, std::uint64_t buffer,
                     std::uint64_t size) {
  PathActions actions;
  actions.on_overlay = [=](Session& s, Call& c, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    if (!node.ok()) return error(node.error());
    if (node.value().kind != NodeKind::symbolic_link) return error(EINVAL);
    const auto target = s.overlay.files().readlink(found.path);
    return target.ok() ? give_link(c, target.value(), buffer, size) : error(target.error());
  };
  actions.on_redirected_host = [=](Session&, Call& c, const std::string& at) {
    std::array<char, kPathMax> text;
    const ssize_t length = ::readlink(PathResolver::host_path(c.task, at).c_str(), text.data(), text.size());
    return length < 0 ? error(errno) : give_link(c, {text.data(), static_cast<std::size_t>(length)}, buffer, size);
  };
  actions.on_descriptor_link = [=](Session&, Call& c, const Resolved& found) {
    return give_link(c, found.path, buffer, size);
  };
  return path_call(session, call, directory, path, Follow::not_last, std::move(actions));
}

Answer show_file_system(Call& call, const std::string& path, std::uint64_t buffer) {
  struct statfs shown {};
  const bool config = path.compare(0, 18, "/sys/kernel/config") == 0;
  shown.f_type = config ? kConfigfsMagic : path.compare(0, 5, "/sys/") == 0 ? kSysfsMagic : kTmpfsMagic;
  shown.f_bsize = shown.f_frsize = 4096;
  shown.f_namelen = 255;
  const auto written = call.task.write_as(buffer, shown);
  return written.ok() ? value(0) : error(written.error());
}

}  // namespace

Answer stat(Session& session, Call& call) {
  return stat_path(session, call, AT_FDCWD, call.arg(0), call.arg(1), Follow::all, Form::stat);
}

Answer lstat(Session& session, Call& call) {
  return stat_path(session, call, AT_FDCWD, call.arg(0), call.arg(1), Follow::not_last, Form::stat);
}

Answer fstat(Session& session, Call& call) {
  return stat_descriptor(session, call, call.int_arg(0), call.arg(1), Form::stat);
}

Answer newfstatat(Session& session, Call& call) {
  return stat_at(session, call, call.int_arg(3), call.arg(2), Form::stat);
}

Answer statx(Session& session, Call& call) { return stat_at(session, call, call.int_arg(2), call.arg(4), Form::statx); }

Answer access(Session& session, Call& call) {
  return access_path(session, call, AT_FDCWD, call.arg(0), call.int_arg(1), 0);
}

Answer faccessat(Session& session, Call& call) {
  return access_path(session, call, call.int_arg(0), call.arg(1), call.int_arg(2), 0);
}

Answer faccessat2(Session& session, Call& call) {
  return access_path(session, call, call.int_arg(0), call.arg(1), call.int_arg(2), call.int_arg(3));
}

Answer readlink(Session& session, Call& call) {
  return readlink_path(session, call, AT_FDCWD, call.arg(0), call.arg(1), call.arg(2));
}

Answer readlinkat(Session& session, Call& call) {
  return readlink_path(session, call, call.int_arg(0), call.arg(1), call.arg(2), call.arg(3));
}

Answer statfs(Session& session, Call& call) {
  PathActions actions;
  actions.on_overlay = [buffer = call.arg(1)](Session& s, Call& c, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    return node.ok() ? show_file_system(c, found.path, buffer) : error(node.error());
  };
  return path_call(session, call, AT_FDCWD, call.arg(0), Follow::all, std::move(actions));
}

Answer fstatfs(Session& session, Call& call) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  return description ? show_file_system(call, description->path(), call.arg(1)) : proceed();
}

}  // namespace swtee::sandbox::calls
