// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/physical_memory.h"
#include "sim/memory/rmp_table.h"

#include <map>
#include <memory>

namespace swtee::memory {

/// Where plaintext lives; see docs/memory.md. What software and attackers observe is the same.
enum class Backing : std::uint8_t { ciphertext_at_rest, plaintext_at_rest };

struct MemorySettings {
  std::uint64_t size = 0;  ///< bytes of DRAM, a multiple of 2 MiB
  KeySize key_size = KeySize::aes_128;
  Backing backing = Backing::ciphertext_at_rest;
  bool segmented_rmp = false;
};

/// The memory controller: DRAM, the table that protects it, and a key slot for each ASID.
class MemoryController final : public PhysicalMemory {
 public:
  explicit MemoryController(const MemorySettings& settings);

  const MemorySettings& settings() const { return settings_; }
  /// All of DRAM, the RMP included.
  std::uint64_t size() const { return settings_.size; }
  /// DRAM below the RMP: what software may use.
  std::uint64_t software_size() const { return rmp_.layout().base.value; }
  RmpTable& rmp() { return rmp_; }
  const RmpTable& rmp() const { return rmp_; }

  bool contains(Spa at, std::uint64_t size) const override;
  Result<void, MemoryFault> read(const Access& access, Spa at, MutableBytes out) const override;
  Result<void, MemoryFault> write(const Access& access, Spa at, ByteView data) override;
  void load_key(Asid asid, ByteView key) override;
  void unload_key(Asid asid) override;
  void hide_ciphertext(bool on) override { ciphertext_hidden_ = on; }

  /// A reset: empties all slots. The material makes the host's own key (SME) and what slots without a guest's key hold.
  void reset_keys(const Bytes<64>& material);
  const Bytes<64>& reset_material() const { return reset_material_; }

  /// A physical attacker's hold on the address lines.
  AddressLines& lines() { return lines_; }
  const AddressLines& lines() const { return lines_; }

  // For a saved machine: everything there is to keep, and to put back.
  bool ciphertext_hidden() const { return ciphertext_hidden_; }
  const Dram& dram() const { return *dram_; }
  /// Loaded key slots, ascending.
  const std::map<std::uint32_t, std::shared_ptr<const MemoryKey>>& key_slots() const { return slots_; }
  /// Writes cells past all checks.
  void restore_page(std::uint64_t cell, ByteView raw) { dram_->write(cell, Lens{}, raw); }

 private:
  enum class Direction : std::uint8_t { read, write };
  struct Verdict {
    bool allowed = true;
    MemoryFault fault = MemoryFault::rmp_violation;
    bool hidden = false;  ///< a read that yields constant bytes
  };

  /// The one place that decides who may touch a page.
  Verdict decide(const Access& access, Direction direction, Spa page) const;
  Result<void, MemoryFault> check(const Access& access, Direction direction, Spa at, std::uint64_t size) const;
  /// How the access sees memory. Good until the next call; its page is the caller's to set.
  Lens& lens_of(const Access& access) const;
  std::shared_ptr<const MemoryKey> empty_slot(Asid asid) const;

  MemorySettings settings_;
  AddressLines lines_;
  std::unique_ptr<Dram> dram_;
  RmpTable rmp_;
  Bytes<64> reset_material_{};
  bool ciphertext_hidden_ = false;
  mutable Lens keyed_;  ///< the key that was used last: looking it up and counting its owners costs more than using it
  mutable std::optional<std::uint32_t> keyed_asid_;
  mutable Lens unkeyed_;
  mutable std::uint64_t next_serial_ = 1;
  std::map<std::uint32_t, std::shared_ptr<const MemoryKey>> slots_;
  mutable std::map<std::uint32_t, std::shared_ptr<const MemoryKey>> empty_slots_;  ///< made at first use
};

}  // namespace swtee::memory
