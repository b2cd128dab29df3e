// SPDX-License-Identifier: Apache-2.0
/// The vendor's key service over HTTP and HTTPS, on threads of its own.
#pragma once

#include "sim/vendor/kds_responder.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swtee::vendor {

/// What is spoken on a connection.
enum class KdsProtocol : std::uint8_t {
  http,
  https,
  vlek,  ///< HTTPS with a client certificate of the provider CA: the real service's port 444
};

/// One answered request, for a log.
struct KdsAccess {
  std::string client;  ///< IP address, "unix", or the name given to `adopt`
  KdsProtocol protocol = KdsProtocol::http;
  std::string method;
  std::string target;  ///< as sent: may hold any bytes
  unsigned status = 0;
  std::size_t body_size = 0;
  bool from_cache = false;
  std::chrono::microseconds duration{0};
};

struct KdsOptions {
  std::shared_ptr<const VendorAuthority> authority;
  KdsRules rules;
  std::uint64_t fleet_size = 1024;  ///< chips 0 to fleet_size-1 of every product
  std::vector<ExtraChip> extra_chips;

  /// Where to listen. Port 0 takes a free one; no port means that protocol is not offered on TCP.
  std::string address = "127.0.0.1";
  std::optional<std::uint16_t> http_port = std::uint16_t{0};
  std::optional<std::uint16_t> https_port;
  std::optional<std::uint16_t> vlek_port;
  /// Unix sockets, mode 0600, removed on stop. A file that is there already is replaced only if it is a socket on which
  /// nobody listens.
  struct UnixSocket {
    std::string path;
    KdsProtocol protocol = KdsProtocol::http;
  };
  std::vector<UnixSocket> unix_sockets;
  /// Sockets that listen already (socket activation); the server owns them from the call of `start` on.
  struct Listener {
    int descriptor = -1;
    KdsProtocol protocol = KdsProtocol::http;
  };
  std::vector<Listener> listeners;

  unsigned threads = 2;
  std::size_t max_connections = 512;  ///< more are closed at once
  std::chrono::seconds idle_timeout{30};
  /// Called from the server's threads, one call for each request. Must not call `stop`.
  std::function<void(const KdsAccess&)> on_access;
};

class KdsServer {
 public:
  /// Begins to serve. Requests are answered from the moment this returns.
  static Result<std::unique_ptr<KdsServer>> start(KdsOptions options);
  /// Stops.
  ~KdsServer();

  /// The TCP ports in use; 0 for a protocol that is not offered.
  std::uint16_t http_port() const;
  std::uint16_t https_port() const;
  std::uint16_t vlek_port() const;
  /// PEM of the CA that clients must trust for HTTPS.
  const std::string& tls_ca_pem() const;

  /// Serves one connection that is open already, for example one end of a socketpair. Owns the descriptor. `client` stands
  /// for its address in log and rate limit.
  Result<void> adopt(int descriptor, KdsProtocol protocol, const std::string& client);

  /// Accepts nothing new, closes idle connections, lets answers in progress finish for at most two seconds, and returns when
  /// all threads are gone. May be called twice.
  void stop();

 private:
  class Impl;
  explicit KdsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace swtee::vendor
