// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_machine.h"

#include <gtest/gtest.h>

namespace swtee::test {

using snp::GuestState;
using snp::Status;

config::PlatformConfig small_platform(std::string_view name) {
  auto config = config::default_platform(name);
  EXPECT_TRUE(config.ok());
  config.value().memory = std::uint64_t{64} << 20;
  return config.value();
}

SnpMachine::SnpMachine(const config::PlatformConfig& config, machine::CallSink* calls) : calls_(calls) {
  const auto on = power_cycle(config);
  EXPECT_TRUE(on.ok()) << on.error().what();
  command_page_ = take_page();
}

Result<void> SnpMachine::power_cycle(const config::PlatformConfig& config) {
  machine_.reset();
  auto on = machine::Machine::power_on(config, {entropy, nv, faults, nullptr, calls_});
  if (!on.ok()) return Failure(on.error());
  machine_ = std::move(on).value();
  machine_->prepare_cores_for_snp(true);
  return {};
}

Result<void> SnpMachine::save_and_load() {
  auto loaded = machine::Machine::load(machine_->config(), {entropy, nv, faults}, machine_->save());
  if (!loaded.ok()) return Failure(loaded.error());
  machine_ = std::move(loaded).value();
  return {};
}

Spa SnpMachine::take_page() {
  Spa page = next_;
  if (free_.empty()) {
    next_ = next_ + kPageSize;
  } else {
    page = free_.back();
    free_.pop_back();
  }
  touched_.insert(page.value);
  return page;
}

Spa SnpMachine::take_large_page() {
  const Spa page = next_large_;
  next_large_ = next_large_ + kLargePageSize;
  for (std::uint64_t offset = 0; offset < kLargePageSize; offset += kPageSize) touched_.insert(page.value + offset);
  return page;
}

void SnpMachine::write(Spa at, ByteView data) {
  ASSERT_TRUE(machine_->write(Access::host(), at, data).ok()) << "the host may not write at " << std::hex << at.value;
}

std::vector<std::uint8_t> SnpMachine::read(Spa at, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  EXPECT_TRUE(machine_->read(Access::host(), at, bytes).ok()) << "the host may not read at " << std::hex << at.value;
  return bytes;
}

std::vector<std::uint8_t> SnpMachine::read_as_guest(Asid asid, Spa at, std::size_t size, std::uint8_t vmpl) {
  std::vector<std::uint8_t> bytes(size);
  EXPECT_TRUE(machine_->read({Access::Agent::cpu, asid, vmpl, true}, at, bytes).ok());
  return bytes;
}

swtee_rmp_result SnpMachine::rmpupdate(Spa page, bool assigned, Asid asid, std::uint64_t gpa, bool immutable, bool large) {
  RmpEntry entry{};
  entry.assigned = assigned;
  entry.asid = asid.value;
  entry.gpa = gpa;
  entry.immutable = immutable;
  entry.large = large;
  return machine_->rmpupdate(page, entry);
}

RmpState SnpMachine::state_of(Spa page) const {
  const auto entry = machine_->rmp().entry(page);
  EXPECT_TRUE(entry.has_value());
  return swtee_rmp_state_of(&*entry);
}

Spa SnpMachine::firmware_page(bool large) {
  const Spa page = large ? take_large_page() : take_page();
  EXPECT_EQ(rmpupdate(page, true, {}, 0, true, large), SWTEE_RMP_OK);
  return page;
}

Spa SnpMachine::pre_guest_page(Asid asid, std::uint64_t gpa, ByteView content, bool large) {
  const Spa page = large ? take_large_page() : take_page();
  if (!content.empty()) write(page, content);
  EXPECT_EQ(rmpupdate(page, true, asid, gpa, true, large), SWTEE_RMP_OK);
  return page;
}

Spa SnpMachine::guest_page(Asid asid, std::uint64_t gpa, ByteView content, RmpState state, bool vmsa, bool large) {
  const Spa page = pre_guest_page(asid, gpa, {}, large);
  EXPECT_TRUE(machine_->memory().write(Access::psp_as_guest(asid), page, content).ok());
  RmpEntry entry = *machine_->rmp().entry(page);
  entry.immutable = state == SWTEE_RMP_PRE_SWAP;
  entry.validated = true;
  entry.vmsa = vmsa;
  machine_->rmp().set_entry(page, entry);
  EXPECT_EQ(state_of(page), state);
  return page;
}

void SnpMachine::init() {
  machine_->wbinvd_all();
  ASSERT_EQ(command(id::kInit), Status::success);
  wbinvd_and_flush();
}

void SnpMachine::wbinvd_and_flush() {
  machine_->wbinvd_all();
  ASSERT_EQ(command(id::kDfFlush), Status::success);
}

Spa SnpMachine::gctx_create() {
  const Spa page = firmware_page();
  EXPECT_EQ(gctx_command(id::kGctxCreate, page), Status::success);
  return page;
}

Spa SnpMachine::metadata_page(Spa gctx) {
  const Spa page = firmware_page();
  snp::SnpPageMdInitBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.page_paddr = page.value;
  EXPECT_EQ(command(id::kPageMdInit, buffer), Status::success);
  return page;
}

Spa SnpMachine::guest(GuestState state, Asid asid, std::uint64_t policy) {
  const Spa gctx = gctx_create();
  if (state == GuestState::init) return gctx;
  EXPECT_EQ(launch_start(gctx, policy), Status::success);
  EXPECT_EQ(activate(gctx, asid), Status::success);
  if (state == GuestState::running) {
    EXPECT_EQ(launch_finish(gctx), Status::success);
  }
  return gctx;
}

Status SnpMachine::gctx_command(std::uint32_t command_id, Spa gctx) {
  snp::GctxBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  return command(command_id, buffer);
}

Status SnpMachine::launch_start(Spa gctx, std::uint64_t policy, std::uint32_t flags, Spa agent) {
  snp::SnpLaunchStartBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.policy = policy;
  buffer.flags = flags;
  buffer.ma_gctx_paddr = agent.value;
  return command(id::kLaunchStart, buffer);
}

Status SnpMachine::activate(Spa gctx, Asid asid) {
  snp::SnpActivateBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.asid = asid.value;
  return command(id::kActivate, buffer);
}

Status SnpMachine::launch_update(Spa gctx, Spa page, snp::PageType type, bool large, std::array<std::uint8_t, 3> permissions, bool imi) {
  snp::SnpLaunchUpdateBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.flags = (large ? 1u : 0u) | static_cast<std::uint32_t>(type) << 1 | (imi ? 16u : 0u);
  buffer.page_paddr = page.value;
  buffer.vmpl1_perms = permissions[0];
  buffer.vmpl2_perms = permissions[1];
  buffer.vmpl3_perms = permissions[2];
  return command(id::kLaunchUpdate, buffer);
}

Status SnpMachine::launch_finish(Spa gctx, const Bytes<32>& host_data, bool vcek_disabled) {
  snp::SnpLaunchFinishBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.host_data = host_data;
  buffer.flags = vcek_disabled ? 4u : 0u;
  return command(id::kLaunchFinish, buffer);
}

Status SnpMachine::reclaim(Spa page, bool large) {
  snp::SnpPageReclaimBuffer buffer{};
  buffer.page_paddr = page.value | (large ? 1u : 0u);
  return command(id::kPageReclaim, buffer);
}

Status SnpMachine::configure(std::uint64_t reported_tcb, bool mask_chip_id, bool mask_chip_key) {
  snp::SnpConfigBuffer buffer{};
  buffer.reported_tcb = reported_tcb;
  buffer.flags = (mask_chip_id ? 1u : 0u) | (mask_chip_key ? 2u : 0u);
  return command(id::kConfig, buffer);
}

Status SnpMachine::shutdown() {
  snp::SnpShutdownExBuffer buffer{};
  buffer.length = sizeof(buffer);
  return command(id::kShutdownEx, buffer);
}

Status SnpMachine::commit() {
  snp::SnpCommitBuffer buffer{};
  buffer.length = sizeof(buffer);
  return command(id::kCommit, buffer);
}

snp::PlatformStatus SnpMachine::platform_status() {
  const bool initialised = world().state() == snp::PlatformState::init;
  const Spa page = initialised ? firmware_page() : take_page();
  snp::SnpPlatformStatusBuffer buffer{};
  buffer.status_paddr = page.value;
  EXPECT_EQ(command(id::kPlatformStatus, buffer), Status::success);
  const auto status = read_as<snp::PlatformStatus>(page);
  if (initialised) {
    EXPECT_EQ(rmpupdate(page, false), SWTEE_RMP_OK);
  }
  give_back(page);
  return status;
}

}  // namespace swtee::test
