// SPDX-License-Identifier: Apache-2.0
// A launch against the same hash inputs and the same encryption through bare EVP: 256 MiB of NORMAL pages, a part of them at a
// time in turn; and the measurement alone against the hashes. KVM fills each page just before it hands it to the firmware; so here a part is filled just before it is measured.
#include "guest/measure/launch_digest.h"
#include "sim/measure/measure.h"
#include "tests/bench/alternating.h"
#include "tests/support/snp_machine.h"

#include <swtee/abi/snp/commands.h>

#include <openssl/evp.h>

#include <memory>

namespace swtee::bench {
namespace {

constexpr double kLeastSpeed = 0.95;
constexpr double kMostOfLaunch = 1.2;
constexpr std::uint64_t kGuestSize = std::uint64_t{256} << 20;
constexpr std::uint64_t kSmallPart = std::uint64_t{64} << 10;
constexpr std::uint64_t kLargePart = kLargePageSize;

/// The content of the guest: no two pages are alike.
const std::vector<std::uint8_t>& guest_content() {
  static const auto made = std::make_shared<const std::vector<std::uint8_t>>([] {
    std::vector<std::uint8_t> bytes(kGuestSize);
    std::uint64_t x = 1;
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(x)) {
      x = x * 6364136223846793005u + 1442695040888963407u;
      std::memcpy(&bytes[i], &x, sizeof(x));
    }
    return bytes;
  }());
  return *made;
}

/// The hashes that a launch digest is made of, and nothing else: one context, the algorithm fetched once.
class BareDigest {
 public:
  BareDigest() : md_(EVP_MD_fetch(nullptr, "SHA2-384", nullptr)), context_(EVP_MD_CTX_new()) {
    require(md_ != nullptr && context_ != nullptr, "EVP");
  }
  ~BareDigest() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(md_);
  }
  BareDigest(const BareDigest&) = delete;
  BareDigest& operator=(const BareDigest&) = delete;

  void add_normal_page(std::uint64_t gpa, ByteView page) {
    hash(page, record_.contents.data());
    record_.length = sizeof(record_);
    record_.page_type = static_cast<std::uint8_t>(snp::PageType::normal);
    record_.gpa = gpa;
    hash(bytes_of(record_), record_.digest_cur.data());
  }
  const Bytes<48>& value() const { return record_.digest_cur; }

 private:
  void hash(ByteView bytes, std::uint8_t* out) {
    require(EVP_DigestInit_ex2(context_, md_, nullptr) == 1 && EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1 &&
                EVP_DigestFinal_ex(context_, out, nullptr) == 1,
            "EVP");
  }
  EVP_MD* md_;
  EVP_MD_CTX* context_;
  snp::PageInfo record_{};
};

void add_part(BareDigest& digest, std::uint64_t offset, std::uint64_t size) {
  const ByteView part = ByteView(guest_content()).subspan(offset, size);
  for (std::uint64_t at = 0; at < size; at += kPageSize) digest.add_normal_page(offset + at, part.subspan(at, kPageSize));
}

/// What the memory controller does to a page: AES-128-XTS, the tweak set for each, the key once.
class BareEncryption {
 public:
  BareEncryption() : context_(EVP_CIPHER_CTX_new()) {
    std::array<std::uint8_t, 32> key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    require(EVP_EncryptInit_ex2(context_, EVP_aes_128_xts(), key.data(), nullptr, nullptr) == 1, "EVP");
  }
  ~BareEncryption() { EVP_CIPHER_CTX_free(context_); }
  BareEncryption(const BareEncryption&) = delete;
  BareEncryption& operator=(const BareEncryption&) = delete;

  void encrypt(std::uint64_t offset, std::uint64_t size) {
    out_.resize(size);
    for (std::uint64_t at = 0; at < size; at += kPageSize) {
      std::array<std::uint8_t, 16> tweak{};
      const std::uint64_t unit = (offset + at) / kPageSize;
      std::memcpy(tweak.data(), &unit, sizeof(unit));
      int done = 0;
      require(EVP_EncryptInit_ex2(context_, nullptr, nullptr, tweak.data(), nullptr) == 1 &&
                  EVP_EncryptUpdate(context_, &out_[at], &done, &guest_content()[offset + at], kPageSize) == 1,
              "EVP");
    }
  }

 private:
  EVP_CIPHER_CTX* context_;
  std::vector<std::uint8_t> out_;
};

/// Guests of 256 MiB on one machine, one after the other. Each command has a buffer of its own.
class Launch {
 public:
  explicit Launch(bool large) : large_(large), machine_(platform()) {
    machine_.init();
    for (std::uint64_t offset = 0; offset < kGuestSize; offset += page_size())
      pages_.push_back(large ? machine_.take_large_page() : machine_.take_page());
    for (std::uint64_t i = 0; i * kBuffersInPage < pages_.size(); ++i) buffer_pages_.push_back(machine_.take_page());
  }

  /// A new guest in state LAUNCH.
  void begin() { gctx_ = machine_.guest(snp::GuestState::launch); }

  /// The host's part, as KVM does it just before SNP_LAUNCH_UPDATE: content, RMPUPDATE, command buffers.
  void prepare(std::uint64_t offset) {
    const std::uint64_t size = page_size();
    for (std::uint64_t i = offset / size; i < (offset + part()) / size; ++i) {
      machine_.write(pages_[i], ByteView(guest_content()).subspan(i * size, size));
      require(machine_.rmpupdate(pages_[i], true, Asid{1}, i * size, true, large_) == SWTEE_RMP_OK, "RMPUPDATE");
      snp::SnpLaunchUpdateBuffer buffer{};
      buffer.gctx_paddr = gctx_.value;
      buffer.flags = (large_ ? 1u : 0u) | static_cast<std::uint32_t>(snp::PageType::normal) << 1;
      buffer.page_paddr = pages_[i].value;
      machine_.write(buffer_of(i), bytes_of(buffer));
    }
  }

  void update(std::uint64_t offset) {
    const std::uint64_t size = page_size();
    machine::Machine& machine = machine_.machine();
    for (std::uint64_t i = offset / size; i < (offset + part()) / size; ++i)
      require(machine.snp_command(test::id::kLaunchUpdate, buffer_of(i).value) == snp::Status::success, "SNP_LAUNCH_UPDATE");
  }

  std::uint64_t part() const { return large_ ? kLargePart : kSmallPart; }
  Bytes<48> digest() const { return machine_.context(gctx_).launch_digest; }

  /// Gives the guest's pages back to the host.
  void end() {
    require(machine_.gctx_command(test::id::kDecommission, gctx_) == snp::Status::success, "SNP_DECOMMISSION");
    for (const Spa page : pages_) require(machine_.rmpupdate(page, false, {}, 0, false, large_) == SWTEE_RMP_OK, "RMPUPDATE");
    machine_.wbinvd_and_flush();
    machine_.faults.asked.clear();
  }

 private:
  static constexpr std::uint64_t kBufferSize = 64;
  static constexpr std::uint64_t kBuffersInPage = kPageSize / kBufferSize;
  static_assert(sizeof(snp::SnpLaunchUpdateBuffer) <= kBufferSize);

  static config::PlatformConfig platform() {
    auto config = test::small_platform();
    config.memory = 4 * kGuestSize;
    return config;
  }
  std::uint64_t page_size() const { return large_ ? kLargePageSize : kPageSize; }
  Spa buffer_of(std::uint64_t i) const { return buffer_pages_[i / kBuffersInPage] + i % kBuffersInPage * kBufferSize; }

  bool large_;
  test::SnpMachine machine_;
  std::vector<Spa> pages_;
  std::vector<Spa> buffer_pages_;
  Spa gctx_;
};

void measure_firmware(benchmark::State& state, bool large) {
  Launch launch(large);
  Alternating runs(Timer::thread);
  const std::uint64_t part = launch.part();
  std::uint64_t offset = 0;
  auto bare = std::make_unique<BareDigest>();
  BareEncryption encryption;
  launch.begin();
  for (auto _ : state) {
    launch.prepare(offset);
    runs.pair(state, part / kPageSize, [&] { launch.update(offset); }, [&] {
      add_part(*bare, offset, part);
      encryption.encrypt(offset, part);
    });
    require(launch.digest() == bare->value(), "firmware and bare EVP differ");
    offset += part;
    if (offset < kGuestSize) continue;
    launch.end();
    launch.begin();
    bare = std::make_unique<BareDigest>();
    offset = 0;
  }
  runs.report(state, Limit::ratio_at_most, kMostOfLaunch);
}

void BM_LaunchUpdate4K(benchmark::State& state) { measure_firmware(state, false); }
void BM_LaunchUpdate2M(benchmark::State& state) { measure_firmware(state, true); }

/// `swtee measure` and the relying party: the fold without a machine.
void BM_MeasureFold(benchmark::State& state) {
  Alternating runs(Timer::thread);
  std::uint64_t offset = 0;
  for (auto _ : state) {
    const auto part = ByteView(guest_content()).subspan(offset, kLargePart);
    host::LaunchPlan plan;
    require(plan.add_pages(snp::PageType::normal, Gpa{offset}, std::make_shared<const std::vector<std::uint8_t>>(part.begin(), part.end()),
                           "the guest")
                .ok(),
            "the plan");
    Bytes<48> digest{};
    BareDigest bare;
    runs.pair(
        state, kLargePart / kPageSize,
        [&] {
          const auto measured = measure::launch_digest_of(plan);
          require(measured.ok(), "the measurement");
          digest = measured.value();
        },
        [&] { add_part(bare, offset, kLargePart); });
    require(digest == bare.value(), "fold and bare EVP differ");
    offset = (offset + kLargePart) % kGuestSize;
  }
  runs.report(state, Limit::speed_at_least, kLeastSpeed);
}

BENCHMARK(BM_LaunchUpdate4K)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_LaunchUpdate2M)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MeasureFold)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swtee::bench
