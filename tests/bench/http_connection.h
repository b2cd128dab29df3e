// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace swtee::bench {

/// A blocking HTTP/1.1 client on one connection that stays open. Does as little as it can, so that servers are measured. Ends
/// the program when anything but a 200 with Content-Length comes back.
class HttpConnection {
 public:
  /// To 127.0.0.1.
  explicit HttpConnection(std::uint16_t port);
  /// Over a socket that is connected already, and is closed with this.
  explicit HttpConnection(int connected) : socket_(connected) {}
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// The body.
  std::string get(const std::string& path);

 private:
  void receive();

  int socket_ = -1;
  std::string received_;
};

/// A connected Unix socket, or -1 while nobody listens there.
int try_connect(const std::string& path);

}  // namespace swtee::bench
