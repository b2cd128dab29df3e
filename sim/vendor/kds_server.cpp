// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_server.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/x509.h"
#include "sim/vendor/kds_session.h"
#include "sim/vendor/tls_identity.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

namespace swtee::vendor {
namespace {

using Acceptor = asio::basic_socket_acceptor<StreamProtocol>;

constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::chrono::seconds kStopPatience{2};

asio::const_buffer buffer_of(const std::string& text) { return {text.data(), text.size()}; }

/// Blocks all signals for the calling thread, and for the threads it starts, while it lives: signals belong to the
/// program's main thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// How the peer is called in log and rate limit.
std::string address_of(const Socket& socket) {
  beast::error_code code;
  const StreamProtocol::endpoint endpoint = socket.remote_endpoint(code);
  if (code || endpoint.size() < sizeof(sa_family_t)) return "unknown";
  const int family = endpoint.data()->sa_family;
  if (family == AF_UNIX) return "unix";
  asio::ip::tcp::endpoint tcp;
  if (endpoint.size() > tcp.capacity() || (family != AF_INET && family != AF_INET6)) return "unknown";
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  return tcp.address().to_string();
}

int family_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? address.ss_family : -1;
}

/// Removes a socket file that a killed server left behind; fails when anything else is in the way.
Result<void> clear_stale_socket(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) return fail("cannot listen on " + path + ": the file exists and is no socket");
  asio::io_context context;
  asio::local::stream_protocol::socket probe(context);
  beast::error_code code;
  probe.connect(asio::local::stream_protocol::endpoint(path), code);
  if (code != asio::error::connection_refused) return fail("cannot listen on " + path + ": another server listens there");
  if (::unlink(path.c_str()) != 0) return fail("cannot remove the stale socket " + path + ": " + std::strerror(errno));
  return {};
}

}  // namespace

std::optional<std::string> client_common_name(TlsStream& stream) {
  const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(stream.native_handle()), &X509_free);
  if (!peer) return std::nullopt;
  const int size = i2d_X509(peer.get(), nullptr);
  if (size <= 0) return std::nullopt;
  crypto::DerBytes der(static_cast<std::size_t>(size));
  std::uint8_t* out = der.data();
  i2d_X509(peer.get(), &out);
  const auto certificate = crypto::Certificate::from_der(der);
  return certificate.ok() ? certificate.value().subject.find(crypto::oid::kCommonName) : std::nullopt;
}

class KdsServer::Impl {
 public:
  explicit Impl(KdsOptions options) : context_(static_cast<int>(std::max(options.threads, 1u))) {
    shared_.options = std::move(options);
  }
  ~Impl() {
    stop();
    for (const auto& listener : shared_.options.listeners)
      if (listener.descriptor >= 0) ::close(listener.descriptor);
  }

  Result<void> start();
  Result<void> adopt(int descriptor, KdsProtocol protocol, const std::string& client);
  void stop();

  std::uint16_t ports[3] = {0, 0, 0};
  std::string tls_ca_pem;

 private:
  struct Door {
    Door(asio::io_context& context, KdsProtocol spoken) : acceptor(asio::make_strand(context)), pause(acceptor.get_executor()), protocol(spoken) {}
    Acceptor acceptor;
    asio::steady_timer pause;
    KdsProtocol protocol;
    std::string path;  ///< of a Unix socket that is ours to remove
  };

  Result<void> prepare_tls();
  Result<void> listen_tcp(std::uint16_t port, KdsProtocol protocol);
  Result<void> listen_unix(const std::string& path, KdsProtocol protocol);
  Result<void> listen_given(int descriptor, KdsProtocol protocol);
  void run();
  void accept(Door& door);
  void serve(Socket socket, KdsProtocol protocol, std::string client);

  // Connections may live in the context's queue until it is gone, and they use the two before it.
  KdsShared shared_;
  asio::ssl::context https_{asio::ssl::context::tls_server};
  asio::ssl::context vlek_{asio::ssl::context::tls_server};
  asio::io_context context_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::vector<std::thread> threads_;
  std::mutex running_mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

Result<void> KdsServer::Impl::prepare_tls() {
  const VendorAuthority& authority = *shared_.options.authority;
  tls_ca_pem = service_ca_pem(authority.universe());
  const TlsIdentity identity = service_identity(authority.universe(), authority.now());
  for (asio::ssl::context* const context : {&https_, &vlek_}) {
    context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    context->use_certificate_chain(buffer_of(identity.certificate_pem));
    context->use_private_key(buffer_of(identity.private_key_pem), asio::ssl::context::pem);
  }
  vlek_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  vlek_.add_certificate_authority(buffer_of(provider_ca_pem(authority.universe())));
  // Client certificates are judged by the clock port, as everything else is.
  X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(vlek_.native_handle()), static_cast<time_t>(authority.now()));
  // Sessions of authenticated clients may only be resumed within a named context.
  static constexpr unsigned char kSessionContext[] = "swtee-kds-vlek";
  SSL_CTX_set_session_id_context(vlek_.native_handle(), kSessionContext, sizeof kSessionContext - 1);
  return {};
}

Result<void> KdsServer::Impl::start() {
  KdsOptions& options = shared_.options;
  SWTEE_REQUIRE(options.authority != nullptr, Error("the key service needs a vendor authority"));
  auto fleet = std::make_unique<Fleet>(options.authority->universe(), options.fleet_size, options.extra_chips);
  shared_.responder = std::make_unique<KdsResponder>(options.authority, std::move(fleet), options.rules);
  SWTEE_TRY(prepare_tls());
  for (auto& listener : options.listeners) SWTEE_TRY(listen_given(std::exchange(listener.descriptor, -1), listener.protocol));
  if (options.http_port) SWTEE_TRY(listen_tcp(*options.http_port, KdsProtocol::http));
  if (options.https_port) SWTEE_TRY(listen_tcp(*options.https_port, KdsProtocol::https));
  if (options.vlek_port) SWTEE_TRY(listen_tcp(*options.vlek_port, KdsProtocol::vlek));
  for (const auto& socket : options.unix_sockets) SWTEE_TRY(listen_unix(socket.path, socket.protocol));

  work_.emplace(context_.get_executor());
  for (const auto& door : doors_) asio::post(door->acceptor.get_executor(), [this, at = door.get()] { accept(*at); });
  const SignalsBlocked blocked;
  for (unsigned i = 0; i < std::max(options.threads, 1u); ++i) {
    ++running_;
    threads_.emplace_back([this] {
      run();
      const std::lock_guard lock(running_mutex_);
      --running_;
      ended_.notify_all();
    });
  }
  return {};
}

void KdsServer::Impl::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception&) {
      // Memory ran out for one connection: it is gone with its handler, the others go on.
    }
  }
}

Result<void> KdsServer::Impl::listen_tcp(std::uint16_t port, KdsProtocol protocol) {
  const std::string where = shared_.options.address + " port " + std::to_string(port);
  beast::error_code code;
  const auto address = asio::ip::make_address(shared_.options.address, code);
  if (code) return fail("cannot listen: '" + shared_.options.address + "' is not an IP address");
  const asio::ip::tcp::endpoint endpoint(address, port);
  auto door = std::make_unique<Door>(context_, protocol);
  door->acceptor.open(StreamProtocol(endpoint.protocol()), code);
  if (!code) door->acceptor.set_option(asio::socket_base::reuse_address(true), code);
  if (!code) door->acceptor.bind(StreamProtocol::endpoint(endpoint), code);
  if (!code) door->acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (code) return fail("cannot listen on " + where + ": " + code.message());
  asio::ip::tcp::endpoint bound;
  const StreamProtocol::endpoint local = door->acceptor.local_endpoint(code);
  if (code) return fail("cannot listen on " + where + ": " + code.message());
  std::memcpy(bound.data(), local.data(), std::min<std::size_t>(local.size(), bound.capacity()));
  ports[static_cast<std::size_t>(protocol)] = bound.port();
  doors_.push_back(std::move(door));
  return {};
}

Result<void> KdsServer::Impl::listen_unix(const std::string& path, KdsProtocol protocol) {
  SWTEE_REQUIRE(path.size() < sizeof(sockaddr_un::sun_path), Error("the socket path is longer than 107 bytes: " + path));
  SWTEE_TRY(clear_stale_socket(path));
  const asio::local::stream_protocol::endpoint endpoint(path);
  auto door = std::make_unique<Door>(context_, protocol);
  beast::error_code code;
  door->acceptor.open(StreamProtocol(AF_UNIX, 0), code);
  if (!code) door->acceptor.bind(StreamProtocol::endpoint(endpoint), code);
  if (!code && ::chmod(path.c_str(), 0600) != 0) code = beast::error_code(errno, boost::system::system_category());
  if (!code) door->acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (code) return fail("cannot listen on " + path + ": " + code.message());
  door->path = path;
  doors_.push_back(std::move(door));
  return {};
}

Result<void> KdsServer::Impl::listen_given(int descriptor, KdsProtocol protocol) {
  const int family = family_of(descriptor);
  auto door = std::make_unique<Door>(context_, protocol);
  beast::error_code code;
  door->acceptor.assign(StreamProtocol(family, 0), descriptor, code);
  if (code) ::close(descriptor);
  if (code) return fail("cannot listen on descriptor " + std::to_string(descriptor) + ": " + code.message());
  doors_.push_back(std::move(door));
  return {};
}

void KdsServer::Impl::accept(Door& door) {
  door.acceptor.async_accept(asio::make_strand(context_), [this, &door](beast::error_code code, Socket socket) {
    if (code == asio::error::operation_aborted || shared_.stopping) return;
    if (!code) {
      std::string client = address_of(socket);
      serve(std::move(socket), door.protocol, std::move(client));
      return accept(door);
    }
    // Out of descriptors, as a rule: asking again at once would only burn the processor.
    door.pause.expires_after(kAcceptPause);
    door.pause.async_wait([this, &door](beast::error_code stopped) {
      if (!stopped) accept(door);
    });
  });
}

void KdsServer::Impl::serve(Socket socket, KdsProtocol protocol, std::string client) {
  {
    const std::lock_guard lock(shared_.connections_mutex);
    if (shared_.live.size() >= shared_.options.max_connections) return;
  }
  beast::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (protocol == KdsProtocol::http)
    std::make_shared<KdsSession<PlainStream>>(shared_, std::move(socket), protocol, std::move(client))->begin();
  else
    std::make_shared<KdsSession<TlsStream>>(shared_, std::move(socket), protocol, std::move(client),
                                            protocol == KdsProtocol::https ? https_ : vlek_)
        ->begin();
}

Result<void> KdsServer::Impl::adopt(int descriptor, KdsProtocol protocol, const std::string& client) {
  const int family = family_of(descriptor);
  Socket socket(asio::make_strand(context_));
  beast::error_code code;
  socket.assign(StreamProtocol(family, 0), descriptor, code);
  if (code) ::close(descriptor);
  if (code) return fail("cannot serve descriptor " + std::to_string(descriptor) + ": " + code.message());
  SWTEE_REQUIRE(!shared_.stopping, Error("the key service has stopped"));
  serve(std::move(socket), protocol, client);
  return {};
}

void KdsServer::Impl::stop() {
  shared_.stopping = true;
  if (shared_.responder) shared_.responder->stop();
  for (const auto& door : doors_)
    asio::post(door->acceptor.get_executor(), [at = door.get()] {
      beast::error_code ignored;
      at->acceptor.close(ignored);
      at->pause.cancel();
    });
  {
    const std::lock_guard lock(shared_.connections_mutex);
    for (KdsConnection* const connection : shared_.live) connection->end_soon();
  }
  work_.reset();
  {
    std::unique_lock lock(running_mutex_);
    ended_.wait_for(lock, kStopPatience, [this] { return running_ == 0; });
  }
  context_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& door : doors_)
    if (!door->path.empty()) ::unlink(door->path.c_str());
  doors_.clear();
}

KdsServer::KdsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KdsServer::~KdsServer() = default;

Result<std::unique_ptr<KdsServer>> KdsServer::start(KdsOptions options) {
  try {
    auto impl = std::make_unique<Impl>(std::move(options));
    SWTEE_TRY(impl->start());
    return std::unique_ptr<KdsServer>(new KdsServer(std::move(impl)));
  } catch (const std::exception& problem) {
    return fail(std::string("cannot start the key service: ") + problem.what());
  }
}

std::uint16_t KdsServer::http_port() const { return impl_->ports[static_cast<std::size_t>(KdsProtocol::http)]; }
std::uint16_t KdsServer::https_port() const { return impl_->ports[static_cast<std::size_t>(KdsProtocol::https)]; }
std::uint16_t KdsServer::vlek_port() const { return impl_->ports[static_cast<std::size_t>(KdsProtocol::vlek)]; }
const std::string& KdsServer::tls_ca_pem() const { return impl_->tls_ca_pem; }

Result<void> KdsServer::adopt(int descriptor, KdsProtocol protocol, const std::string& client) {
  return impl_->adopt(descriptor, protocol, client);
}

void KdsServer::stop() { impl_->stop(); }

}  // namespace swtee::vendor
