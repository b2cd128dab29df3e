// SPDX-License-Identifier: Apache-2.0
// Commands that do no cryptography, through the mailbox.
#include "tests/bench/alternating.h"
#include "tests/support/snp_machine.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::bench {
namespace {

constexpr double kCommandsPerSecond = 1'000'000;
constexpr std::size_t kCommandsInSample = 2'000;

/// What the host asks RMPUPDATE for.
constexpr RmpEntry kFirmwarePage = [] {
  RmpEntry entry{};
  entry.assigned = true;
  entry.immutable = true;
  return entry;
}();

namespace id = test::id;
using snp::Status;

/// A machine with a running guest, and other guests so that tables are not empty.
class Host {
 public:
  Host() {
    machine.init();
    for (std::uint32_t asid = 1; asid <= 16; ++asid) gctx = machine.guest(snp::GuestState::running, Asid{asid});
    answer = machine.firmware_page();
  }

  /// A page of its own that holds this command buffer.
  template <WireStruct Buffer>
  std::uint64_t written(const Buffer& buffer) {
    const Spa page = machine.take_page();
    machine.write(page, bytes_of(buffer));
    return page.value;
  }

  test::SnpMachine machine;
  Spa gctx;
  Spa answer;
};

void measure_command(benchmark::State& state, Host& host, std::uint32_t command, std::uint64_t buffer, Status expected) {
  machine::Machine& machine = host.machine.machine();
  require(machine.snp_command(command, buffer) == expected, "the command");
  Sampled runs(Timer::thread);
  for (auto _ : state)
    runs.sample(state, kCommandsInSample, [&] {
      for (std::size_t i = 0; i < kCommandsInSample; ++i)
        require(machine.snp_command(command, buffer) == expected, "the command");
    });
  // The fakes of the tests remember each command.
  host.machine.faults.asked.clear();
  runs.report_rate(state, kCommandsPerSecond);
}

/// The page becomes Reclaim each time, so the host's RMPUPDATE is in it.
void BM_PlatformStatus(benchmark::State& state) {
  Host host;
  machine::Machine& machine = host.machine.machine();
  snp::SnpPlatformStatusBuffer buffer{};
  buffer.status_paddr = host.answer.value;
  const std::uint64_t written = host.written(buffer);
  Sampled runs(Timer::thread);
  for (auto _ : state)
    runs.sample(state, kCommandsInSample, [&] {
      for (std::size_t i = 0; i < kCommandsInSample; ++i) {
        require(machine.snp_command(id::kPlatformStatus, written) == Status::success, "SNP_PLATFORM_STATUS");
        require(machine.rmpupdate(host.answer, kFirmwarePage) == SWTEE_RMP_OK, "RMPUPDATE");
      }
    });
  runs.report_rate(state, kCommandsPerSecond);
}

void BM_GuestStatus(benchmark::State& state) {
  Host host;
  snp::SnpGuestStatusBuffer buffer{};
  buffer.gctx_paddr = host.gctx.value;
  buffer.status_paddr = host.answer.value;
  measure_command(state, host, id::kGuestStatus, host.written(buffer), Status::success);
}

void BM_PageReclaim(benchmark::State& state) {
  Host host;
  snp::SnpPageReclaimBuffer buffer{};
  buffer.page_paddr = host.machine.firmware_page().value;
  measure_command(state, host, id::kPageReclaim, host.written(buffer), Status::success);
}

/// Refused: the guest has an ASID.
void BM_ActivateRefused(benchmark::State& state) {
  Host host;
  snp::SnpActivateBuffer buffer{};
  buffer.gctx_paddr = host.gctx.value;
  buffer.asid = 40;
  const std::uint64_t written = host.written(buffer);
  const Status refusal = host.machine.machine().snp_command(id::kActivate, written);
  require(refusal != Status::success, "the refusal");
  measure_command(state, host, id::kActivate, written, refusal);
}

void BM_DfFlush(benchmark::State& state) {
  Host host;
  measure_command(state, host, id::kDfFlush, 0, Status::success);
}

/// Three commands, and the host's RMPUPDATE that makes the page a Firmware page again.
void BM_ContextCreatedAndDestroyed(benchmark::State& state) {
  Host host;
  machine::Machine& machine = host.machine.machine();
  const Spa page = host.machine.firmware_page();
  snp::GctxBuffer context{};
  context.gctx_paddr = page.value;
  snp::SnpPageReclaimBuffer reclaim{};
  reclaim.page_paddr = page.value;
  const std::uint64_t context_buffer = host.written(context);
  const std::uint64_t reclaim_buffer = host.written(reclaim);
  Sampled runs(Timer::thread);
  constexpr std::size_t kCommandsInCycle = 3;
  for (auto _ : state)
    runs.sample(state, kCommandsInSample * kCommandsInCycle, [&] {
      for (std::size_t i = 0; i < kCommandsInSample; ++i) {
        require(machine.snp_command(id::kGctxCreate, context_buffer) == Status::success, "SNP_GCTX_CREATE");
        require(machine.snp_command(id::kDecommission, context_buffer) == Status::success, "SNP_DECOMMISSION");
        require(machine.snp_command(id::kPageReclaim, reclaim_buffer) == Status::success, "SNP_PAGE_RECLAIM");
        require(machine.rmpupdate(page, kFirmwarePage) == SWTEE_RMP_OK, "RMPUPDATE");
      }
    });
  runs.report_rate(state, kCommandsPerSecond);
}

BENCHMARK(BM_PlatformStatus)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_GuestStatus)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PageReclaim)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ActivateRefused)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DfFlush)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ContextCreatedAndDestroyed)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swtee::bench
