// SPDX-License-Identifier: Apache-2.0
/// connect and the sends that name a destination.
#include "sim/sandbox/calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace swtee::sandbox::calls {
namespace {

constexpr std::uint16_t kNameServicePort = 53;
constexpr std::size_t kQueryMax = 512;

/// A cache or resolver daemon would be asked before /etc/hosts, or instead of it, outside of our sight.
constexpr std::array kNameServices{
    "/var/run/nscd/socket",
    "/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
};

SysResult<sockaddr_storage> read_address(Call& call, std::uint64_t address, std::uint64_t length) {
  sockaddr_storage storage{};
  if (length > sizeof storage) return sys_error(EINVAL);
  auto bytes = std::as_writable_bytes(std::span(&storage, 1)).first(length);
  if (auto copied = call.task.copy_in(address, bytes); !copied.ok()) return Failure<Errno>(copied.error());
  return storage;
}

bool is_internet(const sockaddr_storage& address) {
  return address.ss_family == AF_INET || address.ss_family == AF_INET6;
}

bool is_name_service(const sockaddr_storage& address) {
  if (address.ss_family != AF_UNIX) return false;
  sockaddr_un named;
  std::memcpy(&named, &address, sizeof named);
  named.sun_path[sizeof named.sun_path - 1] = 0;
  return std::any_of(kNameServices.begin(), kNameServices.end(),
                     [&](const char* path) { return std::strcmp(named.sun_path, path) == 0; });
}

/// "TCP", "TCPv6", "UDP" and so on: what the kernel calls the socket's protocol.
std::string protocol_of(const Call& call, int fd) {
  std::array<char, 32> name{};
  const std::string path = call.task.proc_path("fd/" + std::to_string(fd));
  return ::getxattr(path.c_str(), "system.sockprotoname", name.data(), name.size() - 1) > 0 ? name.data() : "";
}

/// The program's own socket, where the kernel and a container's profile let us have it.
UniqueFd borrow_socket(const Call& call, int fd) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, call.task.process(), 0)));
  if (!process.valid()) return {};
  UniqueFd borrowed(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
  // A thread may have a descriptor table of its own, and then this is another socket.
  struct stat found {};
  const auto expected = call.task.descriptor_stat(fd);
  if (!borrowed.valid() || ::fstat(borrowed.get(), &found) != 0 || !expected) return {};
  return found.st_ino == expected->st_ino && found.st_dev == expected->st_dev ? std::move(borrowed) : UniqueFd{};
}

/// Best: the program's socket itself is connected to our port, so that its options, its place in an epoll set and the ways
/// of a non-blocking connect stay as they are. ENOTSUP where that is not possible.
Answer connect_own_socket(const Call& call, int fd, const ServiceAddress& service, int family) {
  const auto destination = service_sockaddr(service, family);
  if (!destination) return error(ENOTSUP);
  const UniqueFd socket = borrow_socket(call, fd);
  if (!socket.valid()) return error(ENOTSUP);
  const auto* address = reinterpret_cast<const sockaddr*>(&destination->first);
  if (::connect(socket.get(), address, destination->second) == 0) return value(0);
  const bool unreachable = errno == ENETUNREACH || errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
  return error(unreachable ? ENOTSUP : errno);
}

/// Else a connected socket takes the place of the program's. O_NONBLOCK and close-on-exec are kept; other options are not.
Answer replace_socket(Session& session, Call& call, int fd, const ServiceAddress& service) {
  const auto flags = call.task.descriptor_flags(fd);
  if (!flags) return error(EBADF);
  const auto connected = connect_to(service);
  if (!connected.ok()) return error(connected.error());
  const UniqueFd socket(connected.value());
  if ((*flags & O_NONBLOCK) != 0) ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  const auto added = session.notifier.add(call.id, socket.get(), fd, (*flags & O_CLOEXEC) != 0);
  return added.ok() ? value(0) : error(added.error());
}

Answer connect_to_host(Session& session, Call& call, const NamedHost& host, const sockaddr_storage& address) {
  const int fd = call.int_arg(0);
  const std::string protocol = protocol_of(call, fd);
  // getaddrinfo connects datagram sockets to sort its answers: 127/8 is always reachable, our IPv6 addresses never.
  if (protocol.compare(0, 3, "UDP") == 0) return address.ss_family == AF_INET ? proceed() : error(ENETUNREACH);
  if (protocol.compare(0, 3, "TCP") != 0) return proceed();
  const std::uint16_t port = port_of(address).value_or(0);
  const auto service = std::find_if(host.services.begin(), host.services.end(),
                                    [port](const Service& offered) { return offered.port == port; });
  if (service == host.services.end()) return error(ECONNREFUSED);
  return later([&session, call, fd, family = static_cast<int>(address.ss_family), where = service->address]() mutable {
    Answer answer = session.borrow_sockets ? connect_own_socket(call, fd, where, family) : error(ENOTSUP);
    if (answer.kind == Answer::Kind::error && answer.number == ENOTSUP)
      answer = replace_socket(session, call, fd, where);
    return answer;
  });
}

/// Nothing to say against a message to `address`, or the answer to it.
Answer judge_message(Session& session, const sockaddr_storage& address, std::span<const std::byte> start) {
  if (!is_internet(address)) return proceed();
  if (session.network == Network::none) return error(ENETUNREACH);
  if (port_of(address) == kNameServicePort && session.names.asks_for_ours(start)) return error(ECONNREFUSED);
  return proceed();
}

std::vector<std::byte> read_start(Call& call, std::uint64_t address, std::uint64_t size) {
  std::vector<std::byte> start(std::min<std::uint64_t>(size, kQueryMax));
  if (!call.task.copy_in(address, start).ok()) start.clear();
  return start;
}

Answer judge_header(Session& session, Call& call, const msghdr& header, bool to_name_server) {
  iovec first{};
  if (header.msg_iovlen > 0) {
    const auto read = call.task.read_as<iovec>(reinterpret_cast<std::uint64_t>(header.msg_iov));
    if (!read.ok()) return proceed();
    first = read.value();
  }
  const auto start = [&] { return read_start(call, reinterpret_cast<std::uint64_t>(first.iov_base), first.iov_len); };
  if (header.msg_name == nullptr)
    return to_name_server && session.names.asks_for_ours(start()) ? error(ECONNREFUSED) : proceed();
  const auto address = read_address(call, reinterpret_cast<std::uint64_t>(header.msg_name), header.msg_namelen);
  if (!address.ok() || !is_internet(address.value())) return proceed();
  return judge_message(session, address.value(), start());
}

bool connected_to_name_server(Session& session, const Call& call) {
  if (session.name_server_sockets.empty()) return false;
  const auto found = call.task.descriptor_stat(call.int_arg(0));
  return found && session.name_server_sockets.has(found->st_ino);
}

}  // namespace

Answer connect(Session& session, Call& call) {
  const auto address = read_address(call, call.arg(1), call.arg(2) & 0xffffffffu);
  if (!address.ok()) return proceed();
  if (is_name_service(address.value())) return session.names.empty() ? proceed() : error(ENOENT);
  if (!is_internet(address.value())) return proceed();
  if (const NamedHost* host = session.names.find(address.value()))
    return connect_to_host(session, call, *host, address.value());
  if (session.network == Network::none) return error(ENETUNREACH);
  if (port_of(address.value()) == kNameServicePort)
    if (const auto found = call.task.descriptor_stat(call.int_arg(0))) session.name_server_sockets.add(found->st_ino);
  return proceed();
}

Answer sendto(Session& session, Call& call) {
  const auto address = read_address(call, call.arg(4), call.arg(5) & 0xffffffffu);
  if (!address.ok() || !is_internet(address.value())) return proceed();
  return judge_message(session, address.value(), read_start(call, call.arg(1), call.arg(2)));
}

Answer sendmsg(Session& session, Call& call) {
  const auto header = call.task.read_as<msghdr>(call.arg(1));
  if (!header.ok()) return proceed();
  return judge_header(session, call, header.value(), connected_to_name_server(session, call));
}

Answer sendmmsg(Session& session, Call& call) {
  const bool to_name_server = connected_to_name_server(session, call);
  const std::uint64_t count = std::min<std::uint64_t>(call.arg(2) & 0xffffffffu, 1024);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto header = call.task.read_as<mmsghdr>(call.arg(1) + i * sizeof(mmsghdr));
    if (!header.ok()) break;
    Answer judged = judge_header(session, call, header.value().msg_hdr, to_name_server);
    if (judged.kind != Answer::Kind::proceed) return judged;
  }
  return proceed();
}

}  // namespace swtee::sandbox::calls
