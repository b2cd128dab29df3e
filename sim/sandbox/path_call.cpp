// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/path_call.h"

#include <cerrno>

namespace swtee::sandbox {
namespace {

Answer act(Session& session, Call& call, const Resolved& found, const PathActions& actions) {
  switch (found.where) {
    case Where::host:
      if (actions.on_view && session.views.has(found.path)) return actions.on_view(session, call, found.path);
      if (found.kernel_finds_it && actions.on_merged_directory && session.overlay.leads_to_mount(found.path))
        return actions.on_merged_directory(session, call, found.path);
      if (found.kernel_finds_it) return proceed();
      return actions.on_redirected_host ? actions.on_redirected_host(session, call, found.path) : error(EXDEV);
    case Where::overlay:
      return actions.on_overlay ? actions.on_overlay(session, call, found) : error(EPERM);
    case Where::descriptor_link:
      return actions.on_descriptor_link ? actions.on_descriptor_link(session, call, found) : proceed();
  }
  return proceed();
}

}  // namespace

Answer path_call(Session& session, Call& call, int directory, std::uint64_t path_address, Follow follow,
                 PathActions actions) {
  auto text = call.task.path_at(path_address);
  if (!text.ok() || text.value().empty()) return proceed();
  const auto near = session.paths.resolve(call.task, directory, text.value(), follow, Reach::border);
  // What the walk could not follow in /proc is not ours to judge; the kernel repeats it and says what is wrong.
  if (!near.ok()) return near.error().code == EBADF ? proceed() : error(near.error());
  if (near.value().where != Where::overlay && near.value().kernel_finds_it)
    return act(session, call, near.value(), actions);
  return later([&session, call, directory, follow, text = std::move(text).value(),
                actions = std::move(actions)]() mutable {
    session.descriptions.settle();
    const auto found = session.paths.resolve(call.task, directory, text, follow, Reach::everything);
    if (!found.ok()) return error(found.error());
    if (!session.notifier.alive(call.id)) return done();
    return act(session, call, found.value(), actions);
  });
}

}  // namespace swtee::sandbox
