// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_client/http_get.h"

#include "firmware/contract/require.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <optional>

namespace swtee::kds {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr std::size_t kBodyMax = 1 << 20;

/// Resolve, connect, shake hands, write, read: each step begins the next, the first failure ends all.
class Exchange {
 public:
  Exchange(const HttpUrl& base, const std::string& target, const HttpOptions& options)
      : base_(base), options_(options), tls_(ssl::context::tls_client), resolver_(io_), stream_(io_, tls_), timer_(io_) {
    const bool ipv6 = base.host.find(':') != std::string::npos;
    request_.version(11);
    request_.method(http::verb::get);
    request_.target(base.path + target);
    request_.set(http::field::host, (ipv6 ? "[" + base.host + "]" : base.host) + ":" + base.port);
    request_.set(http::field::user_agent, "swtee");
    request_.set(http::field::connection, "close");
    parser_.body_limit(kBodyMax);
    parser_.header_limit(16 * 1024);
  }

  Result<HttpAnswer> run() {
    if (base_.tls && !prepare_tls()) return fail(failure_);
    timer_.expires_after(options_.timeout);
    timer_.async_wait([this](error_code error) {
      if (!error) end("no answer within " + std::to_string(options_.timeout.count()) + " s");
    });
    resolver_.async_resolve(base_.host, base_.port, [this](error_code error, asio::ip::tcp::resolver::results_type where) {
      if (stops("cannot find the host", error)) return;
      beast::get_lowest_layer(stream_).async_connect(where, [this](error_code e, const auto&) { connected(e); });
    });
    io_.run();
    if (!failure_.empty()) return fail(failure_);
    const auto& body = parser_.get().body();
    return HttpAnswer{parser_.get().result_int(), {body.begin(), body.end()}};
  }

 private:
  bool prepare_tls() {
    error_code error;
    if (options_.ca_file.empty())
      tls_.set_default_verify_paths(error);
    else
      tls_.load_verify_file(options_.ca_file, error);
    // On the stream, not on the context: the stream took the context's mode when it was made.
    if (!error) stream_.set_verify_mode(ssl::verify_peer, error);
    if (!error) stream_.set_verify_callback(ssl::host_name_verification(base_.host), error);
    if (error) {
      failure_ = "cannot use the CA certificates" + (options_.ca_file.empty() ? "" : " in '" + options_.ca_file + "'") + ": " + error.message();
      return false;
    }
    // Servers for several hosts choose their certificate by this name.
    if (SSL_set_tlsext_host_name(stream_.native_handle(), base_.host.c_str()) != 1) {
      failure_ = "the host name '" + base_.host + "' does not suit TLS";
      return false;
    }
    return true;
  }

  void connected(error_code error) {
    if (stops("cannot connect", error)) return;
    if (!base_.tls) return write(beast::get_lowest_layer(stream_));
    stream_.async_handshake(ssl::stream_base::client, [this](error_code e) {
      if (!stops("the server's TLS is not acceptable", e)) write(stream_);
    });
  }

  template <class Stream>
  void write(Stream& stream) {
    http::async_write(stream, request_, [this, &stream](error_code error, std::size_t) {
      if (stops("cannot send the request", error)) return;
      http::async_read(stream, buffer_, parser_, [this](error_code e, std::size_t) {
        if (!stops("cannot read the answer", e)) end("");
      });
    });
  }

  bool stops(const char* doing, error_code error) {
    if (!error) return ended_;
    end(std::string(doing) + ": " + error.message());
    return true;
  }

  void end(const std::string& failure) {
    if (ended_) return;
    ended_ = true;
    failure_ = failure;
    error_code ignored;
    timer_.cancel(ignored);
    resolver_.cancel();
    beast::get_lowest_layer(stream_).close();
  }

  HttpUrl base_;
  HttpOptions options_;
  asio::io_context io_;
  ssl::context tls_;
  asio::ip::tcp::resolver resolver_;
  beast::ssl_stream<beast::tcp_stream> stream_;
  asio::steady_timer timer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::vector_body<std::uint8_t>> parser_;
  beast::flat_buffer buffer_;
  std::string failure_;
  bool ended_ = false;
};

bool has_prefix(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view url) {
  const std::string whole(url);
  HttpUrl parsed;
  if (has_prefix(url, "https://")) {
    parsed.tls = true;
    url.remove_prefix(8);
  } else if (has_prefix(url, "http://")) {
    url.remove_prefix(7);
  } else {
    return fail("'" + whole + "' begins neither with http:// nor with https://");
  }
  for (const char c : url)
    if (c <= ' ' || c > '~' || c == '@' || c == '?' || c == '#' || c == '\\') return fail("'" + whole + "' has a character that has no place here");
  std::string_view authority = url.substr(0, url.find('/'));
  parsed.path = url.substr(authority.size());
  while (!parsed.path.empty() && parsed.path.back() == '/') parsed.path.pop_back();
  if (has_prefix(authority, "[")) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return fail("'" + whole + "': the address in brackets does not end");
    parsed.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
  } else {
    parsed.host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(parsed.host.size());
  }
  if (parsed.host.empty()) return fail("'" + whole + "' names no host");
  parsed.port = authority.empty() ? (parsed.tls ? "443" : "80") : std::string(authority.substr(1));
  const bool digits = !parsed.port.empty() && parsed.port.size() <= 5 && parsed.port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || (!authority.empty() && authority[0] != ':') || std::stoul(parsed.port) > 65535)
    return fail("'" + whole + "' has no port number where one was expected");
  return parsed;
}

Result<HttpAnswer> http_get(const HttpUrl& base, const std::string& target, const HttpOptions& options) {
  try {
    return Exchange(base, target, options).run();
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace swtee::kds
