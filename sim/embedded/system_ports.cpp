// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/system_ports.h"

#include "firmware/contract/require.h"

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

void SystemSleeper::sleep_ms(std::uint32_t milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

std::uint64_t SystemSleeper::now_ms() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::unique_ptr<Entropy> entropy_of(const std::string& choice) {
  if (choice == "random") return std::make_unique<SystemEntropy>();
  return std::make_unique<SeededEntropy>(choice);
}

}  // namespace swtee::embedded
