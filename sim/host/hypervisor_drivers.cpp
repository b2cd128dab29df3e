// SPDX-License-Identifier: Apache-2.0
/// What the hypervisor lends to the drivers of its kernel.
#include "firmware/contract/require.h"
#include "sim/host/hypervisor.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::host {
namespace {
constexpr std::uint32_t kDfFlush = 0x84, kShutdownEx = 0x86, kPageReclaim = 0xc7;
}  // namespace

Result<void, HostFailure> Hypervisor::snp_init() {
  const std::lock_guard lock(mutex_);
  return snp_init_locked();
}

snp::Status Hypervisor::snp_shutdown() {
  const std::lock_guard lock(mutex_);
  snp::SnpShutdownExBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.flags = static_cast<std::uint32_t>(snp::shutdown_ex_bits::IommuSnpShutdown::mask);
  machine_.wbinvd_all();
  host_write(command_buffer_, bytes_of(buffer));
  const snp::Status status = machine_.snp_command(kShutdownEx, command_buffer_.value);
  if (status != snp::Status::dfflush_required) return status;
  const snp::Status flushed = machine_.snp_command(kDfFlush, 0);
  return flushed == snp::Status::success ? machine_.snp_command(kShutdownEx, command_buffer_.value) : flushed;
}

Result<Spa, HostFailure> Hypervisor::take_run(std::uint64_t pages, std::uint64_t alignment) {
  const std::lock_guard lock(mutex_);
  const auto run = pages_.take_run(pages, alignment);
  if (!run.has_value()) return Failure(HostFailure{"the host has no more memory in a row", {}});
  return *run;
}

void Hypervisor::give_to_firmware(Spa first, std::uint64_t pages) {
  const std::lock_guard lock(mutex_);
  RmpEntry firmware{};
  firmware.assigned = true;
  firmware.immutable = true;
  for (std::uint64_t i = 0; i < pages; ++i)
    SWTEE_ASSERT(machine_.rmpupdate(first + i * kPageSize, firmware) == SWTEE_RMP_OK);
}

void Hypervisor::reclaim(Spa first, std::uint64_t pages) {
  const std::lock_guard lock(mutex_);
  for (std::uint64_t i = 0; i < pages; ++i) {
    const Spa page = first + i * kPageSize;
    snp::SnpPageReclaimBuffer buffer{};
    buffer.page_paddr = page.value;
    host_write(command_buffer_, bytes_of(buffer));
    SWTEE_ASSERT(machine_.snp_command(kPageReclaim, command_buffer_.value) == snp::Status::success);
    SWTEE_ASSERT(machine_.rmpupdate(page, RmpEntry{}) == SWTEE_RMP_OK);
  }
}

void Hypervisor::write(Spa at, ByteView data) {
  const std::lock_guard lock(mutex_);
  host_write(at, data);
}

void Hypervisor::read(Spa at, MutableBytes out) {
  const std::lock_guard lock(mutex_);
  SWTEE_ASSERT(machine_.read(Access::host(), at, out).ok());
}

snp::Status Hypervisor::mailbox(std::uint32_t id, Spa buffer) {
  const std::lock_guard lock(mutex_);
  return machine_.snp_command(id, buffer.value);
}

}  // namespace swtee::host
