// SPDX-License-Identifier: Apache-2.0
/// Names and connections: unmodified clients reach a server of ours by a name that the network does not know.
#include "tests/sandbox/run_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

namespace swtee::sandbox::testing {
namespace {

/// Answers every HTTP request with "hello".
class HttpServer {
 public:
  explicit HttpServer(const std::string& unix_path = "") {
    fd_ = ::socket(unix_path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (unix_path.empty()) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
      socklen_t length = sizeof address;
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
      port_ = ntohs(address.sin_port);
    } else {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
      EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    EXPECT_EQ(::listen(fd_, 16), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  std::vector<std::string> map(const std::string& port = "80") const {
    return {"--map", "kdsintf.amd.com:" + port + ":" + std::to_string(port_)};
  }
  std::string port() const { return std::to_string(port_); }
  int served() const { return served_; }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      char request[4096];
      (void)!::read(client, request, sizeof request);
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
      (void)!::write(client, answer.data(), answer.size());
      ++served_;
      ::close(client);
    }
  }
  int fd_ = -1;
  int port_ = 0;
  std::atomic<int> served_{0};
  std::thread thread_;
};

std::vector<std::string> with(std::vector<std::string> options, const std::string& more) {
  if (!more.empty()) options.push_back(more);
  return options;
}

constexpr const char* kUrl = "http://kdsintf.amd.com/";

/// Once with the program's own socket connected, once with the socket replaced.
class SandboxConnect : public ::testing::TestWithParam<const char*> {
 protected:
  HttpServer server_;
};

TEST_P(SandboxConnect, ServesCurl) {
  SANDBOX_SKIP_UNLESS(!find_program("curl").empty(), "curl is not installed");
  EXPECT_EQ(run_inside({"curl", "-sS", "-m", "10", kUrl}, with(server_.map(), GetParam())).out, "hello\n");
  EXPECT_EQ(run_inside({"curl", "-6", "-sS", "-m", "10", kUrl}, with(server_.map(), GetParam())).out, "hello\n");
}

TEST_P(SandboxConnect, ServesAStaticProgram) {
  SANDBOX_SKIP_UNLESS(!find_program("busybox").empty(), "busybox is not installed");
  EXPECT_EQ(run_inside({"busybox", "wget", "-q", "-O-", kUrl}, with(server_.map(), GetParam())).out, "hello\n");
}

TEST_P(SandboxConnect, ServesGo) {
  SANDBOX_SKIP_UNLESS(!built_program("sandbox_inside_go").empty(), "no go toolchain was found when the tests were built");
  const Output o = run_inside({built_program("sandbox_inside_go"), "get", kUrl}, with(server_.map(), GetParam()));
  EXPECT_EQ(o.out, "hello\n");
}

TEST_P(SandboxConnect, ServesANonBlockingSocket) {
  SANDBOX_SKIP_UNLESS(!find_program("python3").empty(), "python3 is not installed");
  const Output o = run_inside({find_program("python3"), "-c", R"(
import asyncio, os, socket
async def main():
    reader, writer = await asyncio.open_connection('kdsintf.amd.com', 80)
    writer.write(b'GET / HTTP/1.0\r\n\r\n')
    print((await asyncio.wait_for(reader.read(), 10)).decode().split('\n')[-2])
asyncio.run(main())
s = socket.socket(); s.setblocking(False)
print(s.connect_ex(('kdsintf.amd.com', 80)) in (0, 115), s.getblocking(), os.get_inheritable(s.fileno()))
)"}, with(server_.map(), GetParam()));
  EXPECT_EQ(o.out, "hello\nTrue False False\n") << o.err;
}

TEST_P(SandboxConnect, WorksWithoutAnyNetwork) {
  auto options = with(server_.map(), GetParam());
  options.emplace_back("--none");
  SANDBOX_SKIP_UNLESS(!find_program("curl").empty(), "curl is not installed");
  EXPECT_EQ(run_inside({"curl", "-sS", "-m", "10", kUrl}, options).out, "hello\n");
  EXPECT_EQ(run_inside({"curl", "-sS", "-m", "10", "http://127.0.0.1:" + server_.port() + "/"}, options).status, 7);
}

INSTANTIATE_TEST_SUITE_P(Ways, SandboxConnect, ::testing::Values("", "--replace"),
                         [](const auto& way) { return *way.param == 0 ? "OwnSocket" : "ReplacedSocket"; });

TEST(SandboxConnectOwnSocket, KeepsItsPlaceInAnEpollSet) {
  SANDBOX_SKIP_UNLESS(!find_program("python3").empty(), "python3 is not installed");
  HttpServer server;
  const Output o = run_inside({find_program("python3"), "-c", R"(
import select, socket
s = socket.socket(); s.setblocking(False); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
e = select.epoll(); e.register(s, select.EPOLLOUT | select.EPOLLIN)
s.connect_ex(('kdsintf.amd.com', 80))
while not any(events & select.EPOLLOUT for _, events in e.poll(5)): pass
s.send(b'GET / HTTP/1.0\r\n\r\n'); e.modify(s, select.EPOLLIN)
print(len(e.poll(5)), s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), s.recv(999).endswith(b'hello\n'))
)"}, server.map());
  EXPECT_EQ(o.out, "1 1 True\n") << o.err;
}

TEST(SandboxConnect, ReachesAUnixService) {
  SANDBOX_SKIP_UNLESS(!find_program("curl").empty(), "curl is not installed");
  TemporaryDirectory directory;
  HttpServer server(directory.file("socket"));
  const Output o = run_inside({"curl", "-sS", "-m", "10", kUrl},
                              {"--map-unix", "kdsintf.amd.com:80:" + directory.file("socket")});
  EXPECT_EQ(o.out, "hello\n") << o.err;
}

TEST(SandboxConnect, RefusesAPortWithoutAService) {
  SANDBOX_SKIP_UNLESS(!find_program("curl").empty(), "curl is not installed");
  HttpServer server;
  EXPECT_EQ(run_inside({"curl", "-sS", "-m", "10", "http://kdsintf.amd.com:444/"}, server.map()).status, 7);
}

TEST(SandboxConnect, LeavesOtherDestinationsAlone) {
  SANDBOX_SKIP_UNLESS(!find_program("curl").empty(), "curl is not installed");
  HttpServer server;
  EXPECT_EQ(run_inside({"curl", "-sS", "-m", "10", "http://127.0.0.1:" + server.port() + "/"}, server.map()).out, "hello\n");
}

TEST(SandboxNames, ResolveInEveryLibrary) {
  HttpServer server;
  EXPECT_EQ(run_inside({"getent", "ahostsv4", "kdsintf.amd.com"}, server.map()).out.substr(0, 10), "127.83.0.1");
  EXPECT_EQ(run_inside({"getent", "ahostsv6", "kdsintf.amd.com"}, server.map()).out.substr(0, 17), "fd53:5745:4531::1");
  if (!built_program("sandbox_inside_go").empty()) {
    const Output o = run_inside({built_program("sandbox_inside_go"), "lookup", "kdsintf.amd.com"}, server.map());
    EXPECT_EQ(o.out, "[127.83.0.1 fd53:5745:4531::1] <nil>\n");
  }
}

TEST(SandboxNames, ShowInTheHostsFileInsideOnly) {
  HttpServer server;
  EXPECT_NE(bash_inside("cat /etc/hosts; stat -c %s /etc/hosts", server.map()).out.find("127.83.0.1\tkdsintf.amd.com"),
            std::string::npos);
  EXPECT_EQ(run({"cat", "/etc/hosts"}).out.find("kdsintf"), std::string::npos);
  const Output sizes = bash_inside("stat -c %s /etc/hosts; cat /etc/hosts | wc -c; grep ^hosts: /etc/nsswitch.conf", server.map());
  const std::size_t line = sizes.out.find('\n');
  EXPECT_EQ(sizes.out.substr(0, line + 1), sizes.out.substr(line + 1, line + 1));
  EXPECT_NE(sizes.out.find("hosts: files"), std::string::npos);
}

/// A program with a resolver of its own asks a name server directly: our names must not reach it.
TEST(SandboxNames, AreNotAskedOfANameServer) {
  SANDBOX_SKIP_UNLESS(!find_program("python3").empty(), "python3 is not installed");
  const Output o = run_inside({find_program("python3"), "-c", R"(
import socket
def query(name): return b'\1\2\1\0\0\1\0\0\0\0\0\0' + b''.join(bytes([len(p)]) + p for p in name.split(b'.')) + b'\0\0\1\0\1'
def attempt(send):
    try: send(); return 'sent'
    except OSError as e: return e.errno
ours, other = query(b'KDSintf.amd.com'), query(b'example.org')
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(attempt(lambda: u.sendto(ours, ('127.0.0.1', 53))), attempt(lambda: u.sendto(other, ('127.0.0.1', 53))))
m = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(attempt(lambda: m.sendmsg([ours], [], 0, ('127.0.0.1', 53))), attempt(lambda: m.sendmsg([other], [], 0, ('127.0.0.1', 53))))
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.connect(('127.0.0.1', 53))
print(attempt(lambda: c.sendmsg([ours])), attempt(lambda: c.sendmsg([other])))
)"}, {"--map", "kdsintf.amd.com:80:1"});
  EXPECT_EQ(o.out, "111 sent\n111 sent\n111 sent\n") << o.err;
}

class SandboxTls : public ::testing::Test {
 protected:
  void SetUp() override {
    SANDBOX_SKIP_UNLESS(!find_program("openssl").empty() && !find_program("curl").empty(), "openssl and curl are needed");
    const Output made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", directory_.file("key"),
                             "-out", directory_.file("cert"), "-days", "2", "-subj", "/CN=kdsintf.amd.com/serialNumber=swtee TEST ONLY",
                             "-addext", "subjectAltName=DNS:kdsintf.amd.com"});
    ASSERT_EQ(made.status, 0) << made.err;
  }
  /// Runs a script inside while openssl serves its status page with the test certificate.
  Output with_server(const std::string& options, const std::string& script) {
    const std::string probe = built_program("sandbox_probe");
    return run({"bash", "-c", "port=$((20000 + RANDOM % 20000)); openssl s_server -quiet -www -accept 127.0.0.1:$port -key " +
                                  directory_.file("key") + " -cert " + directory_.file("cert") +
                                  " & for i in $(seq 50); do (: > /dev/tcp/127.0.0.1/$port) 2>/dev/null && break; sleep 0.1; done; " +
                                  probe + " --map kdsintf.amd.com:443:$port " + options + " -- bash -c '" + script +
                                  "'; status=$?; kill %1; exit $status"});
  }
  TemporaryDirectory directory_;
};

TEST_F(SandboxTls, AcceptsTheTestRootInside) {
  const Output o = with_server("--ca " + directory_.file("cert"),
                               "curl -sS -m 10 -o /dev/null -w %{http_code} https://kdsintf.amd.com/");
  EXPECT_EQ(o.out, "200") << o.err;
}

TEST_F(SandboxTls, AcceptsTheTestRootInPython) {
  SANDBOX_SKIP_UNLESS(!find_program("python3").empty(), "python3 is not installed");
  const Output o = with_server("--ca " + directory_.file("cert"),
                               find_program("python3") + " -c \"import urllib.request as u; print(u.urlopen(\\\"https://kdsintf.amd.com/\\\").status)\"");
  EXPECT_EQ(o.out, "200\n") << o.err;
}

TEST_F(SandboxTls, AcceptsTheTestRootInGo) {
  SANDBOX_SKIP_UNLESS(!built_program("sandbox_inside_go").empty(), "no go toolchain was found when the tests were built");
  const Output o = with_server("--ca " + directory_.file("cert"),
                               built_program("sandbox_inside_go") + " get https://kdsintf.amd.com/ | grep -c -i \"<html>\"");
  EXPECT_EQ(o.out, "1\n") << o.err;
}

TEST_F(SandboxTls, AddsTheTestRootToABundleOfCertifi) {
  ASSERT_EQ(::mkdir(directory_.file("certifi").c_str(), 0755), 0);
  directory_.write("certifi/cacert.pem", "one root\n");
  const Output o = bash_inside("grep -c BEGIN " + directory_.file("certifi/cacert.pem"), {"--ca", directory_.file("cert")});
  EXPECT_EQ(o.out, "1\n") << o.err;
}

TEST_F(SandboxTls, RefusesItWithoutTheOption) {
  const Output o = with_server("", "curl -sS -m 10 https://kdsintf.amd.com/");
  EXPECT_EQ(o.status, 60) << o.err;
}

TEST_F(SandboxTls, KeepsTheSystemRootsInTheBundle) {
  const Output o = bash_inside("grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; echo $SSL_CERT_FILE", {"--ca", directory_.file("cert")});
  const Output host = run({"bash", "-c", "echo $(( $(cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null | grep -c BEGIN) + 1 ))"});
  EXPECT_EQ(o.out, host.out + "/etc/ssl/certs/ca-certificates.crt\n");
}

}  // namespace
}  // namespace swtee::sandbox::testing
