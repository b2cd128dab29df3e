// SPDX-License-Identifier: Apache-2.0
/// Reading, writing and controlling virtual descriptors.
#include "sim/sandbox/calls.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

namespace swtee::sandbox::calls {
namespace {

/// The most one call moves: more is answered as a short count, which every program must expect.
constexpr std::uint64_t kTransferMax = 1u << 20;

/// The caller's buffers, as one list; read once.
struct Buffers {
  std::vector<iovec> parts;
  std::size_t total = 0;
};

SysResult<Buffers> one_buffer(Call& call) {
  const std::size_t size = std::min(call.arg(2), kTransferMax);
  return Buffers{{{reinterpret_cast<void*>(call.arg(1)), size}}, size};
}

SysResult<Buffers> buffer_list(Call& call) {
  const std::uint64_t count = call.arg(2);
  if (count > IOV_MAX) return sys_error(EINVAL);
  Buffers buffers{std::vector<iovec>(count), 0};
  if (auto copied = call.task.copy_in(call.arg(1), std::as_writable_bytes(std::span(buffers.parts))); !copied.ok())
    return Failure<Errno>(copied.error());
  for (iovec& part : buffers.parts) {
    if (part.iov_len > static_cast<std::size_t>(std::numeric_limits<ssize_t>::max())) return sys_error(EINVAL);
    part.iov_len = std::min(part.iov_len, static_cast<std::size_t>(kTransferMax) - buffers.total);
    buffers.total += part.iov_len;
  }
  return buffers;
}

SysResult<std::vector<std::byte>> gather(Call& call, const Buffers& buffers) {
  std::vector<std::byte> bytes(buffers.total);
  std::size_t at = 0;
  for (const iovec& part : buffers.parts) {
    const auto address = reinterpret_cast<std::uint64_t>(part.iov_base);
    if (auto copied = call.task.copy_in(address, std::span(bytes).subspan(at, part.iov_len)); !copied.ok())
      return Failure<Errno>(copied.error());
    at += part.iov_len;
  }
  return bytes;
}

SysResult<void> scatter(Call& call, const Buffers& buffers, std::span<const std::byte> bytes) {
  for (const iovec& part : buffers.parts) {
    const std::size_t piece = std::min(part.iov_len, bytes.size());
    const auto address = reinterpret_cast<std::uint64_t>(part.iov_base);
    if (auto copied = call.task.copy_out(address, bytes.first(piece)); !copied.ok()) return copied;
    bytes = bytes.subspan(piece);
  }
  return {};
}

/// pread and pwrite work on a position of their own.
class PositionFor {
 public:
  PositionFor(Description& description, std::optional<std::uint64_t> offset)
      : description_(description), saved_(description.position), own_(offset.has_value()) {
    if (own_) description_.position = *offset;
  }
  ~PositionFor() {
    if (own_ || undo_) description_.position = saved_;
  }
  void undo() { undo_ = true; }

 private:
  Description& description_;
  std::uint64_t saved_;
  bool own_;
  bool undo_ = false;
};

Answer read_now(Call& call, Description& description, const Buffers& buffers, std::optional<std::uint64_t> offset) {
  std::lock_guard guard(description.mutex());
  if (description.file() == nullptr) return error(EBADF);
  std::vector<std::byte> bytes(buffers.total);
  PositionFor position(description, offset);
  const auto got = description.read(bytes);
  if (!got.ok()) return error(got.error());
  if (const auto put = scatter(call, buffers, std::span(bytes).first(got.value())); !put.ok()) {
    position.undo();
    return error(put.error());
  }
  return value(static_cast<std::int64_t>(got.value()));
}

Answer write_now(Call& call, Description& description, const Buffers& buffers, std::optional<std::uint64_t> offset) {
  const auto bytes = gather(call, buffers);
  if (!bytes.ok()) return error(bytes.error());
  std::lock_guard guard(description.mutex());
  if (description.file() == nullptr) return error(EBADF);
  PositionFor position(description, offset);
  const auto put = description.write(bytes.value());
  return put.ok() ? value(static_cast<std::int64_t>(put.value())) : error(put.error());
}

using Transfer = Answer (*)(Call&, Description&, const Buffers&, std::optional<std::uint64_t>);

Answer transfer(Session& session, Call& call, SysResult<Buffers> (*buffers_of)(Call&), bool positioned, Transfer act) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  if (!description) return proceed();
  if (description->directory() && !description->path_only()) return error(act == read_now ? EISDIR : EBADF);
  if (act == read_now ? !description->readable() : !description->writable()) return error(EBADF);
  std::optional<std::uint64_t> offset;
  if (positioned && static_cast<std::int64_t>(call.arg(3)) != -1) offset = call.arg(3);
  if (offset && static_cast<std::int64_t>(*offset) < 0) return error(EINVAL);
  const auto buffers = buffers_of(call);
  if (!buffers.ok()) return error(buffers.error());
  return later([&session, call, description, buffers = buffers.value(), offset, act]() mutable {
    session.descriptions.settle();
    return session.notifier.alive(call.id) ? act(call, *description, buffers, offset) : done();
  });
}

Answer seek_now(Description& description, std::int64_t offset, int whence) {
  std::lock_guard guard(description.mutex());
  const Seeking seeking = description.file() != nullptr ? description.file()->seeking() : Seeking::allowed;
  if (seeking == Seeking::refused) return error(ESPIPE);
  if (seeking == Seeking::ignored) return value(0);
  std::int64_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<std::int64_t>(description.position);
  else if (whence == SEEK_END) base = static_cast<std::int64_t>(description.node().size);
  else if (whence != SEEK_SET) return error(EINVAL);
  std::int64_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return error(EINVAL);
  description.position = static_cast<std::uint64_t>(target);
  return value(target);
}

/// Requests that the kernel handles for every descriptor before the driver sees them.
bool kernel_handles(std::uint32_t request) {
  return request == FIOCLEX || request == FIONCLEX || request == FIONBIO || request == FIOASYNC;
}

}  // namespace

Answer read(Session& session, Call& call) { return transfer(session, call, one_buffer, false, read_now); }
Answer pread(Session& session, Call& call) { return transfer(session, call, one_buffer, true, read_now); }
Answer readv(Session& session, Call& call) { return transfer(session, call, buffer_list, false, read_now); }
Answer preadv(Session& session, Call& call) { return transfer(session, call, buffer_list, true, read_now); }
Answer write(Session& session, Call& call) { return transfer(session, call, one_buffer, false, write_now); }
Answer pwrite(Session& session, Call& call) { return transfer(session, call, one_buffer, true, write_now); }
Answer writev(Session& session, Call& call) { return transfer(session, call, buffer_list, false, write_now); }
Answer pwritev(Session& session, Call& call) { return transfer(session, call, buffer_list, true, write_now); }

Answer lseek(Session& session, Call& call) {
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  if (!description) return proceed();
  if (description->path_only()) return error(EBADF);
  return later([call, description] {
    return seek_now(*description, static_cast<std::int64_t>(call.arg(1)), call.int_arg(2));
  });
}

Answer ioctl(Session& session, Call& call) {
  const auto request = static_cast<std::uint32_t>(call.arg(1));
  const auto description = session.descriptions.find(call.task, call.int_arg(0));
  if (!description || kernel_handles(request)) return proceed();
  if (description->path_only()) return error(EBADF);
  if (description->directory()) return error(ENOTTY);
  return later([&session, call, description, request]() mutable {
    session.descriptions.settle();
    std::lock_guard guard(description->mutex());
    if (description->file() == nullptr) return error(EBADF);
    if (!session.notifier.alive(call.id)) return done();
    const auto result = description->file()->ioctl(request, call.arg(2), call.task);
    return result.ok() ? value(result.value()) : error(result.error());
  });
}

Answer unsupported(Session& session, Call& call) {
  return session.descriptions.find(call.task, call.int_arg(0)) ? error(EOPNOTSUPP) : proceed();
}

Answer no_device(Session& session, Call& call) {
  return session.descriptions.find(call.task, call.int_arg(4)) ? error(ENODEV) : proceed();
}

/// copy_file_range, splice and sendfile: EINVAL makes every program fall back to read and write.
Answer not_between(Session& session, Call& call) {
  for (std::size_t argument : {0, 1, 2})
    if (session.descriptions.find(call.task, call.int_arg(argument))) return error(EINVAL);
  return proceed();
}

}  // namespace swtee::sandbox::calls
