// SPDX-License-Identifier: Apache-2.0
/// The legacy SEV commands of /dev/sev.
#include "sim/host/sev_device.h"

#include <algorithm>
#include <cerrno>

namespace swtee::host {
namespace {

constexpr std::uint32_t kInit = 0x01, kShutdown = 0x02, kFactoryReset = 0x03, kPlatformStatus = 0x04, kPekCsr = 0x06,
                        kPekCertImport = 0x07, kPdhCertExport = 0x08, kDfFlush = 0x0a, kGetId = 0x0c;
constexpr std::uint8_t kStateInit = 1, kStateWorking = 2;
/// The most that the kernel allocates in a row.
constexpr std::uint32_t kAllocationMax = 4u << 20;
constexpr auto kNotUp = static_cast<std::uint32_t>(snp::Status::invalid_platform_state);

}  // namespace

bool SevDevice::bring_legacy_up() {
  if (!snp_up_ && !(snp_up_ = hypervisor_.snp_init().ok())) return false;
  hypervisor_.give_to_firmware(tmr_, sev::kTmrSizeSnp / kPageSize);
  sev::InitBuffer init{};
  init.flags = static_cast<std::uint32_t>(sev::init_bits::Es::mask);
  init.tmr_paddr = tmr_.value;
  init.tmr_length = sev::kTmrSizeSnp;
  std::uint32_t error = 0;
  legacy_up_ = issue(kInit, init, error) == 0;
  if (legacy_up_) {
    hypervisor_.machine().wbinvd_all();
    issue(kDfFlush, error);
    return true;
  }
  hypervisor_.reclaim(tmr_, sev::kTmrSizeSnp / kPageSize);
  return false;
}

int SevDevice::take_legacy_down(std::uint32_t& error) {
  if (!legacy_up_) return 0;
  const int result = issue(kShutdown, error);
  if (result == 0) {
    legacy_up_ = false;
    hypervisor_.reclaim(tmr_, sev::kTmrSizeSnp / kPageSize);
  }
  return result;
}

void SevDevice::take_all_down() {
  std::uint32_t ignored = 0;
  take_legacy_down(ignored);
  if (!legacy_up_ && snp_up_) take_snp_down();
}

/// Legacy SEV is up as long as this lives. As on Linux, what it finds down is left down, SNP included.
class SevDevice::LegacyUp {
 public:
  LegacyUp(SevDevice& device, Call& call) : device_(device), mine_(!device.legacy_up_) {
    if (mine_ && !device_.bring_legacy_up()) call.error = kNotUp;
  }
  LegacyUp(const LegacyUp&) = delete;
  LegacyUp& operator=(const LegacyUp&) = delete;
  ~LegacyUp() {
    if (mine_ && device_.legacy_up_) device_.take_all_down();
  }
  bool failed() const { return !device_.legacy_up_; }

 private:
  SevDevice& device_;
  bool mine_;
};

int SevDevice::factory_reset(Call& call) {
  if (!call.writable) return -EPERM;
  sev::PlatformStatusBuffer status{};
  if (const int asked = issue(kPlatformStatus, status, call.error, CommandPage::written); asked != 0) return asked;
  if (status.state == kStateWorking) return -EBUSY;
  if (status.state == kStateInit)
    if (const int down = take_legacy_down(call.error); down != 0) return down;
  return issue(kFactoryReset, call.error);
}

int SevDevice::platform_status(Call& call) {
  sev::PlatformStatusBuffer status{};
  if (const int asked = issue(kPlatformStatus, status, call.error, CommandPage::written); asked != 0) return asked;
  return call.memory.copy_out(call.data, bytes_of(status)) ? 0 : -EFAULT;
}

int SevDevice::generate(std::uint32_t id, Call& call) {
  if (!call.writable) return -EPERM;
  const LegacyUp legacy(*this, call);
  return legacy.failed() ? -EIO : issue(id, call.error);
}

int SevDevice::pek_csr(Call& call) {
  if (!call.writable) return -EPERM;
  snp::SevUserBuffer input{};
  if (!call.memory.copy_in(call.data, mutable_bytes_of(input))) return -EFAULT;
  // Without a place or a length it is the length that is asked for.
  const bool wanted = input.address != 0 && input.length != 0;
  if (wanted && input.length > snp::kSevBlobMax) return -EFAULT;
  const LegacyUp legacy(*this, call);
  if (legacy.failed()) return -EIO;
  sev::PekCsrBuffer buffer{};
  if (wanted) {
    buffer.csr_paddr = areas_[0].value;
    buffer.csr_length = input.length;
  }
  const int result = issue_with_output(kPekCsr, buffer, call, {{areas_[0], buffer.csr_length}});
  input.length = buffer.csr_length;
  if (!call.memory.copy_out(call.data, bytes_of(input))) return -EFAULT;
  if (result == 0 && wanted && !copy_area_out(call, areas_[0], input.length, input.address)) return -EFAULT;
  return result;
}

int SevDevice::pek_cert_import(Call& call) {
  if (!call.writable) return -EPERM;
  snp::SevUserPekCertImport input{};
  if (!call.memory.copy_in(call.data, mutable_bytes_of(input))) return -EFAULT;
  if (const int copied = copy_blob(call, input.pek_cert_address, input.pek_cert_len, areas_[0]); copied != 0) return copied;
  if (const int copied = copy_blob(call, input.oca_cert_address, input.oca_cert_len, areas_[1]); copied != 0) return copied;
  const LegacyUp legacy(*this, call);
  if (legacy.failed()) return -EIO;
  sev::PekCertImportBuffer buffer{};
  buffer.pek_cert_paddr = areas_[0].value;
  buffer.pek_cert_length = input.pek_cert_len;
  buffer.oca_cert_paddr = areas_[1].value;
  buffer.oca_cert_length = input.oca_cert_len;
  return issue(kPekCertImport, buffer, call.error);
}

int SevDevice::pdh_cert_export(Call& call) {
  snp::SevUserPdhCertExport input{};
  if (!call.memory.copy_in(call.data, mutable_bytes_of(input))) return -EFAULT;
  const bool wanted = input.pdh_cert_address != 0 && input.pdh_cert_len != 0 && input.cert_chain_address != 0;
  if (wanted && (input.pdh_cert_len > snp::kSevBlobMax || input.cert_chain_len > snp::kSevBlobMax)) return -EFAULT;
  if (!legacy_up_ && !call.writable) return -EPERM;
  const LegacyUp legacy(*this, call);
  if (legacy.failed()) return -EIO;
  sev::PdhCertExportBuffer buffer{};
  if (wanted) {
    buffer.pdh_cert_paddr = areas_[0].value;
    buffer.pdh_cert_length = input.pdh_cert_len;
    buffer.certs_paddr = areas_[1].value;
    buffer.certs_length = input.cert_chain_len;
  }
  const int result =
      issue_with_output(kPdhCertExport, buffer, call, {{areas_[0], buffer.pdh_cert_length}, {areas_[1], buffer.certs_length}});
  input.pdh_cert_len = buffer.pdh_cert_length;
  input.cert_chain_len = buffer.certs_length;
  if (!call.memory.copy_out(call.data, bytes_of(input))) return -EFAULT;
  if (result != 0 || !wanted) return result;
  if (!copy_area_out(call, areas_[0], input.pdh_cert_len, input.pdh_cert_address)) return -EFAULT;
  return copy_area_out(call, areas_[1], input.cert_chain_len, input.cert_chain_address) ? 0 : -EFAULT;
}

int SevDevice::get_id(Call& call) {
  sev::GetIdBuffer buffer{};
  buffer.id_paddr = areas_[0].value;
  buffer.id_length = snp::kSevUserGetIdSize;
  const int result = issue_with_output(kGetId, buffer, call, {{areas_[0], buffer.id_length}});
  if (result != 0) return result;
  return copy_area_out(call, areas_[0], buffer.id_length, call.data) ? 0 : -EFAULT;
}

int SevDevice::get_id2(Call& call) {
  snp::SevUserBuffer input{};
  if (!call.memory.copy_in(call.data, mutable_bytes_of(input))) return -EFAULT;
  const bool wanted = input.address != 0 && input.length != 0;
  if (wanted && input.length > kAllocationMax) return -ENOMEM;
  sev::GetIdBuffer buffer{};
  if (wanted) {
    buffer.id_paddr = areas_[0].value;
    // Ids are shorter than the area, so that more room makes no difference to the firmware.
    buffer.id_length = std::min<std::uint32_t>(input.length, snp::kSevBlobMax);
  }
  const int result = issue_with_output(kGetId, buffer, call, {{areas_[0], buffer.id_length}});
  input.length = buffer.id_length;
  if (!call.memory.copy_out(call.data, bytes_of(input))) return -EFAULT;
  if (result == 0 && wanted && !copy_area_out(call, areas_[0], input.length, input.address)) return -EFAULT;
  return result;
}

}  // namespace swtee::host
