// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/system_ports.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/kdf.h"

#include <sys/random.h>

#include <chrono>
#include <ctime>
#include <thread>

namespace swtee::embedded {

std::int64_t SystemClock::unix_seconds() const { return fixed_.value_or(static_cast<std::int64_t>(std::time(nullptr))); }

void SystemEntropy::fill(std::string_view, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t count = getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    SWTEE_ASSERT(count > 0);
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

void SeededEntropy::fill(std::string_view stream, MutableBytes out) {
  auto counter = drawn_.find(stream);
  if (counter == drawn_.end()) counter = drawn_.emplace(stream, 0).first;
  const le64 number = counter->second++;
  const ByteView seed{reinterpret_cast<const std::uint8_t*>(seed_.data()), seed_.size()};
  crypto::hkdf_sha384(seed, bytes_of(number), "swtee entropy 1",
                      {reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size()}, out);
}

void SystemSleeper::sleep_ms(std::uint32_t milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

std::uint64_t SystemSleeper::now_ms() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace swtee::embedded
