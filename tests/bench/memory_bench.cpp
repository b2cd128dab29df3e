// SPDX-License-Identifier: Apache-2.0
// The memory encryption engine against bare EVP AES-XTS with the tweak set for each 4 KiB unit, and an RMP-checked access that
// the modelled processor cache answers.
#include "sim/memory/memory_controller.h"
#include "tests/bench/alternating.h"

#include <openssl/evp.h>

#include <array>

namespace swtee::bench {
namespace {

constexpr double kLeastSpeed = 0.95;
constexpr double kMostSeconds = 40e-9;
constexpr Asid kGuest{1};

Bytes<64> material() {
  Bytes<64> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i + 1);
  return key;
}

/// One context, its key set once.
class BareXts {
 public:
  explicit BareXts(bool aes_256) : context_(EVP_CIPHER_CTX_new()) {
    const Bytes<64> all = material();
    std::vector<std::uint8_t> key(all.begin(), all.end());
    if (!aes_256) key.erase(key.begin() + 48, key.end()), key.erase(key.begin() + 16, key.begin() + 32);
    require(EVP_EncryptInit_ex2(context_, aes_256 ? EVP_aes_256_xts() : EVP_aes_128_xts(), key.data(), nullptr, nullptr) == 1, "EVP");
  }
  ~BareXts() { EVP_CIPHER_CTX_free(context_); }
  BareXts(const BareXts&) = delete;
  BareXts& operator=(const BareXts&) = delete;

  void encrypt(std::uint64_t unit, ByteView in, MutableBytes out) {
    std::array<std::uint8_t, 16> tweak{};
    for (std::size_t i = 0; i < 8; ++i) tweak[i] = static_cast<std::uint8_t>(unit >> (8 * i));
    int done = 0;
    require(EVP_EncryptInit_ex2(context_, nullptr, nullptr, tweak.data(), nullptr) == 1 &&
                EVP_EncryptUpdate(context_, out.data(), &done, in.data(), static_cast<int>(in.size())) == 1,
            "EVP");
  }

 private:
  EVP_CIPHER_CTX* context_;
};

void encrypt(benchmark::State& state, std::uint64_t size, bool aes_256) {
  const memory::MemoryKey key(material(), aes_256 ? memory::KeySize::aes_256 : memory::KeySize::aes_128, 1);
  BareXts bare(aes_256);
  std::vector<std::uint8_t> in(size, 0x5a), ours(size), theirs(size);
  const std::size_t calls = std::size_t{0x200000} / size;
  Alternating runs(Timer::thread);
  for (auto _ : state) {
    runs.pair(
        state, calls,
        [&] {
          for (std::size_t n = 0; n < calls; ++n)
            for (std::uint64_t at = 0; at < size; at += kPageSize)
              key.encrypt({at}, ByteView(in).subspan(at, kPageSize), MutableBytes(ours).subspan(at, kPageSize));
        },
        [&] {
          for (std::size_t n = 0; n < calls; ++n)
            for (std::uint64_t at = 0; at < size; at += kPageSize)
              bare.encrypt(at / kPageSize, ByteView(in).subspan(at, kPageSize), MutableBytes(theirs).subspan(at, kPageSize));
        });
    require(ours == theirs, "engine and bare EVP differ");
  }
  runs.report(state, Limit::speed_at_least, kLeastSpeed);
}

void BM_Engine4K(benchmark::State& state) { encrypt(state, kPageSize, false); }
void BM_Engine2M(benchmark::State& state) { encrypt(state, kLargePageSize, false); }
void BM_Engine4KAes256(benchmark::State& state) { encrypt(state, kPageSize, true); }
void BM_Engine2MAes256(benchmark::State& state) { encrypt(state, kLargePageSize, true); }

/// Eight bytes of a validated page, through its key, that were touched before.
void BM_CachedAccess(benchmark::State& state) {
  memory::MemorySettings settings;
  settings.size = std::uint64_t{1} << 30;
  memory::MemoryController memory(settings);
  memory.load_key(kGuest, material());
  RmpEntry entry{};
  entry.assigned = entry.validated = true;
  entry.asid = kGuest.value;
  entry.gpa = 0x7000;
  entry.vmpl_permissions[0] = SWTEE_VMPL_ALL;
  memory.rmp().set_entry({0x300000}, entry);
  const Access access{Access::Agent::cpu, kGuest, 0, true};
  std::array<std::uint8_t, 8> word{1, 2, 3};
  require(memory.write(access, {0x300010}, word).ok(), "write");
  constexpr std::size_t kCalls = 100000;
  Sampled runs(Timer::thread);
  for (auto _ : state) {
    runs.sample(state, kCalls, [&] {
      for (std::size_t n = 0; n < kCalls; ++n) {
        require(memory.read(access, Spa{0x300000 + n % 500 * 8}, word).ok(), "read");
        benchmark::DoNotOptimize(word);
      }
    });
  }
  runs.report_time(state, kMostSeconds);
}

BENCHMARK(BM_Engine4K)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Engine2M)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Engine4KAes256)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Engine2MAes256)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CachedAccess)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swtee::bench
