// SPDX-License-Identifier: Apache-2.0
/// One machine: memory, cores and security processor joined. The only place where they meet.
#pragma once

#include "firmware/snp/firmware.h"
#include "sim/config/platform_config.h"
#include "sim/cpu/host_cores.h"
#include "sim/cpu/rmp_instructions.h"
#include "sim/machine/call_event.h"
#include "sim/memory/dram.h"

#include <initializer_list>
#include <memory>

namespace swtee::machine {

/// What a machine needs from outside. All outlive it; `trace` and `calls` may be null.
struct MachinePorts {
  Entropy& entropy;
  NvStore& nv;
  Faults& faults;
  TraceSink* trace = nullptr;  ///< what the firmware did: commands and guest messages
  CallSink* calls = nullptr;   ///< what entered the machine, complete: sim/replay does it again
};

class RecordedPorts;

/// Not thread-safe: a machine executes one thing at a time, and doors serialise.
///
/// Its methods that are not const are the whole surface: nothing enters a machine by another way, and each of them makes one
/// event for `MachinePorts::calls`. A new one gets a row in sim/replay/call_table.cpp.
class Machine {
 public:
  /// Power on. On a new platform (an empty `ports.nv`) the committed TCB and version are those of the configuration. Runs
  /// the configuration's firmware image, or the older one that it names for launches.
  static Result<std::unique_ptr<Machine>> power_on(const config::PlatformConfig& config, const MachinePorts& ports);
  ~Machine();

  /// The host writes a command to the mailbox. `buffer_paddr` is 0 for commands without a buffer.
  snp::Status snp_command(std::uint32_t id, std::uint64_t buffer_paddr);

  /// Memory accesses by a core of the host or of a guest, by a device, at the bus. As PhysicalMemory has them.
  Result<void, MemoryFault> read(const Access& access, Spa at, MutableBytes out);
  Result<void, MemoryFault> write(const Access& access, Spa at, ByteView data);

  /// RMPUPDATE on one of the cores.
  swtee_rmp_result rmpupdate(Spa page, const RmpEntry& request);

  /// The BIOS or host kernel sets up the RMP (RMP_BASE, RMP_END), or does not.
  void configure_rmp(bool on);
  /// The host sets SYSCFG.SNP_EN, VMPL_EN and MFDM on every core; VM_HSAVE_PA is 0.
  void prepare_cores_for_snp(bool ready);
  /// A core stops answering, as when SMT is forced off behind the BIOS' back.
  void silence_a_core(bool silent);
  /// WBINVD on one core, which exists, or on every one.
  void wbinvd(std::uint32_t core);
  void wbinvd_all();

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
  Machine(const config::PlatformConfig& config, const MachinePorts& ports);
  Result<void> start_firmware(const MachinePorts& ports);
  /// The one place where a call becomes an event.
  void record(std::string_view op, std::initializer_list<CallField> inputs, std::string_view result, ByteView output = {}) const;

  config::PlatformConfig config_;
  CallSink* calls_;
  std::unique_ptr<RecordedPorts> recorded_;  ///< null without `calls_`
  memory::RmpTable rmp_;
  memory::Dram dram_;
  cpu::HostCores cores_;
  std::unique_ptr<snp::Firmware> firmware_;
};

}  // namespace swtee::machine
