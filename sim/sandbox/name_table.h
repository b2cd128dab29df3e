// SPDX-License-Identifier: Apache-2.0
/// The host names that lead to our own services, and the addresses that stand for them inside the sandbox.
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace swtee::sandbox {

/// Where a service really listens: a TCP port on 127.0.0.1, or a Unix stream socket.
using ServiceAddress = std::variant<std::uint16_t, std::string>;

struct Service {
  std::uint16_t port;  ///< as the program asks for it, 443 for instance
  ServiceAddress address;
};

struct NamedHost {
  std::string name;  ///< as in a URL, compared without regard to case
  std::vector<Service> services;
};

/// Each name gets 127.83.0.N and fd53:5745:4531::N. The program resolves them by /etc/hosts; they never reach the network,
/// as connect() on them is answered by us.
class NameTable {
 public:
  explicit NameTable(std::vector<NamedHost> hosts) : hosts_(std::move(hosts)) {}

  bool empty() const { return hosts_.empty(); }
  /// Lines for /etc/hosts.
  std::string hosts_lines() const;
  /// The host behind a reserved address, or nothing for every other address.
  const NamedHost* find(const sockaddr_storage& address) const;
  /// Whether a DNS query message asks for one of our names (or one below it).
  bool asks_for_ours(std::span<const std::byte> query) const;

 private:
  std::vector<NamedHost> hosts_;
};

/// The port of an Internet address, in host order; nothing for other families.
std::optional<std::uint16_t> port_of(const sockaddr_storage& address);
/// Connects to a service of ours; the socket blocks and is close-on-exec.
SysResult<int> connect_to(const ServiceAddress& address);
/// The socket address of a service as seen from a socket of `family`; nothing when that family cannot reach it.
std::optional<std::pair<sockaddr_storage, socklen_t>> service_sockaddr(const ServiceAddress& address, int family);

}  // namespace swtee::sandbox
