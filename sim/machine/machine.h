// SPDX-License-Identifier: Apache-2.0
/// One machine: memory, cores and security processor joined. The only place where they meet.
#pragma once

#include "firmware/snp/firmware.h"
#include "sim/config/platform_config.h"
#include "sim/cpu/host_cores.h"
#include "sim/cpu/rmp_instructions.h"
#include "sim/memory/dram.h"

#include <memory>

namespace swtee::machine {

/// What a machine needs from outside. All outlive it; `trace` may be null.
struct MachinePorts {
  Entropy& entropy;
  NvStore& nv;
  Faults& faults;
  TraceSink* trace = nullptr;
};

/// Not thread-safe: a machine executes one thing at a time, and doors serialise.
class Machine {
 public:
  /// Power on. On a new platform (an empty `ports.nv`) the committed TCB and version are those of the configuration. Runs
  /// the configuration's firmware image, or the older one that it names for launches.
  static Result<std::unique_ptr<Machine>> power_on(const config::PlatformConfig& config, const MachinePorts& ports);

  /// The host writes a command to the mailbox. `buffer_paddr` is 0 for commands without a buffer.
  snp::Status snp_command(std::uint32_t id, std::uint64_t buffer_paddr) { return firmware_->execute(id, buffer_paddr); }

  /// RMPUPDATE on one of the cores.
  swtee_rmp_result rmpupdate(Spa page, const RmpEntry& request) { return cpu::rmpupdate(rmp_, page, request); }

  /// A live update to the configuration's current image, provisional: committed and reported TCB stay. Guests go on.
  /// BAD_SVN when that image is below the committed TCB, INVALID_PLATFORM_STATE never.
  snp::Status update_firmware();

  memory::Dram& memory() { return dram_; }
  const memory::RmpTable& rmp() const { return rmp_; }
  memory::RmpTable& rmp() { return rmp_; }
  cpu::HostCores& cores() { return cores_; }
  const config::PlatformConfig& config() const { return config_; }
  const snp::World& snp() const { return firmware_->world(); }
  /// The identity that is fused into the machine's chip.
  const keys::Chip& chip() const { return firmware_->world().chip; }

 private:
  explicit Machine(const config::PlatformConfig& config);

  config::PlatformConfig config_;
  memory::RmpTable rmp_;
  memory::Dram dram_;
  cpu::HostCores cores_;
  std::unique_ptr<snp::Firmware> firmware_;
};

}  // namespace swtee::machine
