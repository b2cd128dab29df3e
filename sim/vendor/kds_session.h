// SPDX-License-Identifier: Apache-2.0
/// Private to kds_server: one connection, from the TLS handshake to the last answer.
#pragma once

#include "sim/vendor/kds_server.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <set>

namespace swtee::vendor {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using StreamProtocol = asio::generic::stream_protocol;
using Socket = StreamProtocol::socket;
using PlainStream = beast::basic_stream<StreamProtocol>;
using TlsStream = beast::ssl_stream<PlainStream>;

/// A connection that can be asked to end.
class KdsConnection {
 public:
  virtual ~KdsConnection() = default;
  /// Ends it now when it waits for a request, else after the answer in progress. From any thread.
  virtual void end_soon() = 0;
};

/// What all connections share.
struct KdsShared {
  KdsOptions options;
  std::unique_ptr<KdsResponder> responder;
  std::atomic<bool> stopping{false};

  std::mutex connections_mutex;
  std::set<KdsConnection*> live;  ///< they leave in their destructors
};

/// CN of the client certificate on this connection, when there is one.
std::optional<std::string> client_common_name(TlsStream& stream);

template <class Stream>
class KdsSession : public KdsConnection, public std::enable_shared_from_this<KdsSession<Stream>> {
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  static constexpr std::uint32_t kHeaderLimit = 8 * 1024;
  static constexpr std::uint64_t kBodyLimit = 64 * 1024;
  static constexpr std::chrono::seconds kHandshakeTimeout{10};
  static constexpr std::size_t kDrainLimit = 1024 * 1024;

 public:
  template <class... Tls>
  KdsSession(KdsShared& shared, Socket socket, KdsProtocol protocol, std::string client, Tls&... tls)
      : shared_(shared), stream_(std::move(socket), tls...), protocol_(protocol), client_{std::move(client), protocol == KdsProtocol::vlek, {}} {
    const std::lock_guard lock(shared_.connections_mutex);
    shared_.live.insert(this);
  }
  ~KdsSession() override {
    const std::lock_guard lock(shared_.connections_mutex);
    shared_.live.erase(this);
  }

  void begin() {
    asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->handshake(); });
  }

  void end_soon() override {
    // weak: the caller holds the table's lock, so the last reference must not end here.
    asio::post(stream_.get_executor(), [weak = this->weak_from_this()] {
      if (const auto self = weak.lock(); self && !self->answering_) self->close_socket();
    });
  }

 private:
  PlainStream& lowest() { return beast::get_lowest_layer(stream_); }

  void handshake() {
    if constexpr (kTls) {
      lowest().expires_after(kHandshakeTimeout);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](beast::error_code code) {
        if (code) return;
        if (self->protocol_ == KdsProtocol::vlek) self->client_.common_name = client_common_name(self->stream_);
        self->read();
      });
    } else {
      read();
    }
  }

  void read() {
    if (shared_.stopping) return close();
    parser_.emplace();
    parser_->header_limit(kHeaderLimit);
    parser_->body_limit(kBodyLimit);
    lowest().expires_after(shared_.options.idle_timeout);
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](beast::error_code code, std::size_t) { self->on_read(code); });
  }

  void on_read(beast::error_code code) {
    begun_ = std::chrono::steady_clock::now();
    if (code == http::error::header_limit) return reject(431, "request header is too large\n");
    if (code == http::error::body_limit) return reject(413, "request body is too large\n");
    if (code == http::error::end_of_stream || code == http::error::partial_message) return close();
    if (code && code.category() == http::make_error_code(http::error::bad_method).category())
      return reject(400, "malformed HTTP request: " + code.message() + "\n");
    if (code) return;
    const auto& request = parser_->get();
    const Method method = request.method() == http::verb::get    ? Method::get
                          : request.method() == http::verb::head ? Method::head
                          : request.method() == http::verb::post ? Method::post
                                                                 : Method::other;
    answering_ = true;
    const auto target = request.target();
    KdsReply reply = shared_.responder->answer(method, {target.data(), target.size()}, request.body(), client_);
    send(std::move(reply), method == Method::head, request.keep_alive(), request.version());
  }

  void reject(unsigned status, std::string why) {
    answering_ = true;
    rejected_ = true;
    KdsReply reply;
    reply.status = status;
    reply.body = std::make_shared<const std::string>(std::move(why));
    send(std::move(reply), false, false, 11);
  }

  void send(KdsReply reply, bool head, bool keep_alive, unsigned version) {
    reply_ = std::move(reply);
    response_ = {};
    response_.version(version);
    response_.result(reply_.status);
    response_.set(http::field::server, "swtee (TEST ONLY)");
    response_.set(http::field::content_type, beast::string_view(reply_.content_type.data(), reply_.content_type.size()));
    response_.set(http::field::cache_control, "no-cache");
    if (!reply_.allow.empty()) response_.set(http::field::allow, beast::string_view(reply_.allow.data(), reply_.allow.size()));
    if (reply_.retry_after != 0) response_.set(http::field::retry_after, std::to_string(reply_.retry_after));
    response_.keep_alive(keep_alive && !shared_.stopping);
    response_.content_length(reply_.body->size());
    if (!head) response_.body() = beast::span<const char>(reply_.body->data(), reply_.body->size());
    lowest().expires_after(shared_.options.idle_timeout);
    serializer_.emplace(response_);
    serializer_->split(head);
    const auto done = [self = this->shared_from_this()](beast::error_code code, std::size_t) { self->on_sent(code); };
    if (head)
      http::async_write_header(stream_, *serializer_, done);
    else
      http::async_write(stream_, *serializer_, done);
  }

  void on_sent(beast::error_code code) {
    log();
    answering_ = false;
    if (code) return;
    if (rejected_) return drain();
    if (response_.need_eof() || !response_.keep_alive()) return close();
    read();
  }

  void log() {
    if (!shared_.options.on_access) return;
    const auto& request = parser_->get();
    KdsAccess access;
    access.client = client_.address;
    access.protocol = protocol_;
    access.method = std::string(request.method_string());
    access.target = std::string(request.target());
    access.status = reply_.status;
    access.body_size = reply_.body->size();
    access.from_cache = reply_.from_cache;
    access.duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun_);
    shared_.options.on_access(access);
  }

  void close() {
    if constexpr (kTls) {
      lowest().expires_after(std::chrono::seconds(1));
      stream_.async_shutdown([self = this->shared_from_this()](beast::error_code) { self->close_socket(); });
    } else {
      close_socket();
    }
  }

  /// The peer may still be sending what we refused to read. Closing now would reset the connection and with it the
  /// answer, so what comes is thrown away for a moment.
  void drain() {
    beast::error_code ignored;
    lowest().socket().shutdown(Socket::shutdown_send, ignored);
    lowest().expires_after(std::chrono::seconds(1));
    drain_more();
  }

  void drain_more() {
    lowest().async_read_some(asio::buffer(discarded_), [self = this->shared_from_this()](beast::error_code code, std::size_t size) {
      self->drained_ += size;
      if (code || self->drained_ > kDrainLimit) return self->close_socket();
      self->drain_more();
    });
  }

  void close_socket() {
    beast::error_code ignored;
    lowest().socket().shutdown(Socket::shutdown_both, ignored);
    lowest().close();
  }

  KdsShared& shared_;
  Stream stream_;
  const KdsProtocol protocol_;
  KdsClient client_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::span_body<const char>> response_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  KdsReply reply_;
  std::chrono::steady_clock::time_point begun_;
  bool answering_ = false;
  bool rejected_ = false;
  std::array<char, 4096> discarded_;
  std::size_t drained_ = 0;
};

}  // namespace swtee::vendor
