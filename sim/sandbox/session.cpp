// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/session.h"

#include <cerrno>

namespace swtee::sandbox {

Answer Session::place_in_window(Call& call, const UniqueFd& fd, bool close_on_exec, int at_least) {
  std::lock_guard guard(placing_);
  const std::uint32_t size = window.handover() - window.first;
  for (std::uint32_t tried = 0; tried < size; ++tried) {
    // Going round keeps a number unused for a while after its close, as a late call on it would then hit another file.
    const int number = static_cast<int>(window.first + next_slot_++ % size);
    if (number < at_least || call.task.descriptor_open(number)) continue;
    const auto placed = notifier.add_and_answer(call.id, fd.get(), number, close_on_exec);
    if (placed.ok()) return done();
    if (placed.error().code == EBADF || placed.error().code == EMFILE) break;
    return error(placed.error());
  }
  return place(call, fd, close_on_exec);
}

Answer Session::place(Call& call, const UniqueFd& fd, bool close_on_exec) {
  const auto placed = notifier.add_and_answer(call.id, fd.get(), std::nullopt, close_on_exec);
  return placed.ok() ? done() : error(placed.error());
}

}  // namespace swtee::sandbox
