// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/name_table.h"

#include <arpa/inet.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace swtee::sandbox {
namespace {

constexpr std::uint32_t kReserved4 = 0x7f530000;  // 127.83.0.0/16, "S"
constexpr std::array<std::uint8_t, 12> kReserved6{0xfd, 0x53, 0x57, 0x45, 0x45, 0x31};

template <class Address>
Address as(const sockaddr_storage& storage) {
  Address address;
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

template <class Address>
std::pair<sockaddr_storage, socklen_t> stored(const Address& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return {storage, sizeof address};
}

/// The question's name in text form, or nothing for what is no plain query.
std::optional<std::string> question(std::span<const std::byte> query) {
  constexpr std::size_t kHeader = 12;
  std::string name;
  for (std::size_t at = kHeader; at < query.size();) {
    const auto length = std::to_integer<std::size_t>(query[at]);
    if (length == 0) return name;
    if (length > 63 || at + 1 + length > query.size()) return std::nullopt;
    if (!name.empty()) name += '.';
    for (std::size_t i = 1; i <= length; ++i) name += static_cast<char>(query[at + i]);
    at += 1 + length;
  }
  return std::nullopt;
}

bool is_or_below(const std::string& name, const std::string& host) {
  if (name.size() < host.size()) return false;
  const std::size_t start = name.size() - host.size();
  return ::strcasecmp(name.c_str() + start, host.c_str()) == 0 && (start == 0 || name[start - 1] == '.');
}

}  // namespace

std::string NameTable::hosts_lines() const {
  std::string lines;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    lines += "127.83.0." + number + "\t" + hosts_[i].name + "\n";
    std::array<char, 24> hex;
    std::snprintf(hex.data(), hex.size(), "%zx", i + 1);
    lines += std::string("fd53:5745:4531::") + hex.data() + "\t" + hosts_[i].name + "\n";
  }
  return lines;
}

const NamedHost* NameTable::find(const sockaddr_storage& address) const {
  std::uint32_t index = 0;
  if (address.ss_family == AF_INET) {
    const std::uint32_t host = ntohl(as<sockaddr_in>(address).sin_addr.s_addr);
    if ((host & 0xffff0000) == kReserved4) index = host & 0xffff;
  } else if (address.ss_family == AF_INET6) {
    const in6_addr host = as<sockaddr_in6>(address).sin6_addr;
    std::uint32_t last;
    std::memcpy(&last, host.s6_addr + 12, sizeof last);
    last = ntohl(last);
    if (IN6_IS_ADDR_V4MAPPED(&host) && (last & 0xffff0000) == kReserved4) index = last & 0xffff;
    if (std::memcmp(host.s6_addr, kReserved6.data(), kReserved6.size()) == 0) index = last;
  }
  return index >= 1 && index <= hosts_.size() ? &hosts_[index - 1] : nullptr;
}

bool NameTable::asks_for_ours(std::span<const std::byte> query) const {
  const auto name = question(query);
  if (!name) return false;
  for (const NamedHost& host : hosts_)
    if (is_or_below(*name, host.name)) return true;
  return false;
}

std::optional<std::uint16_t> port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return ntohs(as<sockaddr_in>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(as<sockaddr_in6>(address).sin6_port);
  return std::nullopt;
}

std::optional<std::pair<sockaddr_storage, socklen_t>> service_sockaddr(const ServiceAddress& address, int family) {
  if (const auto* path = std::get_if<std::string>(&address)) {
    sockaddr_un unix_address{};
    if (family != AF_UNIX || path->size() >= sizeof unix_address.sun_path) return std::nullopt;
    unix_address.sun_family = AF_UNIX;
    std::memcpy(unix_address.sun_path, path->c_str(), path->size() + 1);
    return stored(unix_address);
  }
  const std::uint16_t port = htons(std::get<std::uint16_t>(address));
  if (family == AF_INET) {
    sockaddr_in inet{};
    inet.sin_family = AF_INET;
    inet.sin_port = port;
    inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return stored(inet);
  }
  if (family == AF_INET6) {
    sockaddr_in6 inet{};
    inet.sin6_family = AF_INET6;
    inet.sin6_port = port;
    ::inet_pton(AF_INET6, "::ffff:127.0.0.1", &inet.sin6_addr);
    return stored(inet);
  }
  return std::nullopt;
}

SysResult<int> connect_to(const ServiceAddress& address) {
  const int family = std::holds_alternative<std::string>(address) ? AF_UNIX : AF_INET;
  const auto destination = service_sockaddr(address, family);
  if (!destination) return sys_error(ENAMETOOLONG);
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return sys_error(errno);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&destination->first), destination->second) == 0) return fd;
  const int code = errno;
  ::close(fd);
  return sys_error(code);
}

}  // namespace swtee::sandbox
