// SPDX-License-Identifier: Apache-2.0
/// Everything a command can see: the platform's state, its guests, and the ports.
#pragma once

#include "firmware/keys/chip.h"
#include "firmware/keys/endorsement.h"
#include "firmware/keys/vlek.h"
#include "firmware/platform/clock.h"
#include "firmware/platform/entropy.h"
#include "firmware/platform/faults.h"
#include "firmware/platform/host_cpus.h"
#include "firmware/platform/nv_store.h"
#include "firmware/platform/physical_memory.h"
#include "firmware/platform/rmp_view.h"
#include "firmware/snp/asid_table.h"
#include "firmware/snp/guest_context.h"
#include "firmware/snp/permanent_state.h"
#include "firmware/snp/settings.h"
#include "firmware/snp/sev_platform.h"
#include "firmware/trace/trace_sink.h"

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace swtee::snp {

/// What the machine around the firmware provides. All outlive the firmware; `trace` may be null.
struct Ports {
  PhysicalMemory& memory;
  RmpView& rmp;
  HostCpus& cpus;
  Entropy& entropy;
  NvStore& nv;
  Faults& faults;
  TraceSink* trace = nullptr;
};

/// States of the SNP platform.
enum class PlatformState : std::uint8_t { uninit = 0, init = 1 };

class PlatformStates {
 public:
  template <class... S>
  static constexpr PlatformStates in(S... states) {
    PlatformStates set;
    set.bits_ = static_cast<std::uint8_t>((0u | ... | (1u << static_cast<unsigned>(states))));
    return set;
  }
  constexpr bool contains(PlatformState state) const { return (bits_ >> static_cast<unsigned>(state)) & 1; }

 private:
  std::uint8_t bits_ = 0;
};

/// Which key signs a report or roots a derived key.
enum class EndorsementKey : std::uint8_t { vcek, vlek };

/// SNP_CONFIG's values. A cold start clears them.
struct PlatformConfigState {
  bool mask_chip_id = false;
  bool mask_chip_key = false;
};

/// SNP_INIT_EX's values; meaningless in state uninit.
struct InitOptions {
  bool rapl_disabled = false;
  bool ciphertext_hiding = false;
  std::uint32_t max_snp_asid = 0;
};

class World {
 public:
  World(const PlatformSettings& platform_settings, keys::Chip chip_identity, const Ports& machine_ports);

  const PlatformSettings settings;
  const keys::Chip chip;
  Ports ports;

  PlatformState state() const { return state_; }
  /// The only writer of the state. Asserts the edge uninit -> init or init -> uninit.
  void transition(PlatformState from, PlatformState to);

  // TCB and versions. Invariant, by component: reported <= committed <= current.
  const FirmwareImage& current() const { return current_; }
  /// Runs another image. The image covers the committed TCB; its endorsement keys come within reach.
  void run_image(const FirmwareImage& image);
  PermanentState permanent;  ///< committed TCB and version, legacy owner
  Tcb reported_tcb;

  PlatformConfigState config;
  InitOptions init_options;
  bool rmp_initialized = false;     ///< by any SNP_INIT since power-on
  bool alias_check_complete = false;
  std::optional<keys::EndorsementStick> vlek;  ///< loaded by SNP_VLEK_LOAD, valid for reported_tcb

  SevPlatform sev;  ///< the legacy platform

  AsidTable asids;
  /// The moment when the need for a flush arose; SNP_DF_FLUSH wants WBINVD on every core after it.
  std::optional<std::uint64_t> wbinvd_needed_after;

  /// Guests by the address of their context page.
  std::unordered_map<std::uint64_t, std::unique_ptr<GuestContext>> guests;

  /// `size` bytes, at most a 2 MiB page, that one command may use until it ends. They hold whatever was there before.
  MutableBytes page_scratch(std::size_t size) const {
    if (page_scratch_.size() < size) page_scratch_.resize(size);
    return MutableBytes(page_scratch_).first(size);
  }

  const ProductRow& product() const { return *settings.product; }
  std::uint64_t encoded(const Tcb& tcb) const { return encode(tcb, product().tcb_layout); }
  /// The guest with this context page, or null.
  GuestContext* guest(Spa gctx) {
    const auto found = guests.find(gctx.value);
    return found == guests.end() ? nullptr : found->second.get();
  }
  const GuestContext* guest(Spa gctx) const { return const_cast<World*>(this)->guest(gctx); }

  /// What MSG_KEY_REQ derives from: the chains at `tcb`, or a root that is the same for every TCB. The stick covers `tcb`.
  const crypto::Secret<48>& derivation_root(EndorsementKey which, const std::optional<Tcb>& tcb);

  /// The key for reported_tcb. The VCEK is derived at the first use after a change, then kept.
  const crypto::EcPrivateKey& signing_key(EndorsementKey which);
  /// Installs a VLEK for reported_tcb.
  void load_vlek(keys::EndorsementStick stick);
  /// Drops keys that depend on reported_tcb, the VLEK with them.
  void set_reported_tcb(const Tcb& tcb);

 private:
  const keys::EndorsementStick& stick(EndorsementKey which) const;

  /// A root that was derived before: lowering a stick costs up to 2,000 hashes.
  struct CachedRoot {
    EndorsementKey which;
    Tcb tcb;
    crypto::Secret<48> root;
  };

  PlatformState state_ = PlatformState::uninit;
  FirmwareImage current_;
  keys::EndorsementStick vcek_stick_;  ///< cut off at the current TCB: newer keys are out of reach
  std::optional<CachedRoot> root_;
  std::optional<crypto::EcPrivateKey> vcek_key_;
  std::optional<crypto::EcPrivateKey> vlek_key_;
  mutable std::vector<std::uint8_t> page_scratch_;  ///< no state: nothing in it outlives a command
};

}  // namespace swtee::snp
