// SPDX-License-Identifier: Apache-2.0
#include "sim/host/sev_device.h"

#include "firmware/contract/require.h"

#include <swtee/abi/snp/commands.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace swtee::host {
namespace {

constexpr std::uint32_t kSnpPlatformStatus = 0x83, kSnpConfig = 0xc9, kSnpCommit = 0xcb, kSnpVlekLoad = 0xcd;
constexpr std::uint64_t kAreaPages = snp::kSevBlobMax / kPageSize;

std::uint64_t pages_of(std::uint32_t length) { return (length + kPageSize - 1) / kPageSize; }

}  // namespace

Result<std::unique_ptr<SevDevice>, HostFailure> SevDevice::load(Hypervisor& hypervisor) {
  const Spa tmr = SWTEE_TRY(hypervisor.take_run(sev::kTmrSizeSnp / kPageSize, sev::kTmrSizeSnp));
  const Spa pages = SWTEE_TRY(hypervisor.take_run(2 + 2 * kAreaPages));
  auto device = std::unique_ptr<SevDevice>(new SevDevice(hypervisor, pages, tmr));
  device->bring_legacy_up();
  return device;
}

SevDevice::SevDevice(Hypervisor& hypervisor, Spa pages, Spa tmr)
    : hypervisor_(hypervisor),
      command_page_(pages),
      status_page_(pages + kPageSize),
      areas_{pages + 2 * kPageSize, pages + (2 + kAreaPages) * kPageSize},
      tmr_(tmr) {}

int SevDevice::ioctl(std::uint32_t request, std::uint64_t argument, bool writable, UserMemory& memory) {
  if (request != snp::kIoctlSevIssueCmd) return -EINVAL;
  snp::SevIssueCmd input{};
  if (!memory.copy_in(argument, mutable_bytes_of(input))) return -EFAULT;
  if (input.cmd >= snp::kSevIoctlCommandMax) return -EINVAL;
  const std::lock_guard lock(mutex_);
  Call call{memory, input.data, writable, input.error};
  const int result = dispatch(input.cmd, call);
  input.error = call.error;
  return memory.copy_out(argument, bytes_of(input)) ? result : -EFAULT;
}

int SevDevice::dispatch(std::uint32_t command, Call& call) {
  using Command = snp::SevIoctlCommand;
  switch (static_cast<Command>(command)) {
    case Command::factory_reset: return factory_reset(call);
    case Command::platform_status: return platform_status(call);
    case Command::pek_gen: return generate(0x05, call);
    case Command::pek_csr: return pek_csr(call);
    case Command::pdh_gen: return generate(0x09, call);
    case Command::pdh_cert_export: return pdh_cert_export(call);
    case Command::pek_cert_import: return pek_cert_import(call);
    case Command::get_id: return get_id(call);
    case Command::get_id2: return get_id2(call);
    case Command::snp_platform_status: return snp_platform_status(call);
    case Command::snp_commit: return snp_commit(call);
    case Command::snp_set_config: return snp_set_config(call);
    case Command::snp_vlek_load: return snp_vlek_load(call);
  }
  return -EINVAL;
}

int SevDevice::issue(std::uint32_t id, MutableBytes buffer, std::uint32_t& error, CommandPage use, std::span<const Output> outputs) {
  const bool hand_over = snp_up_ && use == CommandPage::written;
  if (!buffer.empty()) hypervisor_.write(command_page_, buffer);
  if (hand_over) hypervisor_.give_to_firmware(command_page_, 1);
  if (snp_up_)
    for (const Output& output : outputs) hypervisor_.give_to_firmware(output.area, pages_of(output.length));
  const snp::Status status = hypervisor_.mailbox(id, buffer.empty() ? Spa{} : command_page_);
  if (snp_up_)
    for (const Output& output : outputs) hypervisor_.reclaim(output.area, pages_of(output.length));
  if (hand_over) hypervisor_.reclaim(command_page_, 1);
  if (!buffer.empty()) hypervisor_.read(command_page_, buffer);
  error = static_cast<std::uint32_t>(status);
  return status == snp::Status::success ? 0 : -EIO;
}

int SevDevice::copy_blob(const Call& call, std::uint64_t address, std::uint32_t length, Spa area) {
  if (address == 0 || length == 0 || length > snp::kSevBlobMax) return -EINVAL;
  std::vector<std::uint8_t> blob(length);
  if (!call.memory.copy_in(address, blob)) return -EFAULT;
  hypervisor_.write(area, blob);
  return 0;
}

bool SevDevice::copy_area_out(const Call& call, Spa area, std::uint32_t length, std::uint64_t address) {
  std::vector<std::uint8_t> blob(std::min(length, snp::kSevBlobMax));
  hypervisor_.read(area, blob);
  return call.memory.copy_out(address, blob);
}

void SevDevice::take_snp_down() {
  if (hypervisor_.snp_shutdown() == snp::Status::success) snp_up_ = false;
}

/// SNP is up as long as this lives.
class SevDevice::SnpUp {
 public:
  SnpUp(SevDevice& device, Call& call) : device_(device), mine_(!device.snp_up_) {
    if (!mine_) return;
    device_.snp_up_ = device_.hypervisor_.snp_init().ok();
    if (!device_.snp_up_) call.error = static_cast<std::uint32_t>(snp::Status::invalid_platform_state);
  }
  SnpUp(const SnpUp&) = delete;
  SnpUp& operator=(const SnpUp&) = delete;
  ~SnpUp() {
    if (mine_ && device_.snp_up_) device_.take_snp_down();
  }
  bool failed() const { return !device_.snp_up_; }

 private:
  SevDevice& device_;
  bool mine_;
};

int SevDevice::snp_platform_status(Call& call) {
  if (call.data == 0) return -EINVAL;
  const SnpUp snp(*this, call);
  if (snp.failed()) return -EIO;
  snp::SnpPlatformStatusBuffer buffer{};
  buffer.status_paddr = status_page_.value;
  hypervisor_.give_to_firmware(status_page_, 1);
  const int result = issue(kSnpPlatformStatus, buffer, call.error);
  hypervisor_.reclaim(status_page_, 1);
  if (result != 0) return result;
  snp::PlatformStatus status{};
  hypervisor_.read(status_page_, mutable_bytes_of(status));
  return call.memory.copy_out(call.data, bytes_of(status)) ? 0 : -EFAULT;
}

int SevDevice::snp_commit(Call& call) {
  const SnpUp snp(*this, call);
  if (snp.failed()) return -EIO;
  snp::SnpCommitBuffer buffer{};
  buffer.length = sizeof(buffer);
  return issue(kSnpCommit, buffer, call.error);
}

int SevDevice::snp_set_config(Call& call) {
  if (call.data == 0) return -EINVAL;
  if (!call.writable) return -EPERM;
  snp::SevUserSnpConfig config{};
  if (!call.memory.copy_in(call.data, mutable_bytes_of(config))) return -EFAULT;
  const SnpUp snp(*this, call);
  if (snp.failed()) return -EIO;
  return issue(kSnpConfig, config, call.error);
}

int SevDevice::snp_vlek_load(Call& call) {
  if (call.data == 0) return -EINVAL;
  if (!call.writable) return -EPERM;
  snp::SevUserSnpVlekLoad input{};
  if (!call.memory.copy_in(call.data, mutable_bytes_of(input))) return -EFAULT;
  if (input.len != sizeof(input) || input.vlek_wrapped_version != 0) return -EINVAL;
  if (const int copied = copy_blob(call, input.vlek_wrapped_address, snp::kSevUserWrappedVlekSize, areas_[0]); copied != 0) return copied;
  const SnpUp snp(*this, call);
  if (snp.failed()) return -EIO;
  input.vlek_wrapped_address = areas_[0].value;
  return issue(kSnpVlekLoad, input, call.error);
}

}  // namespace swtee::host
