// SPDX-License-Identifier: Apache-2.0
#include "sim/host/hypervisor.h"

#include "firmware/contract/require.h"
#include "firmware/keys/vlek.h"
#include "firmware/snp/command_table.h"

#include <swtee/abi/snp/commands.h>

#include <algorithm>

namespace swtee::host {
namespace {

// Command ids.
constexpr std::uint32_t kInitEx = 0x85, kDfFlush = 0x84, kDecommission = 0x90, kActivate = 0x91, kGctxCreate = 0x93,
                        kGuestRequest = 0x94, kHvReportReq = 0x96, kLaunchStart = 0xa0, kLaunchUpdate = 0xa1, kLaunchFinish = 0xa2,
                        kPageReclaim = 0xc7, kConfig = 0xc9, kVlekLoad = 0xcd;

/// Low memory is the host's own; guests get pages above it.
constexpr Spa kFirstFreePage{std::uint64_t{1} << 20};
/// GPA that Linux gives VMSA pages in the RMP.
constexpr std::uint64_t kVmsaGpa = 0xfffffffff000;

RmpEntry assigned(Asid asid, std::uint64_t gpa, bool immutable) {
  RmpEntry entry{};
  entry.assigned = true;
  entry.asid = asid.value;
  entry.gpa = gpa;
  entry.immutable = immutable;
  return entry;
}

Failure<HostFailure> out_of(const std::string& what) { return Failure(HostFailure{"the host has no more " + what, {}}); }

Result<void, HostFailure> accepted(std::uint32_t id, snp::Status status) {
  if (status == snp::Status::success) return {};
  const snp::CommandRow* row = snp::find_command(id);
  return Failure(HostFailure{std::string(row->name) + " was refused with " + std::string(snp::name_of(status)), status});
}

}  // namespace

Hypervisor::Hypervisor(machine::Machine& machine)
    : machine_(machine), pages_(kFirstFreePage, Spa{machine.memory().software_size()}), command_buffer_(*pages_.take()) {}

template <class Buffer>
snp::Status Hypervisor::command(std::uint32_t id, const Buffer& buffer) {
  host_write(command_buffer_, bytes_of(buffer));
  return machine_.snp_command(id, command_buffer_.value);
}

void Hypervisor::host_write(Spa at, ByteView data) {
  SWTEE_ASSERT(machine_.write(Access::host(), at, data).ok());
}

Result<Spa, HostFailure> Hypervisor::take_page() {
  const auto page = pages_.take();
  if (!page.has_value()) return out_of("memory");
  return *page;
}

Result<Spa, HostFailure> Hypervisor::take_firmware_page() {
  const Spa page = SWTEE_TRY(take_page());
  SWTEE_ASSERT(machine_.rmpupdate(page, assigned({}, 0, true)) == SWTEE_RMP_OK);
  return page;
}

void Hypervisor::free_page(Spa page) {
  SWTEE_ASSERT(machine_.rmpupdate(page, RmpEntry{}) == SWTEE_RMP_OK);
  pages_.give_back(page);
}

void Hypervisor::free_firmware_page(Spa page) {
  snp::SnpPageReclaimBuffer buffer{};
  buffer.page_paddr = page.value;
  SWTEE_ASSERT(command(kPageReclaim, buffer) == snp::Status::success);
  free_page(page);
}

Result<void, HostFailure> Hypervisor::bring_up() {
  const std::lock_guard lock(mutex_);
  SWTEE_TRY(snp_init_locked());
  SWTEE_TRY(configure());
  return load_vlek();
}

Result<void, HostFailure> Hypervisor::snp_init_locked() {
  const config::PlatformConfig& config = machine_.config();
  machine_.prepare_cores_for_snp(true);
  machine_.wbinvd_all();
  snp::SnpInitExBuffer init{};
  init.flags = static_cast<std::uint32_t>(snp::init_ex_bits::InitRmp::mask | snp::init_ex_bits::RaplDis::set(config.rapl_disable) |
                                          snp::init_ex_bits::CiphertextHidingEn::set(config.ciphertext_hiding));
  SWTEE_TRY(accepted(kInitEx, command(kInitEx, init)));
  machine_.wbinvd_all();
  return accepted(kDfFlush, machine_.snp_command(kDfFlush, 0));
}

Result<void, HostFailure> Hypervisor::configure() {
  const config::PlatformConfig& config = machine_.config();
  if (!config.tcb.reported.has_value() && !config.mask_chip_id && !config.mask_chip_key) return {};
  snp::SnpConfigBuffer buffer{};
  if (config.tcb.reported.has_value()) buffer.reported_tcb = encode(*config.tcb.reported, config.product->tcb_layout);
  buffer.flags = static_cast<std::uint32_t>(snp::config_bits::MaskChipId::set(config.mask_chip_id) |
                                            snp::config_bits::MaskChipKey::set(config.mask_chip_key));
  return accepted(kConfig, command(kConfig, buffer));
}

Result<void, HostFailure> Hypervisor::load_vlek() {
  const config::PlatformConfig& config = machine_.config();
  if (config.vlek.empty()) return {};
  const snp::World& world = machine_.snp();
  const auto wrapped = keys::wrap_vlek(
      machine_.chip(), keys::vlek_stick(config.universe_keys(), *config.product, config.vlek, world.reported_tcb));
  const Spa page = SWTEE_TRY(take_page());
  host_write(page, bytes_of(wrapped));
  snp::SnpVlekLoadBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.vlek_wrapped_paddr = page.value;
  const auto loaded = accepted(kVlekLoad, command(kVlekLoad, buffer));
  pages_.give_back(page);
  return loaded;
}

Result<Guest, HostFailure> Hypervisor::launch(const LaunchPlan& plan, const GuestOptions& options) {
  const std::lock_guard lock(mutex_);
  Guest guest{};
  guest.gctx = SWTEE_TRY(take_firmware_page());
  snp::GctxBuffer create{};
  create.gctx_paddr = guest.gctx.value;
  if (const auto made = accepted(kGctxCreate, command(kGctxCreate, create)); !made.ok()) {
    free_firmware_page(guest.gctx);
    return Failure(made.error());
  }
  if (const auto launched = launch_steps(plan, options, guest); !launched.ok()) {
    destroy_locked(guest);
    return Failure(launched.error());
  }
  return guest;
}

Result<void, HostFailure> Hypervisor::launch_steps(const LaunchPlan& plan, const GuestOptions& options, Guest& guest) {
  snp::SnpLaunchStartBuffer start{};
  start.gctx_paddr = guest.gctx.value;
  start.policy = options.policy;
  start.gosvw = options.gosvw;
  start.desired_tsc_khz = options.desired_tsc_khz;
  SWTEE_TRY(accepted(kLaunchStart, command(kLaunchStart, start)));

  const bool reuse = !free_asids_.empty();
  const Asid asid{reuse ? free_asids_.back() : next_asid_};
  if (!machine_.snp().asids.valid(asid)) return out_of("ASIDs");
  snp::SnpActivateBuffer activate{};
  activate.gctx_paddr = guest.gctx.value;
  activate.asid = asid.value;
  SWTEE_TRY(accepted(kActivate, command(kActivate, activate)));
  if (reuse)
    free_asids_.pop_back();
  else
    ++next_asid_;
  guest.asid = asid;

  for (const LaunchRegion& region : plan.regions())
    for (std::uint64_t i = 0; i < region.page_count(); ++i) SWTEE_TRY(add_page(region, i, guest));
  SWTEE_TRY(finish(options, guest));
  guest.response_page = SWTEE_TRY(take_firmware_page());
  guest.request_page = SWTEE_TRY(take_page());
  return {};
}

Result<void, HostFailure> Hypervisor::add_page(const LaunchRegion& region, std::uint64_t index, Guest& guest) {
  const bool vmsa = region.type == snp::PageType::vmsa;
  const Gpa gpa = region.gpa_of(index);
  if (!vmsa && guest.private_pages.contains(gpa.value))
    return Failure(HostFailure{"the launch has two pages for one guest address", {}});
  const Spa page = SWTEE_TRY(take_page());
  static constexpr std::array<std::uint8_t, kPageSize> kZeros{};
  const ByteView content = region.page(index);
  host_write(page, content.empty() ? ByteView(kZeros) : content);
  SWTEE_ASSERT(machine_.rmpupdate(page, assigned(guest.asid, vmsa ? kVmsaGpa : gpa.value, true)) == SWTEE_RMP_OK);

  snp::SnpLaunchUpdateBuffer update{};
  update.gctx_paddr = guest.gctx.value;
  update.flags = static_cast<std::uint32_t>(snp::launch_update_bits::PageTypeField::set(static_cast<std::uint64_t>(region.type)));
  update.page_paddr = page.value;
  update.vmpl1_perms = region.permissions.vmpl1;
  update.vmpl2_perms = region.permissions.vmpl2;
  update.vmpl3_perms = region.permissions.vmpl3;
  if (const auto updated = accepted(kLaunchUpdate, command(kLaunchUpdate, update)); !updated.ok()) {
    free_firmware_page(page);
    return updated;
  }
  if (vmsa)
    guest.vmsa_pages.push_back(page);
  else
    guest.private_pages[gpa.value] = page;
  if (region.type == snp::PageType::secrets) guest.secrets_gpa = gpa;
  return {};
}

Result<void, HostFailure> Hypervisor::finish(const GuestOptions& options, const Guest& guest) {
  snp::SnpLaunchFinishBuffer buffer{};
  buffer.gctx_paddr = guest.gctx.value;
  buffer.host_data = options.host_data;
  std::uint64_t flags = snp::launch_finish_bits::VcekDisabled::set(options.vcek_disabled);
  if (!options.id_block.has_value()) {
    buffer.flags = flags;
    return accepted(kLaunchFinish, command(kLaunchFinish, buffer));
  }
  flags |= snp::launch_finish_bits::IdBlockEn::mask | snp::launch_finish_bits::AuthKeyEn::set(options.author_key_enabled);
  const Spa block = SWTEE_TRY(take_page());
  const Spa auth = SWTEE_TRY(take_page());
  host_write(block, bytes_of(*options.id_block));
  host_write(auth, bytes_of(options.id_auth.value_or(snp::IdAuthInfo{})));
  buffer.id_block_paddr = block.value;
  buffer.id_auth_paddr = auth.value;
  buffer.flags = flags;
  const auto finished = accepted(kLaunchFinish, command(kLaunchFinish, buffer));
  pages_.give_back(block);
  pages_.give_back(auth);
  return finished;
}

void Hypervisor::destroy(const Guest& guest) {
  const std::lock_guard lock(mutex_);
  destroy_locked(guest);
}

void Hypervisor::destroy_locked(const Guest& guest) {
  snp::GctxBuffer buffer{};
  buffer.gctx_paddr = guest.gctx.value;
  SWTEE_ASSERT(command(kDecommission, buffer) == snp::Status::success);
  free_firmware_page(guest.gctx);
  for (const auto& [gpa, page] : guest.private_pages) free_page(page);
  for (Spa page : guest.vmsa_pages) free_page(page);
  if (guest.response_page.value != 0) free_firmware_page(guest.response_page);
  if (guest.request_page.value != 0) pages_.give_back(guest.request_page);
  if (guest.asid.value == 0) return;
  machine_.wbinvd_all();
  SWTEE_ASSERT(machine_.snp_command(kDfFlush, 0) == snp::Status::success);
  free_asids_.push_back(guest.asid.value);
}

bool Hypervisor::read_guest(const Guest& guest, Gpa at, std::uint8_t vmpl, MutableBytes out) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t offset = at.value % kPageSize;
  const auto page = guest.private_pages.find(at.value - offset);
  if (page == guest.private_pages.end() || offset + out.size() > kPageSize) return false;
  return machine_.read({Access::Agent::cpu, guest.asid, vmpl, true}, page->second + offset, out).ok();
}

snp::Status Hypervisor::guest_request(const Guest& guest, ByteView request, MutableBytes response) {
  SWTEE_ASSERT(request.size() == kPageSize && response.size() == kPageSize);
  const std::lock_guard lock(mutex_);
  host_write(guest.request_page, request);
  snp::SnpGuestRequestBuffer buffer{};
  buffer.gctx_paddr = guest.gctx.value;
  buffer.request_paddr = guest.request_page.value;
  buffer.response_paddr = guest.response_page.value;
  const snp::Status status = command(kGuestRequest, buffer);
  if (status == snp::Status::success)
    SWTEE_ASSERT(machine_.read(Access::host(), guest.response_page, response).ok());
  return status;
}

Result<snp::AttestationReport, snp::Status> Hypervisor::host_report(const Guest& guest, snp::KeySelect key) {
  const std::lock_guard lock(mutex_);
  const auto page = take_firmware_page();
  SWTEE_REQUIRE(page.ok(), snp::Status::resource_limit);
  snp::SnpHvReportReqBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.key_select = static_cast<std::uint32_t>(key);
  buffer.gctx_paddr = guest.gctx.value;
  buffer.report_paddr = page.value().value;
  const snp::Status status = command(kHvReportReq, buffer);
  snp::ReportRsp response{};
  SWTEE_ASSERT(machine_.read(Access::host(), page.value(), mutable_bytes_of(response)).ok());
  free_firmware_page(page.value());
  SWTEE_REQUIRE(status == snp::Status::success, status);
  return response.report;
}

}  // namespace swtee::host
