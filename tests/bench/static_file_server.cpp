// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/static_file_server.h"

#include "tests/bench/alternating.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <thread>

namespace swtee::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::string& path) : stream_(std::move(socket)), path_(path) {}

  void read() {
    parser_.emplace();
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code code, std::size_t) {
      if (!code) self->answer();
    });
  }

 private:
  void answer() {
    beast::error_code code;
    response_ = {};
    response_.body().open(path_.c_str(), beast::file_mode::scan, code);
    require(!code, "opening the static file");
    response_.set(http::field::content_type, "application/pkix-cert");
    response_.keep_alive(parser_->get().keep_alive());
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code failed, std::size_t) {
      if (!failed) self->read();
    });
  }

  beast::tcp_stream stream_;
  const std::string path_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::file_body> response_;
};

}  // namespace

class StaticFileServer::Impl {
 public:
  explicit Impl(const std::string& content) : acceptor_(asio::make_strand(context_), {asio::ip::address_v4::loopback(), 0}) {
    const int file = ::mkstemp(path_.data());
    require(file >= 0 && ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()), "writing the static file");
    ::close(file);
    accept();
    for (std::thread& thread : threads_) thread = std::thread([this] { context_.run(); });
  }
  ~Impl() {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
    ::unlink(path_.c_str());
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept(asio::make_strand(context_), [this](beast::error_code code, tcp::socket socket) {
      if (code) return;
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket), path_)->read();
      accept();
    });
  }

  std::string path_ = "/tmp/swtee-bench-XXXXXX";
  asio::io_context context_{2};
  tcp::acceptor acceptor_;
  std::array<std::thread, 2> threads_;
};

StaticFileServer::StaticFileServer(const std::string& content) : impl_(std::make_unique<Impl>(content)) {}
StaticFileServer::~StaticFileServer() = default;
std::uint16_t StaticFileServer::port() const { return impl_->port(); }

}  // namespace swtee::bench
