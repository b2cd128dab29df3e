// SPDX-License-Identifier: Apache-2.0
/// A machine with fake ports, and the host's everyday sequences on it. Builders do the valid thing; a test breaks one.
#pragma once

#include "sim/machine/machine.h"
#include "tests/support/snp_fakes.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/id_block.h>
#include <swtee/abi/snp/page_commands.h>
#include <swtee/abi/snp/policy.h>

#include <memory>
#include <ostream>
#include <set>

namespace swtee::snp {
/// How GoogleTest prints a status.
inline void PrintTo(Status status, std::ostream* out) { *out << name_of(status); }
}  // namespace swtee::snp

namespace swtee::test {

/// Command ids, written down a second time: the code under test has its own table.
namespace id {
inline constexpr std::uint32_t kInit = 0x81, kShutdown = 0x82, kPlatformStatus = 0x83, kDfFlush = 0x84, kInitEx = 0x85,
                               kShutdownEx = 0x86, kDecommission = 0x90, kActivate = 0x91, kGuestStatus = 0x92,
                               kGctxCreate = 0x93, kGuestRequest = 0x94, kActivateEx = 0x95, kHvReportReq = 0x96,
                               kLaunchStart = 0xa0, kLaunchUpdate = 0xa1, kLaunchFinish = 0xa2, kPageReclaim = 0xc7,
                               kDbgDecrypt = 0xb0, kDbgEncrypt = 0xb1, kPageSwapOut = 0xc0, kPageSwapIn = 0xc1,
                               kPageMove = 0xc2, kPageMdInit = 0xc3, kPageUnsmash = 0xc8, kConfig = 0xc9, kCommit = 0xcb, kVlekLoad = 0xcd, kFeatureInfo = 0xce;
}  // namespace id

/// An address that no machine of these tests has memory at.
inline constexpr std::uint64_t kNoMemory = std::uint64_t{1} << 40;

/// The platform's defaults with 64 MiB of memory.
config::PlatformConfig small_platform(std::string_view name = "snp:genoa");

class SnpMachine {
 public:
  using Status = snp::Status;

  /// `calls`, when there is one, gets what enters the machine, and outlives it.
  explicit SnpMachine(const config::PlatformConfig& config = small_platform(), machine::CallSink* calls = nullptr);

  MemoryNvStore nv;
  CountingEntropy entropy;
  ScriptedFaults faults;

  machine::Machine& machine() { return *machine_; }
  const snp::World& world() const { return machine_->snp(); }
  const snp::GuestContext& context(Spa gctx) const { return *machine_->snp().guest(gctx); }
  /// For states that no run of commands reaches in a test's time.
  snp::GuestContext& context_for_update(Spa gctx) { return const_cast<snp::GuestContext&>(context(gctx)); }

  /// Saves the machine and goes on with what was loaded from that. Fails as the load does; the old machine is there then.
  Result<void> save_and_load();
  /// Power off and on with the same storage. Fails as the machine does; the old one is gone then too.
  Result<void> power_cycle(const config::PlatformConfig& config);

  Status command(std::uint32_t id) { return machine_->snp_command(id, 0); }
  template <WireStruct Buffer>
  Status command(std::uint32_t id, const Buffer& buffer) {
    write(command_page_, bytes_of(buffer));
    return machine_->snp_command(id, command_page_.value);
  }
  /// A command with the buffer that the last one left in the command page.
  Status command_again(std::uint32_t id) { return machine_->snp_command(id, command_page_.value); }
  Spa command_page() const { return command_page_; }

  // Memory, as the host.
  Spa take_page();
  Spa take_large_page();
  void give_back(Spa page) { free_.push_back(page); }
  void write(Spa at, ByteView data);
  std::vector<std::uint8_t> read(Spa at, std::size_t size);
  template <WireStruct T>
  T read_as(Spa at) {
    return from_bytes<T>(read(at, sizeof(T)));
  }
  /// What the guest's own software reads through its C-bit.
  std::vector<std::uint8_t> read_as_guest(Asid asid, Spa at, std::size_t size, std::uint8_t vmpl = 0);

  // RMP.
  swtee_rmp_result rmpupdate(Spa page, bool assigned, Asid asid = {}, std::uint64_t gpa = 0, bool immutable = false, bool large = false);
  RmpState state_of(Spa page) const;
  /// A page in state Firmware.
  Spa firmware_page(bool large = false);
  /// A page in state Pre-Guest with this content (zeros when empty).
  Spa pre_guest_page(Asid asid, std::uint64_t gpa, ByteView content = {}, bool large = false);

  /// A page of a guest with this content under its key, whatever state the guest is in: Pre-Swap, or Guest-Valid.
  Spa guest_page(Asid asid, std::uint64_t gpa, ByteView content, RmpState state = SWTEE_RMP_PRE_SWAP, bool vmsa = false, bool large = false);

  // Sequences. Each expects success.
  void init();
  Spa gctx_create();
  /// A metadata page of this guest.
  Spa metadata_page(Spa gctx);
  /// A guest taken to this state, with this ASID from LAUNCH on.
  Spa guest(snp::GuestState state, Asid asid = {1}, std::uint64_t policy = snp::policy::kDefault);
  void wbinvd_and_flush();

  // Commands with the arguments that most tests vary.
  Status gctx_command(std::uint32_t id, Spa gctx);
  Status launch_start(Spa gctx, std::uint64_t policy = snp::policy::kDefault, std::uint32_t flags = 0, Spa agent = {});
  Status activate(Spa gctx, Asid asid);
  Status launch_update(Spa gctx, Spa page, snp::PageType type = snp::PageType::normal, bool large = false,
                       std::array<std::uint8_t, 3> permissions = {}, bool imi = false);
  Status launch_finish(Spa gctx, const Bytes<32>& host_data = {}, bool vcek_disabled = false);
  Status reclaim(Spa page, bool large = false);
  Status configure(std::uint64_t reported_tcb, bool mask_chip_id = false, bool mask_chip_key = false);
  Status shutdown();
  Status commit();
  snp::PlatformStatus platform_status();

  /// Every page that was ever taken, for the state hash: a 2 MiB page once for each of its 4 KiB.
  const std::set<std::uint64_t>& touched() const { return touched_; }

 private:
  machine::CallSink* calls_;
  std::unique_ptr<machine::Machine> machine_;
  std::vector<Spa> free_;
  std::set<std::uint64_t> touched_;
  Spa next_{0x100000};
  Spa next_large_{0x1000000};
  Spa command_page_;
};

}  // namespace swtee::test
