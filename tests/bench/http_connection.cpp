// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/http_connection.h"

#include "tests/bench/alternating.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace swtee::bench {

HttpConnection::HttpConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "connecting to the server");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

HttpConnection::~HttpConnection() { ::close(socket_); }

void HttpConnection::receive() {
  char piece[8192];
  const ssize_t count = ::recv(socket_, piece, sizeof(piece), 0);
  require(count > 0, "receiving from the server");
  received_.append(piece, static_cast<std::size_t>(count));
}

std::string HttpConnection::get(const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: kdsintf.amd.com\r\n\r\n";
  require(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()), "sending to the server");
  received_.clear();
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) receive();
  require(received_.compare(0, 12, "HTTP/1.1 200") == 0, "the status of the answer");
  static constexpr char kLength[] = "Content-Length: ";
  const std::size_t at = received_.find(kLength);
  require(at < end, "the length of the answer");
  const std::size_t size = std::strtoul(received_.c_str() + at + sizeof(kLength) - 1, nullptr, 10);
  const std::size_t begin = end + 4;
  while (received_.size() < begin + size) receive();
  return received_.substr(begin, size);
}

int try_connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  require(path.size() < sizeof(address.sun_path), "the length of the socket's path");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return socket;
  ::close(socket);
  return -1;
}

}  // namespace swtee::bench
