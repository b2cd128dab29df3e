// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_client/kds_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

namespace swtee::kds {
namespace {

namespace asio = boost::asio;

/// Answers one connection with bytes that a test chooses, and keeps what was asked. Not an HTTP server: it says what a
/// good or a hostile one may say.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    thread_ = std::thread([this, answer = std::move(answer)] {
      boost::system::error_code error;
      asio::ip::tcp::socket socket(io_);
      acceptor_.accept(socket, error);
      asio::streambuf buffer;
      if (!error) asio::read_until(socket, buffer, "\r\n\r\n", error);
      request_.assign(asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data()));
      asio::write(socket, asio::buffer(answer), error);
    });
  }
  ~OneAnswer() {
    if (thread_.joinable()) thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  /// Waits until the answer was given.
  const std::string& request() {
    thread_.join();
    return request_;
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
  std::string request_;
};

std::string http_answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Bytes<8> some_hwid() { return {0x1e, 0x55, 0x0a, 0x8e, 0xe5, 0xcf, 0x9f, 0x4d}; }

Client client(const OneAnswer& server, const std::string& prefix = "") {
  return Client::create(server.url() + prefix, {.timeout = std::chrono::seconds(5)}).value();
}

TEST(HttpUrl, IsTakenApart) {
  const HttpUrl plain = parse_http_url("http://localhost").value();
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "localhost");
  EXPECT_EQ(plain.port, "80");
  EXPECT_EQ(plain.path, "");
  const HttpUrl full = parse_http_url("https://[::1]:8443/kds/").value();
  EXPECT_TRUE(full.tls);
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, "8443");
  EXPECT_EQ(full.path, "/kds");
}

TEST(HttpUrl, IsRefusedWhenItIsNone) {
  for (const char* url : {"", "host", "ftp://host", "http://", "http://:80", "http://host:", "http://host:x", "http://host:65536",
                          "http://host:123456", "http://[::1", "http://[::1]x", "http://a@host", "http://host/?q", "http://host/#f",
                          "http://ho st", "http://host/\r\nX: y"})
    EXPECT_FALSE(parse_http_url(url).ok()) << url;
}

TEST(KdsClient, AsksForAVcekByChipAndPatchLevels) {
  OneAnswer server(http_answer("404 Not Found", ""));
  const auto vcek = client(server).vcek("Turin", some_hwid(), {.fmc = 1, .boot_loader = 2, .tee = 3, .snp = 4, .microcode = 200},
                                        snp::TcbLayout::turin);
  ASSERT_TRUE(vcek.ok()) << vcek.error().what();
  EXPECT_FALSE(vcek.value().has_value());
  EXPECT_EQ(server.request().substr(0, 90),
            "GET /vcek/v1/Turin/1e550a8ee5cf9f4d?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=200 HTTP/1");
}

TEST(KdsClient, PutsThePrefixOfTheUrlBeforeThePath) {
  OneAnswer server(http_answer("200 OK", "x"));
  EXPECT_FALSE(client(server, "/mirror/").crl("vlek", "Milan").ok());
  EXPECT_EQ(server.request().substr(0, 32), "GET /mirror/vlek/v1/Milan/crl HT");
}

TEST(KdsClient, SaysWhatAStatusMeans) {
  OneAnswer busy(http_answer("429 Too Many Requests", ""));
  const auto crl = client(busy).crl("vcek", "Milan");
  ASSERT_FALSE(crl.ok());
  EXPECT_NE(crl.error().what().find("too many requests"), std::string::npos);
  OneAnswer down(http_answer("503 Service Unavailable", ""));
  const auto chain = client(down).cert_chain("vcek", "Milan");
  ASSERT_FALSE(chain.ok());
  EXPECT_NE(chain.error().what().find("503"), std::string::npos);
}

TEST(KdsClient, RefusesAnswersThatAreNoCertificates) {
  OneAnswer page(http_answer("200 OK", "<html>"));
  EXPECT_FALSE(client(page).vcek("Milan", some_hwid(), {}, snp::TcbLayout::milan_genoa).ok());
  OneAnswer empty(http_answer("200 OK", ""));
  EXPECT_FALSE(client(empty).cert_chain("vcek", "Milan").ok());
}

TEST(KdsClient, FailsOnHostileAnswers) {
  const std::string large(2 << 20, 'x');
  for (const std::string& answer :
       {std::string(), std::string("\0\0\0\0", 4), std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), http_answer("200 OK", large),
        "HTTP/1.1 200 OK\r\nX: " + std::string(40000, 'a') + "\r\n\r\n"}) {
    OneAnswer server(answer);
    const auto got = client(server).crl("vcek", "Milan");
    EXPECT_FALSE(got.ok()) << answer.substr(0, 40);
  }
}

TEST(KdsClient, GivesUpAfterItsTime) {
  asio::io_context io;
  asio::ip::tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  const auto kds = Client::create("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()),
                                     {.timeout = std::chrono::seconds(1)}).value();
  const auto crl = kds.crl("vcek", "Milan");
  ASSERT_FALSE(crl.ok());
  EXPECT_NE(crl.error().what().find("no answer within 1 s"), std::string::npos) << crl.error().what();
}

TEST(KdsClient, RefusesAServerThatSpeaksNoTls) {
  OneAnswer server(http_answer("200 OK", "x"));
  const std::string url = "https" + server.url().substr(4);
  const auto crl = Client::create(url, {.timeout = std::chrono::seconds(1)}).value().crl("vcek", "Milan");
  EXPECT_FALSE(crl.ok());
}

}  // namespace
}  // namespace swtee::kds
