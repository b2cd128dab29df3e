// SPDX-License-Identifier: Apache-2.0
/// What a platform is, as a person writes it down: product, chip, firmware, TCB, and knobs. docs/platform-config.md has the
/// schema.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/keys/universe.h"
#include "firmware/snp/settings.h"

#include <optional>
#include <string>
#include <string_view>

namespace swtee::config {

/// The four TCBs. What is not given follows: committed and launch from current, reported from committed.
struct TcbSettings {
  snp::Tcb current;
  std::optional<snp::Tcb> committed;
  std::optional<snp::Tcb> reported;
  std::optional<snp::Tcb> launch;
};

struct PlatformConfig {
  const ProductRow* product = nullptr;
  std::optional<Bytes<32>> universe;  ///< nothing: the default test universe
  std::uint64_t chip = 0;             ///< number of the chip in its universe
  FirmwareVersion firmware;
  std::optional<FirmwareVersion> committed_firmware;
  std::optional<std::uint32_t> report_version;
  std::uint64_t mit_vector = 0;
  TcbSettings tcb;

  bool smt = true;
  std::uint32_t sockets = 1;
  std::uint32_t cores = 4;
  bool tsme = true;
  bool ecc = true;
  bool rapl_disable = false;
  bool ciphertext_hiding = false;
  bool aes_256_xts = false;
  bool segmented_rmp = false;  ///< the BIOS sets up a segmented RMP
  bool mask_chip_id = false;
  bool mask_chip_key = false;
  std::string vlek;  ///< the provider's name (cspID) whose VLEK is loaded; empty: none
  std::uint64_t memory = std::uint64_t{1} << 32;  ///< bytes of DRAM
  std::string entropy = "random";                 ///< "random", or the text that seeds a repeatable stream
  std::optional<std::int64_t> clock;              ///< Unix seconds; nothing: the system's
  snp::Knobs knobs;

  keys::Universe universe_keys() const;
  std::uint32_t effective_report_version() const { return report_version.value_or(report_version_of(firmware)); }
};

/// The platform with this name ("snp:genoa") and nothing else said. Fails, listing the names, for another name.
Result<PlatformConfig> default_platform(std::string_view name);

/// From JSON text. Fails with the path of the member ("tcb.current.snp") and what is wrong: not JSON, a wrong type, an
/// unknown member, a value out of range, TCBs against the rule reported <= committed <= launch <= current.
Result<PlatformConfig> parse_platform(std::string_view json);

/// JSON text of one line from which parse_platform makes the same configuration. `config` is valid.
std::string format_platform(const PlatformConfig& config);

/// "bl:3,tee:0,snp:24,ucode:115" over `base`, or a TCB_VERSION as 0x-number. Fails naming the bad component.
Result<snp::Tcb> parse_tcb(std::string_view text, const ProductRow& product, const snp::Tcb& base);

/// Checks what only the whole shows: the order of the TCBs, features that the product lacks.
Result<void> validate(const PlatformConfig& config);

}  // namespace swtee::config
