// SPDX-License-Identifier: Apache-2.0
// Guest requests through the whole path: the driver's ioctl, the host, the machine, the firmware, and back.
#include "firmware/crypto/ecdsa.h"
#include "guest/snp/guest_message.h"
#include "sim/embedded/embedded_guest.h"
#include "tests/bench/alternating.h"

#include <swtee/abi/snp/guest_message.h>
#include <swtee/abi/snp/sev_guest_ioctl.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <memory>

namespace swtee::bench {
namespace {

constexpr double kReportLimit = 1.10;
constexpr double kRequestLimit = 15e-6;
constexpr std::size_t kReportsInSample = 4;
constexpr std::size_t kRequestsInSample = 200;
constexpr std::uint8_t kOwnKey = 1;  ///< VMPCK1: the driver has VMPCK0

/// The memory of this program, as a program's own kernel sees it.
class OwnMemory final : public guest::snp::UserMemory {
 public:
  bool copy_in(std::uint64_t address, MutableBytes to) override {
    std::memcpy(to.data(), reinterpret_cast<const void*>(address), to.size());
    return true;
  }
  bool copy_out(std::uint64_t address, ByteView from) override {
    std::memcpy(reinterpret_cast<void*>(address), from.data(), from.size());
    return true;
  }
};

template <class T>
std::uint64_t address_of(T& object) {
  return reinterpret_cast<std::uint64_t>(&object);
}

/// A Genoa machine with a running guest.
class Guest {
 public:
  Guest() {
    vendor::AuthorityOptions options;
    options.clock = &clock_;
    auto authority = vendor::VendorAuthority::create(std::move(options));
    require(authority.ok(), "the vendor");
    authority_ = std::make_unique<vendor::VendorAuthority>(std::move(authority).value());
    auto platform = config::default_platform("snp:genoa");
    require(platform.ok(), "the platform");
    auto launched = embedded::EmbeddedGuest::launch(platform.value(), {}, *authority_);
    require(launched.ok(), "the launch");
    guest_ = std::move(launched).value();
    std::array<std::uint8_t, kPageSize> secrets{};
    require(hypervisor().read_guest(guest_->guest(), *guest_->guest().secrets_gpa, 0, secrets), "the secrets page");
    std::memcpy(key_.fill().data(), secrets.data() + guest::snp::kSecretsVmpckOffset + kOwnKey * key_.size, key_.size);
  }

  void ioctl(std::uint32_t request, std::uint64_t in, std::uint64_t out) {
    snp::GuestRequestIoctl argument{};
    argument.msg_version = 1;
    argument.req_data = in;
    argument.resp_data = out;
    require(guest_->device().ioctl(request, address_of(argument), memory_) == 0, "the ioctl");
  }

  snp::SnpReportResp report() {
    snp::SnpReportReq request{};
    snp::SnpReportResp response{};
    ioctl(snp::kIoctlGetReport, address_of(request), address_of(response));
    return response;
  }

  snp::SnpDerivedKeyResp derived_key() {
    snp::SnpDerivedKeyReq request{};
    snp::SnpDerivedKeyResp response{};
    ioctl(snp::kIoctlGetDerivedKey, address_of(request), address_of(response));
    return response;
  }

  /// A message that Linux's driver does not offer: sealed and opened here as the driver does it.
  void message(snp::MessageType type, ByteView payload, MutableBytes answer) {
    const guest::snp::MessageFields fields{sequence_, type, 1, kOwnKey};
    std::array<std::uint8_t, kPageSize> request;
    std::array<std::uint8_t, kPageSize> response;
    guest::snp::seal_message(key_, fields, payload, request);
    require(hypervisor().guest_request(guest_->guest(), request, response) == snp::Status::success, "the guest request");
    require(guest::snp::open_response(key_, fields, response, answer).ok(), "the response");
    sequence_ += 2;
  }

 private:
  host::Hypervisor& hypervisor() { return guest_->hypervisor(); }

  embedded::SystemClock clock_{1750000000};
  std::unique_ptr<vendor::VendorAuthority> authority_;
  std::unique_ptr<embedded::EmbeddedGuest> guest_;
  OwnMemory memory_;
  crypto::GcmKey key_;
  std::uint64_t sequence_ = 1;
};

Guest& guest() {
  static Guest the_guest;
  return the_guest;
}

void report_against(benchmark::State& state, const std::function<void()>& bare_signature, double limit) {
  guest().report();  // derives the VCEK, which the firmware then keeps
  Alternating runs(Timer::thread);
  for (auto _ : state)
    runs.pair(
        state, kReportsInSample,
        [] {
          for (std::size_t i = 0; i < kReportsInSample; ++i) benchmark::DoNotOptimize(guest().report());
        },
        [&] {
          for (std::size_t i = 0; i < kReportsInSample; ++i) bare_signature();
        });
  runs.report(state, Limit::ratio_at_most, limit);
}

void BM_ReportAgainstDeterministicSignature(benchmark::State& state) {
  const Bytes<56> seed{1, 2, 3};
  const auto key = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, seed);
  crypto::Sha384Digest digest{};
  report_against(
      state,
      [&] {
        ++digest[0];
        benchmark::DoNotOptimize(key.sign(digest));
      },
      kReportLimit);
}

/// For information: OpenSSL's own signature, with a random nonce.
void BM_ReportAgainstOpensslSignature(benchmark::State& state) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const std::unique_ptr<EC_KEY, void (*)(EC_KEY*)> key(EC_KEY_new_by_curve_name(NID_secp384r1), EC_KEY_free);
  require(key != nullptr && EC_KEY_generate_key(key.get()) == 1, "OpenSSL's key");
  crypto::Sha384Digest digest{};
  report_against(
      state,
      [&] {
        ++digest[0];
        ECDSA_SIG* const signature = ECDSA_do_sign(digest.data(), static_cast<int>(digest.size()), key.get());
        require(signature != nullptr, "OpenSSL's signature");
        ECDSA_SIG_free(signature);
      },
      kReportLimit);
#pragma GCC diagnostic pop
}

template <class Request>
void measure_request(benchmark::State& state, const Request& request) {
  request();
  Sampled runs(Timer::thread);
  for (auto _ : state)
    runs.sample(state, kRequestsInSample, [&] {
      for (std::size_t i = 0; i < kRequestsInSample; ++i) request();
    });
  runs.report_time(state, kRequestLimit);
}

/// Through the driver's ioctl.
void BM_DerivedKey(benchmark::State& state) {
  measure_request(state, [] { benchmark::DoNotOptimize(guest().derived_key()); });
}

void BM_TscInfo(benchmark::State& state) {
  const std::array<std::uint8_t, snp::kTscInfoReqSize> payload{};
  snp::TscInfoRsp answer{};
  measure_request(state, [&] { guest().message(snp::MessageType::tsc_info_req, payload, mutable_bytes_of(answer)); });
  require(answer.status == 0, "the TSC information");
}

/// The largest request: a full table.
void BM_Cpuid(benchmark::State& state) {
  snp::CpuidTable table{};
  table.count = snp::kCpuidFunctionsMax;
  snp::CpuidRsp answer{};
  measure_request(state, [&] { guest().message(snp::MessageType::cpuid_req, bytes_of(table), mutable_bytes_of(answer)); });
  require(answer.count == snp::kCpuidFunctionsMax, "the CPUID answer");
}

BENCHMARK(BM_ReportAgainstDeterministicSignature)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReportAgainstOpensslSignature)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DerivedKey)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_TscInfo)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Cpuid)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swtee::bench
