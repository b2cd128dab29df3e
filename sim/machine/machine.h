// SPDX-License-Identifier: Apache-2.0
/// One machine: memory, cores and security processor joined. The only place where they meet.
#pragma once

#include "firmware/snp/firmware.h"
#include "sim/config/platform_config.h"
#include "sim/cpu/guest_core.h"
#include "sim/cpu/host_cores.h"
#include "sim/cpu/rmp_instructions.h"
#include "sim/machine/call_event.h"
#include "sim/memory/memory_controller.h"

#include <initializer_list>
#include <map>
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

  /// The whole machine as bytes: firmware, memory, RMP, cores, guests' page tables. docs/state-format.md describes them. They
  /// hold every key of the machine.
  std::vector<std::uint8_t> save() const;
  /// A machine that goes on where `save` was called. The configuration is that of the saved one but for `entropy` and `clock`;
  /// the storage holds the permanent record of that moment, or nothing and gets it; `ports.calls` is null, because a trace
  /// begins with power-on. The bytes may come from anywhere: fails, saying what is wrong and where, for what no machine
  /// can be.
  static Result<std::unique_ptr<Machine>> load(const config::PlatformConfig& config, const MachinePorts& ports, ByteView bytes);

  /// The host writes a command to the mailbox. `buffer_paddr` is 0 for commands without a buffer.
  snp::Status snp_command(std::uint32_t id, std::uint64_t buffer_paddr);

  /// Memory accesses by a core of the host or of a guest, by a device, at the bus. As PhysicalMemory has them.
  Result<void, MemoryFault> read(const Access& access, Spa at, MutableBytes out);
  Result<void, MemoryFault> write(const Access& access, Spa at, ByteView data);

  /// RMPUPDATE on one of the cores.
  swtee_rmp_result rmpupdate(Spa page, const RmpEntry& request);
  /// PSMASH and RMPREAD likewise.
  swtee_rmp_result psmash(Spa page);
  swtee_rmp_result rmpread(Spa page, swtee_rmp_state_record& record);

  /// The host's nested page table of the guest with this ASID: maps 4 KiB, or 2 MiB when `large`, or takes a mapping away.
  /// Addresses that are not aligned to that are rounded down. Nothing else is checked.
  void map_guest_page(Asid asid, Gpa gpa, Spa spa, bool large = false);
  void unmap_guest_page(Asid asid, Gpa gpa, bool large = false);
  /// A core starts, or stops, to run from this page as its VMSA.
  void run_vmsa(Spa page, bool running);

  /// What a core that runs this guest at this VMPL does: accesses and instructions, as cpu::GuestCore has them.
  swtee_guest_outcome guest_read(Asid asid, std::uint8_t vmpl, Gpa at, MutableBytes out, const cpu::GuestAccess& how = {});
  swtee_guest_outcome guest_write(Asid asid, std::uint8_t vmpl, Gpa at, ByteView data, const cpu::GuestAccess& how = {});
  swtee_guest_outcome pvalidate(Asid asid, std::uint8_t vmpl, Gpa page, unsigned size, bool validate);
  swtee_guest_outcome rmpadjust(Asid asid, std::uint8_t vmpl, Gpa page, unsigned size, std::uint64_t rdx);
  swtee_guest_outcome rmpquery(Asid asid, std::uint8_t vmpl, Gpa page, unsigned target_vmpl, cpu::RmpAttributes& attributes);

  /// A physical attacker makes `size` bytes at `ghost` reach the DRAM cells of `target`, or ends that for all addresses. All
  /// three are rounded down to pages; INVALID ranges (outside DRAM) are ignored and answered with false.
  bool alias_addresses(Spa ghost, Spa target, std::uint64_t size);
  void remove_aliases();

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

  memory::MemoryController& memory() { return memory_; }
  const memory::RmpTable& rmp() const { return memory_.rmp(); }
  memory::RmpTable& rmp() { return memory_.rmp(); }
  cpu::HostCores& cores() { return cores_; }
  const config::PlatformConfig& config() const { return config_; }
  const snp::World& snp() const { return firmware_->world(); }
  /// The identity that is fused into the machine's chip.
  const keys::Chip& chip() const { return firmware_->world().chip; }

 private:
  Machine(const config::PlatformConfig& config, const MachinePorts& ports);
  Result<void> start_firmware(const MachinePorts& ports);
  Result<void> resume_firmware(const MachinePorts& ports, ByteView saved);
  Result<void> load_cpus(ByteView bytes);
  Result<void> load_memory(ByteView bytes);
  cpu::GuestCore guest_core(Asid asid, std::uint8_t vmpl);
  /// The one place where a call becomes an event.
  void record(std::string_view op, std::initializer_list<CallField> inputs, std::string_view result, ByteView output = {}) const;

  config::PlatformConfig config_;
  CallSink* calls_;
  std::unique_ptr<RecordedPorts> recorded_;  ///< null without `calls_`
  memory::MemoryController memory_;
  std::map<std::uint32_t, cpu::NestedPageTable> guest_tables_;  ///< by ASID
  cpu::RunningVmsas running_vmsas_;
  cpu::HostCores cores_;
  std::unique_ptr<snp::Firmware> firmware_;
};

}  // namespace swtee::machine
