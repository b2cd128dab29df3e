// SPDX-License-Identifier: Apache-2.0
/// Calls that programs make in passing (chmod after a copy, ACLs in `ls -l`) and that have no effect on virtual files.
#include "sim/sandbox/calls.h"
#include "sim/sandbox/path_call.h"

#include <fcntl.h>

#include <cerrno>

namespace swtee::sandbox::calls {
namespace {

/// Succeeds, or fails with `code`, where the node exists.
Answer same_for_all(Session& session, Call& call, int directory, std::uint64_t path, int code) {
  PathActions actions;
  actions.on_overlay = [code](Session& s, Call&, const Resolved& found) {
    const auto node = s.overlay.stat(found.path);
    if (!node.ok()) return error(node.error());
    return code == 0 ? value(0) : error(code);
  };
  // Reached through a virtual directory, a host file tells nothing more and is not changed.
  actions.on_redirected_host = [code](Session&, Call&, const std::string&) { return error(code == 0 ? EPERM : code); };
  return path_call(session, call, directory, path, Follow::all, std::move(actions));
}

Answer same_for_descriptor(Session& session, Call& call, int code) {
  if (!session.descriptions.find(call.task, call.int_arg(0))) return proceed();
  return code == 0 ? value(0) : error(code);
}

}  // namespace

Answer change_attribute(Session& session, Call& call) {
  return same_for_all(session, call, AT_FDCWD, call.arg(0), 0);
}

Answer change_attribute_at(Session& session, Call& call) {
  // utimensat with a null path is futimens on the descriptor.
  if (call.arg(1) == 0) return same_for_descriptor(session, call, 0);
  return same_for_all(session, call, call.int_arg(0), call.arg(1), 0);
}

Answer get_extended_attribute(Session& session, Call& call) {
  return same_for_all(session, call, AT_FDCWD, call.arg(0), EOPNOTSUPP);
}

Answer list_extended_attributes(Session& session, Call& call) {
  return same_for_all(session, call, AT_FDCWD, call.arg(0), EOPNOTSUPP);
}

Answer change_attribute_of_descriptor(Session& session, Call& call) { return same_for_descriptor(session, call, 0); }

Answer get_extended_attribute_of_descriptor(Session& session, Call& call) {
  return same_for_descriptor(session, call, EOPNOTSUPP);
}

Answer list_extended_attributes_of_descriptor(Session& session, Call& call) {
  return same_for_descriptor(session, call, EOPNOTSUPP);
}

}  // namespace swtee::sandbox::calls
