// SPDX-License-Identifier: Apache-2.0
/// The firmware's state of one guest.  [SNP-ABI r1.58 §GCTX]
#pragma once

#include "firmware/crypto/digest.h"
#include "firmware/crypto/secret.h"
#include "firmware/platform/address.h"

#include <swtee/abi/snp/id_block.h>
#include <swtee/abi/snp/metadata.h>
#include <swtee/abi/snp/tcb.h>

#include <array>
#include <cstdint>
#include <optional>

namespace swtee::snp {

/// States of a guest. `init`: created, nothing launched. `launch`: pages are being added. `running`: sealed.
enum class GuestState : std::uint8_t { init = 0, launch = 1, running = 2 };

/// A set of guest states, as the command table names them.
class GuestStates {
 public:
  constexpr GuestStates() = default;
  template <class... S>
  static constexpr GuestStates in(S... states) {
    GuestStates set;
    set.bits_ = static_cast<std::uint8_t>((0u | ... | (1u << static_cast<unsigned>(states))));
    return set;
  }
  constexpr bool contains(GuestState state) const { return (bits_ >> static_cast<unsigned>(state)) & 1; }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  std::uint8_t bits_ = 0;
};

/// What the context page holds on hardware. In the model it lives in the firmware's private memory, named by the context
/// page's address.
///
/// Invariants: `asid` is set exactly while the platform's ASID table binds it to this context. Everything below
/// "launch" is meaningless in state init. `id_block` is set only in state running.
class GuestContext {
 public:
  GuestState state() const { return state_; }
  /// The only writer of the state. Asserts that the life cycle has this edge: init -> launch -> running.
  void transition(GuestState from, GuestState to);

  std::optional<Asid> asid;

  // Set by SNP_LAUNCH_START.
  std::uint64_t policy = 0;
  Bytes<48> launch_digest{};  ///< LD
  Bytes<48> imi_digest{};     ///< IMD
  bool imi_enabled = false;
  crypto::Secret<64> vek;      ///< memory encryption key; in the memory controller while the guest has an ASID
  std::array<crypto::Secret<32>, 4> vmpck;
  crypto::Secret<32> vmrk;
  crypto::Secret<32> oek;  ///< encrypts the guest's swapped pages
  Bytes<32> report_id{};
  std::optional<Spa> migration_agent;  ///< context page of the agent at launch; another guest may have it since
  Bytes<32> report_id_ma{};            ///< who the agent is; all ones without one
  Tcb launch_tcb{};
  std::uint64_t launch_mit_vector = 0;
  Bytes<16> gosvw{};
  std::uint32_t desired_tsc_khz = 0;

  // Set by SNP_LAUNCH_FINISH.
  Bytes<32> host_data{};
  std::optional<IdBlock> id_block;
  Bytes<48> id_key_digest{};
  Bytes<48> author_key_digest{};
  bool author_key_enabled = false;
  bool vcek_disabled = false;

  // Moved by SNP_PAGE_SWAP_OUT and SNP_PAGE_SWAP_IN.
  std::uint64_t oek_iv_count = 0;  ///< of the next page; never used twice with one `oek`
  MetadataEntry root_md_entry{};   ///< all zero while free

  // Moved by guest messages.
  std::array<std::uint64_t, 4> message_count{};

 private:
  GuestState state_ = GuestState::init;
};

}  // namespace swtee::snp
