// SPDX-License-Identifier: Apache-2.0
/// Honest small implementations of the ports of a machine: storage, entropy, hardware errors.
#pragma once

#include "firmware/crypto/digest.h"
#include "firmware/platform/entropy.h"
#include "firmware/platform/faults.h"
#include "firmware/platform/nv_store.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::test {

/// Storage that keeps its record as long as the object lives, over any number of power cycles.
class MemoryNvStore final : public NvStore {
 public:
  std::optional<std::vector<std::uint8_t>> record;
  bool load_fails = false;
  bool store_fails = false;
  int stores = 0;  ///< that succeeded

  Result<std::optional<std::vector<std::uint8_t>>> load() override {
    if (load_fails) return fail("the storage does not answer");
    return record;
  }
  Result<void> store(ByteView bytes) override {
    if (store_fails) return fail("the storage is full");
    record.emplace(bytes.begin(), bytes.end());
    ++stores;
    return {};
  }
};

/// Random numbers that repeat: block n of a stream is HMAC-SHA-256(seed, stream || n). Counts what was drawn.
class CountingEntropy final : public Entropy {
 public:
  explicit CountingEntropy(std::string_view seed = "swtee tests") : seed_(seed.begin(), seed.end()) {}

  void fill(std::string_view stream, MutableBytes out) override {
    std::uint64_t& block = streams_[std::string(stream)];
    for (std::size_t done = 0; done < out.size();) {
      std::vector<std::uint8_t> message(stream.begin(), stream.end());
      for (unsigned i = 0; i < 8; ++i) message.push_back(static_cast<std::uint8_t>(block >> (8 * i)));
      const auto bytes = crypto::hmac_sha256(seed_, message);
      const std::size_t count = std::min(bytes.size(), out.size() - done);
      std::copy_n(bytes.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(done));
      done += count;
      ++block;
    }
    ++draws;
  }

  std::uint64_t draws = 0;

 private:
  std::vector<std::uint8_t> seed_;
  std::map<std::string, std::uint64_t> streams_;
};

/// Hardware errors by script: the next commands that reach the port get them, one each.
class ScriptedFaults final : public Faults {
 public:
  std::deque<HardwareFault> script;
  std::vector<std::uint32_t> asked;  ///< ids of the commands that passed their checks

  HardwareFault on_command(std::uint32_t command_id) override {
    asked.push_back(command_id);
    if (script.empty()) return HardwareFault::none;
    const HardwareFault next = script.front();
    script.pop_front();
    return next;
  }
};

}  // namespace swtee::test
