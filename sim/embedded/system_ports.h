// SPDX-License-Identifier: Apache-2.0
/// The ports of a machine that runs inside a program: the system's clock and randomness, or repeatable ones.
#pragma once

#include "firmware/platform/clock.h"
#include "firmware/platform/entropy.h"
#include "firmware/platform/faults.h"
#include "firmware/platform/nv_store.h"
#include "guest/snp/sleeper.h"
#include "sim/machine/seeded_entropy.h"

#include <memory>
#include <optional>
#include <string>

namespace swtee::embedded {

/// The system's clock, or one that stands still.
class SystemClock final : public Clock {
 public:
  explicit SystemClock(std::optional<std::int64_t> fixed = {}) : fixed_(fixed) {}
  std::int64_t unix_seconds() const override;

 private:
  std::optional<std::int64_t> fixed_;
};

/// The kernel's random numbers.
class SystemEntropy final : public Entropy {
 public:
  void fill(std::string_view stream, MutableBytes out) override;
};

using machine::SeededEntropy;

/// The entropy that a platform's configuration names: "random", or the text that seeds a repeatable stream.
std::unique_ptr<Entropy> entropy_of(const std::string& choice);

/// Hardware that works.
class NoFaults final : public Faults {
 public:
  HardwareFault on_command(std::uint32_t) override { return HardwareFault::none; }
};

/// A platform that forgets everything at power-off.
class MemoryNvStore final : public NvStore {
 public:
  Result<std::optional<std::vector<std::uint8_t>>> load() override { return record_; }
  Result<void> store(ByteView record) override {
    record_.emplace(record.begin(), record.end());
    return {};
  }

 private:
  std::optional<std::vector<std::uint8_t>> record_;
};

class SystemSleeper final : public guest::snp::Sleeper {
 public:
  void sleep_ms(std::uint32_t milliseconds) override;
  std::uint64_t now_ms() const override;
};

}  // namespace swtee::embedded
