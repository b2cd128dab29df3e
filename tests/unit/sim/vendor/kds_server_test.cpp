// SPDX-License-Identifier: Apache-2.0
// The server through its sockets: a client of a few lines for HTTP, `openssl s_client` for TLS.
#include "sim/vendor/kds_server.h"

#include "firmware/crypto/x509.h"
#include "sim/vendor/provider.h"
#include "vendor_fixture.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <mutex>
#include <thread>

namespace swtee::vendor {
namespace {

struct Answer {
  unsigned status = 0;
  std::string head;
  std::string body;
  bool has(const std::string& header) const { return head.find(header) != std::string::npos; }
};

/// One connection of a client that trusts nothing to a library.
class Connection {
 public:
  explicit Connection(int descriptor) : fd_(descriptor) {}
  ~Connection() { ::close(fd_); }
  Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  static Connection tcp(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return Connection(fd);
  }
  static Connection unix_path(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return Connection(fd);
  }

  void send(const std::string& text) { EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size())); }
  /// Reads one answer; status 0 when the server closed without one.
  Answer receive(bool head_only = false) {
    Answer answer;
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return answer;
    answer.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const std::size_t length_at = answer.head.find("Content-Length: ");
    const std::size_t length = length_at == std::string::npos || head_only ? 0 : std::stoul(answer.head.substr(length_at + 16));
    while (buffer_.size() < length)
      if (!more()) break;
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
  }
  Answer get(const std::string& target, const std::string& method = "GET", const std::string& more_headers = "") {
    send(method + " " + target + " HTTP/1.1\r\nHost: kdsintf.amd.com\r\n" + more_headers + "\r\n");
    return receive(method == "HEAD");
  }
  /// True when the server closes within five seconds.
  bool closed() {
    while (more()) {
    }
    return eof_;
  }

 private:
  bool more() {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, 5000) != 1) return false;
    char piece[4096];
    const ssize_t count = ::recv(fd_, piece, sizeof piece, 0);
    eof_ = count <= 0;
    if (count > 0) buffer_.append(piece, static_cast<std::size_t>(count));
    return count > 0;
  }
  int fd_;
  std::string buffer_;
  bool eof_ = false;
};

struct Server : testing::Test {
  FixedClock clock;
  std::shared_ptr<VendorAuthority> authority = std::make_shared<VendorAuthority>(make_authority(clock));
  KdsOptions options;
  TemporaryDirectory directory;
  const ProductRow& row = product_row(Product::genoa);
  std::string vcek_target;

  Server() {
    options.authority = authority;
    options.fleet_size = 4;
    const keys::Chip chip = keys::make_chip(authority->universe(), row, 0);
    for (const std::uint8_t byte : chip.hardware_id()) {
      vcek_target += "0123456789abcdef"[byte >> 4];
      vcek_target += "0123456789abcdef"[byte & 15];
    }
    vcek_target = "/vcek/v1/Genoa/" + vcek_target + "?blSPL=10&teeSPL=0&snpSPL=23&ucodeSPL=84";
  }
  std::unique_ptr<KdsServer> start() {
    auto server = KdsServer::start(options);
    EXPECT_TRUE(server.ok()) << (server.ok() ? "" : server.error().what());
    return std::move(server).value();
  }
  std::string expected_vcek() const {
    const auto der = authority->vcek(keys::make_chip(authority->universe(), row, 0), row.tcb);
    return {der.begin(), der.end()};
  }
};

TEST_F(Server, ServesVcekChainAndCrlOnOneConnection) {
  const auto server = start();
  Connection client = Connection::tcp(server->http_port());
  const Answer vcek = client.get(vcek_target);
  EXPECT_EQ(vcek.status, 200u);
  EXPECT_EQ(vcek.body, expected_vcek());
  EXPECT_TRUE(vcek.has("Cache-Control: no-cache\r\n")) << vcek.head;
  EXPECT_EQ(client.get("/vcek/v1/Genoa/cert_chain").body, authority->cert_chain(line_of(row), KeyKind::vcek));
  EXPECT_EQ(client.get("/vcek/v1/Genoa/crl").status, 200u);
  EXPECT_EQ(client.get("/vcek/v1/Siena/crl").status, 404u);
  EXPECT_EQ(client.get(vcek_target + "&blSPL=1").status, 400u);
}

TEST_F(Server, AnswersHeadWithoutBodyAndRefusesOtherMethods) {
  const auto server = start();
  Connection client = Connection::tcp(server->http_port());
  const Answer head = client.get(vcek_target, "HEAD");
  EXPECT_EQ(head.status, 200u);
  EXPECT_TRUE(head.has("Content-Length: " + std::to_string(expected_vcek().size()) + "\r\n")) << head.head;
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "BREW"}) {
    const Answer refused = client.get(vcek_target, method);
    EXPECT_EQ(refused.status, 405u) << method;
    EXPECT_TRUE(refused.has("Allow: GET, HEAD\r\n")) << refused.head;
  }
  EXPECT_EQ(client.get(vcek_target).status, 200u);
}

TEST_F(Server, AnswersPipelinedAndOldRequests) {
  const auto server = start();
  Connection pipelined = Connection::tcp(server->http_port());
  const std::string request = "GET /vcek/v1/Milan/crl HTTP/1.1\r\nHost: x\r\n\r\n";
  pipelined.send(request + request + request);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pipelined.receive().status, 200u);
  Connection old = Connection::tcp(server->http_port());
  old.send("GET /vcek/v1/Milan/crl HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200u);
  EXPECT_TRUE(old.closed());
}

TEST_F(Server, RefusesHostileRequestsAndServesOn) {
  const auto server = start();
  const std::pair<std::string, unsigned> cases[] = {
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS on the plain port\r\n\r\n", 400u},
      {"GET\r\n\r\n", 400u},
      {"GET / HTTP/9.9\r\n\r\n", 400u},
      {"GET /vcek/v1/Milan/crl HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400u},
      {"GET /vcek/v1/Milan/crl HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400u},
      {"GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", 431u},
      {"GET /" + std::string(20000, 'x') + " HTTP/1.1\r\n\r\n", 431u},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413u},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + std::string(0x20000, 'y') + "\r\n0\r\n\r\n", 413u},
  };
  for (const auto& [request, status] : cases) {
    Connection client = Connection::tcp(server->http_port());
    client.send(request);
    EXPECT_EQ(client.receive().status, status) << request.substr(0, 60);
    EXPECT_TRUE(client.closed()) << request.substr(0, 60);
  }
  { Connection abandoned = Connection::tcp(server->http_port()); abandoned.send("GET /vcek"); }
  EXPECT_EQ(Connection::tcp(server->http_port()).get(vcek_target).status, 200u);
}

TEST_F(Server, ClosesConnectionsThatStaySilent) {
  options.idle_timeout = std::chrono::seconds(1);
  const auto server = start();
  Connection silent = Connection::tcp(server->http_port());
  Connection half = Connection::tcp(server->http_port());
  half.send("GET /vcek");
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(half.closed());
}

TEST_F(Server, ClosesConnectionsBeyondItsLimit) {
  options.max_connections = 2;
  const auto server = start();
  Connection first = Connection::tcp(server->http_port());
  Connection second = Connection::tcp(server->http_port());
  EXPECT_EQ(first.get("/vcek/v1/Milan/crl").status, 200u);
  EXPECT_EQ(second.get("/vcek/v1/Milan/crl").status, 200u);
  EXPECT_TRUE(Connection::tcp(server->http_port()).closed());
  EXPECT_EQ(first.get("/vcek/v1/Milan/crl").status, 200u);
}

TEST_F(Server, ServesConcurrentClientsAlike) {
  const auto server = start();
  const std::string expected = expected_vcek();
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back([&] {
      Connection client = Connection::tcp(server->http_port());
      for (int n = 0; n < 20; ++n)
        if (client.get(vcek_target).body != expected) ++wrong;
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Server, LimitsRatePerClientWhenSwitchedOn) {
  options.rules.rate_limit_seconds = 10;
  const auto server = start();
  Connection client = Connection::tcp(server->http_port());
  EXPECT_EQ(client.get(vcek_target).status, 200u);
  const Answer limited = client.get(vcek_target);
  EXPECT_EQ(limited.status, 429u);
  EXPECT_TRUE(limited.has("Retry-After: 10\r\n")) << limited.head;
  clock.now += 10;
  EXPECT_EQ(client.get(vcek_target).status, 200u);
}

TEST_F(Server, TellsTheLogOfEachRequest) {
  std::mutex mutex;
  std::vector<KdsAccess> log;
  options.on_access = [&](const KdsAccess& access) {
    const std::lock_guard lock(mutex);
    log.push_back(access);
  };
  const auto server = start();
  {
    Connection client = Connection::tcp(server->http_port());
    (void)client.get(vcek_target);
    (void)client.get(vcek_target);
    (void)client.get("/nowhere");
  }
  server->stop();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0].client, "127.0.0.1");
  EXPECT_EQ(log[0].method, "GET");
  EXPECT_EQ(log[0].target, vcek_target);
  EXPECT_FALSE(log[0].from_cache);
  EXPECT_TRUE(log[1].from_cache);
  EXPECT_EQ(log[2].status, 404u);
}

TEST_F(Server, ServesUnixSocketsGivenListenersAndAdoptedConnections) {
  options.http_port.reset();
  options.unix_sockets = {{directory.file("kds.sock"), KdsProtocol::http}};
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  options.listeners = {{listener, KdsProtocol::http}};
  const auto server = start();
  EXPECT_EQ(server->http_port(), 0);
  EXPECT_EQ(Connection::unix_path(directory.file("kds.sock")).get(vcek_target).status, 200u);
  EXPECT_EQ(Connection::tcp(ntohs(address.sin_port)).get(vcek_target).status, 200u);
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  ASSERT_TRUE(server->adopt(pair[1], KdsProtocol::http, "sandbox").ok());
  EXPECT_EQ(Connection(pair[0]).get(vcek_target).status, 200u);
  server->stop();
  EXPECT_FALSE(std::filesystem::exists(directory.file("kds.sock")));
}

TEST_F(Server, ReplacesStaleSocketsOnly) {
  const std::string path = directory.file("kds.sock");
  {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
  }
  options.unix_sockets = {{path, KdsProtocol::http}};
  const auto server = start();
  const auto second = KdsServer::start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().what().find("another server"), std::string::npos) << second.error().what();
  EXPECT_EQ(Connection::unix_path(path).get(vcek_target).status, 200u);
  options.unix_sockets = {{directory.write("file", std::string("precious")), KdsProtocol::http}};
  EXPECT_FALSE(KdsServer::start(options).ok());
  EXPECT_TRUE(std::filesystem::exists(directory.file("file")));
  options.unix_sockets = {{directory.file(std::string(200, 'x')), KdsProtocol::http}};
  EXPECT_FALSE(KdsServer::start(options).ok());
}

TEST_F(Server, SaysWhatIsWrongWhenItCannotListen) {
  const auto server = start();
  options.http_port = server->http_port();
  const auto second = KdsServer::start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().what().find(std::to_string(server->http_port())), std::string::npos) << second.error().what();
  options.address = "localhost";
  EXPECT_FALSE(KdsServer::start(options).ok());
  options.authority.reset();
  EXPECT_FALSE(KdsServer::start(options).ok());
}

TEST_F(Server, StopsWithIdleAndHalfSentRequests) {
  options.https_port = std::uint16_t{0};
  const auto server = start();
  Connection idle = Connection::tcp(server->http_port());
  EXPECT_EQ(idle.get("/vcek/v1/Milan/crl").status, 200u);
  Connection half = Connection::tcp(server->http_port());
  half.send("GET /vcek");
  Connection handshake = Connection::tcp(server->https_port());
  handshake.send("\x16\x03\x01");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server->stop();
  server->stop();
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(half.closed());
  EXPECT_TRUE(handshake.closed());
}

TEST_F(Server, AnswersWhileItsFleetIsStillFilling) {
  options.fleet_size = 100000;
  options.https_port = options.vlek_port = std::uint16_t{0};
  const auto server = start();
  EXPECT_EQ(Connection::tcp(server->http_port()).get(vcek_target).status, 200u);
}

struct TlsServer : Server {
  std::unique_ptr<KdsServer> server;
  std::string ca;

  TlsServer() {
    options.https_port = options.vlek_port = std::uint16_t{0};
    server = start();
    ca = directory.write("service-ca.pem", server->tls_ca_pem());
  }
  /// What `openssl s_client` says, with one GET sent.
  CommandResult s_client(std::uint16_t port, const std::string& target, const std::string& arguments) {
    const std::string request = "GET " + target + " HTTP/1.0\\r\\n\\r\\n";
    return run("printf '" + request + "' | timeout 20 openssl s_client -ign_eof -attime " + std::to_string(clock.now) + " -connect 127.0.0.1:" +
               std::to_string(port) + " -CAfile " + ca + " -verify_return_error " + arguments);
  }
};

TEST_F(TlsServer, ProvesItsNamesToOpenssl) {
  for (const std::string& name : service_names()) {
    const CommandResult result = s_client(server->https_port(), "/vcek/v1/Milan/cert_chain", "-servername " + name + " -verify_hostname " + name);
    EXPECT_NE(result.output.find("Verify return code: 0 (ok)"), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("HTTP/1.0 200 OK"), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("BEGIN CERTIFICATE"), std::string::npos);
  }
  EXPECT_NE(s_client(server->https_port(), "/", "-verify_ip 127.0.0.1").output.find("Verify return code: 0 (ok)"), std::string::npos);
  EXPECT_EQ(s_client(server->https_port(), "/", "-verify_hostname example.com").output.find("Verify return code: 0 (ok)"), std::string::npos);
}

TEST_F(TlsServer, RefusesOldProtocols) {
  EXPECT_NE(s_client(server->https_port(), "/", "-tls1_2").output.find("HTTP/1.0 404"), std::string::npos);
  EXPECT_EQ(s_client(server->https_port(), "/", "-tls1_1 -cipher ALL:@SECLEVEL=0").output.find("HTTP/1.0"), std::string::npos);
}

TEST_F(TlsServer, DemandsAProvidersCertificateForVleks) {
  const std::string target = "/vlek/v1/Milan/cert?blSPL=4&snpSPL=24&ucodeSPL=115";
  EXPECT_EQ(s_client(server->vlek_port(), target, "").output.find("HTTP/1.0"), std::string::npos) << "without a certificate nothing is served";
  EXPECT_NE(s_client(server->https_port(), target, "").output.find("HTTP/1.0 404"), std::string::npos);

  const Provider provider = Provider::create(authority->universe(), "cc.example.com").value();
  const TlsIdentity identity = provider.client_identity(clock.now);
  const std::string certificate = directory.write("provider.pem", identity.certificate_pem);
  const std::string key = directory.write("provider-key.pem", identity.private_key_pem);
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const CommandResult result = s_client(server->vlek_port(), target, "-cert " + certificate + " -key " + key + " " + version);
    EXPECT_NE(result.output.find("HTTP/1.0 200 OK"), std::string::npos) << version << result.output;
    EXPECT_NE(result.output.find("CN=cc.example.com"), std::string::npos) << "cspID names the provider";
  }
  const std::string stranger = directory.file("stranger.pem");
  const std::string stranger_key = directory.file("stranger-key.pem");
  ASSERT_EQ(run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=cc.example.com -keyout " + stranger_key + " -out " + stranger).status, 0);
  EXPECT_EQ(s_client(server->vlek_port(), target, "-cert " + stranger + " -key " + stranger_key).output.find("HTTP/1.0"), std::string::npos);
}

/// Whoever trusts the service CA by mistake trusts it for the services' names only.
TEST_F(TlsServer, ServiceCaIsConstrainedToItsNames) {
  const auto certificate = crypto::certificate_from_file({reinterpret_cast<const std::uint8_t*>(server->tls_ca_pem().data()), server->tls_ca_pem().size()});
  ASSERT_TRUE(certificate.ok());
  const crypto::Extension* const constraints = certificate.value().extension("2.5.29.30");
  ASSERT_NE(constraints, nullptr);
  EXPECT_TRUE(constraints->critical);
  const std::string text = run("openssl x509 -noout -text -in " + ca).output;
  EXPECT_NE(text.find("DNS:kdsintf.amd.com"), std::string::npos) << text;
  EXPECT_NE(text.find("IP:127.0.0.0/255.0.0.0"), std::string::npos) << text;
  EXPECT_NE(text.find("swtee TEST ONLY"), std::string::npos);
}

}  // namespace
}  // namespace swtee::vendor
