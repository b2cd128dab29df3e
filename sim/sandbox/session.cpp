// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/session.h"

#include <cerrno>

namespace swtee::sandbox {

SysResult<int> Session::add_in_window(Call& call, const UniqueFd& fd, bool close_on_exec, int at_least) {
  std::lock_guard guard(placing_);
  const std::uint32_t size = window.handover() - window.first;
  for (std::uint32_t tried = 0; tried < size; ++tried) {
    // Going round keeps a number unused for a while after its close, as a late call on it would then hit another file.
    const int number = static_cast<int>(window.first + next_slot_++ % size);
    if (number < at_least || call.task.descriptor_open(number)) continue;
    const auto placed = notifier.add(call.id, fd.get(), number, close_on_exec);
    if (placed.ok() || (placed.error().code != EBADF && placed.error().code != EMFILE)) return placed;
    break;
  }
  return notifier.add(call.id, fd.get(), std::nullopt, close_on_exec);
}

Answer Session::place_in_window(Call& call, UniqueFd fd, bool close_on_exec, int at_least) {
  const auto placed = add_in_window(call, fd, close_on_exec, at_least);
  fd.reset();
  return placed.ok() ? value(placed.value()) : error(placed.error());
}

Answer Session::place(Call& call, const UniqueFd& fd, bool close_on_exec) {
  const auto placed = notifier.add_and_answer(call.id, fd.get(), std::nullopt, close_on_exec);
  return placed.ok() ? done() : error(placed.error());
}

}  // namespace swtee::sandbox
