// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/notifier.h"

#include "firmware/contract/require.h"
#include "sim/sandbox/kernel_interface.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace swtee::sandbox {
namespace {

/// A newer kernel may copy more than our headers know: it gets room for it.
constexpr std::size_t kRoom = 512;
static_assert(sizeof(seccomp_notif) <= kRoom);

}  // namespace

Notifier::Notifier(UniqueFd listener) : listener_(std::move(listener)) {
  // Only a hint; kernels before 6.6 refuse it and are slower.
  (void)::ioctl(listener_.get(), kNotifSetFlags, kNotifSyncWakeUp);
}

std::optional<seccomp_notif> Notifier::receive() {
  alignas(seccomp_notif) std::array<std::byte, kRoom> room{};
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, room.data()) != 0) return std::nullopt;
  seccomp_notif notification;
  std::memcpy(&notification, room.data(), sizeof notification);
  return notification;
}

void Notifier::send(const seccomp_notif_resp& response) {
  alignas(seccomp_notif_resp) std::array<std::byte, kRoom> room{};
  std::memcpy(room.data(), &response, sizeof response);
  // ENOENT: the process was killed while we worked, and nobody waits for the answer.
  (void)::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, room.data());
}

void Notifier::proceed(std::uint64_t id) {
  seccomp_notif_resp response{};
  response.id = id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  send(response);
}

void Notifier::answer(std::uint64_t id, std::int64_t value) {
  seccomp_notif_resp response{};
  response.id = id;
  response.val = value;
  send(response);
}

void Notifier::refuse(std::uint64_t id, int code) {
  SWTEE_ASSERT(code > 0);
  seccomp_notif_resp response{};
  response.id = id;
  response.error = -code;
  send(response);
}

bool Notifier::alive(std::uint64_t id) const {
  return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

SysResult<int> Notifier::add(std::uint64_t id, int fd, std::optional<int> number, bool close_on_exec) {
  return add_with(id, fd, number, close_on_exec, 0);
}

SysResult<int> Notifier::add_and_answer(std::uint64_t id, int fd, std::optional<int> number, bool close_on_exec) {
  return add_with(id, fd, number, close_on_exec, SECCOMP_ADDFD_FLAG_SEND);
}

SysResult<int> Notifier::add_with(std::uint64_t id, int fd, std::optional<int> number, bool close_on_exec,
                                  unsigned flags) {
  seccomp_notif_addfd request{};
  request.id = id;
  request.flags = flags | (number ? SECCOMP_ADDFD_FLAG_SETFD : 0u);
  request.srcfd = static_cast<std::uint32_t>(fd);
  request.newfd = number ? static_cast<std::uint32_t>(*number) : 0;
  request.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  const int result = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &request);
  if (result < 0) return sys_error(errno);
  return result;
}

}  // namespace swtee::sandbox
