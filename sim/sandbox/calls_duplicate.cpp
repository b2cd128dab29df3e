// SPDX-License-Identifier: Apache-2.0
/// dup and its relatives on virtual descriptors.
#include "sim/sandbox/calls.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>

namespace swtee::sandbox::calls {
namespace {

/// A second number in the window. The kernel sees two descriptions of one memory file; we see one description.
Answer duplicate_in_window(Session& session, Call& call, bool close_on_exec, int at_least) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  if (!description || at_least >= static_cast<int>(session.window.handover())) return proceed();
  auto descriptor = description->make_descriptor();
  if (!descriptor.ok()) return error(descriptor.error());
  return session.place_in_window(call, std::move(descriptor).value(), close_on_exec, at_least);
}

}  // namespace

Answer dup(Session& session, Call& call) { return duplicate_in_window(session, call, false, 0); }

Answer fcntl(Session& session, Call& call) {
  const int command = call.int_arg(1);
  if (command != F_DUPFD && command != F_DUPFD_CLOEXEC) return proceed();
  if (call.int_arg(2) < 0) return proceed();
  return duplicate_in_window(session, call, command == F_DUPFD_CLOEXEC, call.int_arg(2));
}

/// dup2 and dup3 name the number, so the descriptor may leave the window: what it will read is prepared now, and what it
/// will write is collected later.
Answer dup2(Session& session, Call& call) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  const bool stays = session.window.contains(static_cast<std::uint32_t>(call.int_arg(1)));
  if (!description || stays || description->directory() || !description->readable()) return proceed();
  return later([&session, description] {
    session.descriptions.settle();
    std::lock_guard guard(description->mutex());
    if (description->file() == nullptr) return proceed();
    const auto filled = description->fill_for_bypass();
    // A device has nothing to read (EINVAL) and is moved for its ioctls.
    if (!filled.ok() && description->node().kind == NodeKind::regular) return error(filled.error());
    return proceed();
  });
}

}  // namespace swtee::sandbox::calls
