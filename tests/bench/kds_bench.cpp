// SPDX-License-Identifier: Apache-2.0
// The key service over HTTP on a loopback connection that stays open.
#include "firmware/keys/endorsement.h"
#include "sim/embedded/system_ports.h"
#include "sim/vendor/kds_server.h"
#include "sim/vendor/roots.h"
#include "tests/bench/alternating.h"
#include "tests/bench/http_connection.h"
#include "tests/bench/static_file_server.h"

#include <memory>
#include <string>

namespace swtee::bench {
namespace {

constexpr double kColdLimit = 1.3;
constexpr double kWarmLimit = 2.0;
constexpr std::size_t kWarmInSample = 50;
/// About what the vendor's CA signs in a VCEK.
constexpr std::size_t kSignedSize = 830;

class Service {
 public:
  Service() : chip_(keys::make_chip(keys::Universe::test_default(), product(), 0)) {
    vendor::AuthorityOptions authority_options;
    authority_options.clock = &clock_;
    auto authority = vendor::VendorAuthority::create(std::move(authority_options));
    require(authority.ok(), "the vendor");
    vendor::KdsOptions options;
    options.authority = std::make_shared<const vendor::VendorAuthority>(std::move(authority).value());
    auto server = vendor::KdsServer::start(std::move(options));
    require(server.ok(), "the key service");
    server_ = std::move(server).value();
  }

  static const ProductRow& product() {
    const ProductRow* row = find_product("snp:genoa");
    require(row != nullptr, "the product");
    return *row;
  }

  std::uint16_t port() const { return server_->http_port(); }
  const keys::Chip& chip() const { return chip_; }

  /// A TCB for each number below 256^3.
  static snp::Tcb tcb(std::uint32_t number) {
    snp::Tcb made;
    made.boot_loader = static_cast<std::uint8_t>(number >> 16);
    made.snp = static_cast<std::uint8_t>(number >> 8);
    made.microcode = static_cast<std::uint8_t>(number);
    return made;
  }

  std::string vcek_path(const snp::Tcb& tcb) const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string path = "/vcek/v1/Genoa/";
    for (const std::uint8_t byte : chip_.hardware_id()) {
      path += kDigits[byte >> 4];
      path += kDigits[byte & 15];
    }
    return path + "?blSPL=" + std::to_string(tcb.boot_loader) + "&teeSPL=0&snpSPL=" + std::to_string(tcb.snp) +
           "&ucodeSPL=" + std::to_string(tcb.microcode);
  }

 private:
  embedded::SystemClock clock_{1750000000};
  keys::Chip chip_;
  std::unique_ptr<vendor::KdsServer> server_;
};

/// Against its parts: the stick of this TCB, its key with the public point, and one signature of the CA.
void BM_ColdVcek(benchmark::State& state) {
  Service service;
  HttpConnection connection(service.port());
  const auto roots = vendor::RootKeys::embedded();
  const crypto::RsaPrivateKey& ca = roots.key(vendor::line_of(Service::product()), vendor::Ca::ask);
  std::vector<std::uint8_t> to_sign(kSignedSize);
  ca.sign_pss_sha384(to_sign);
  connection.get(service.vcek_path(Service::tcb(0)));  // reads the CA's key
  // A sequence that covers all SVNs evenly: the number of hashes in a stick depends on them.
  std::uint32_t number = 0;
  Alternating runs(Timer::wall);
  for (auto _ : state) {
    number = (number + 0x9e3779) & 0xffffff;
    const snp::Tcb tcb = Service::tcb(number);
    const std::string path = service.vcek_path(tcb);
    runs.pair(
        state, 1, [&] { require(!connection.get(path).empty(), "the certificate"); },
        [&] {
          const auto stick = keys::EndorsementStick::from_secret(service.chip().secret.expose(), tcb);
          benchmark::DoNotOptimize(stick.key().public_key());
          to_sign[0] = static_cast<std::uint8_t>(number);
          benchmark::DoNotOptimize(ca.sign_pss_sha384(to_sign));
        });
  }
  runs.report(state, Limit::ratio_at_most, kColdLimit);
}

/// Against a file of the same size from the same HTTP library, with as many threads and the same socket options.
void BM_WarmVcek(benchmark::State& state) {
  Service service;
  HttpConnection connection(service.port());
  const std::string path = service.vcek_path(Service::tcb(0x030815));
  const std::string certificate = connection.get(path);
  StaticFileServer files(certificate);
  HttpConnection to_files(files.port());
  require(to_files.get("/file") == certificate, "the static file");
  Alternating runs(Timer::wall);
  for (auto _ : state)
    runs.pair(
        state, kWarmInSample,
        [&] {
          for (std::size_t i = 0; i < kWarmInSample; ++i) require(connection.get(path).size() == certificate.size(), "the certificate");
        },
        [&] {
          for (std::size_t i = 0; i < kWarmInSample; ++i) require(to_files.get("/file").size() == certificate.size(), "the static file");
        });
  runs.report(state, Limit::ratio_at_most, kWarmLimit);
}

BENCHMARK(BM_ColdVcek)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WarmVcek)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swtee::bench
