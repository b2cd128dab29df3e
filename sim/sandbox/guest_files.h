// SPDX-License-Identifier: Apache-2.0
/// The models of the guest kernel's attestation interfaces (guest/snp) as files of the sandbox: names, modes and nothing
/// more. Rules of the devices are theirs.
#pragma once

#include "guest/snp/configfs_tsm.h"
#include "guest/snp/sev_guest_device.h"
#include "sim/sandbox/virtual_files.h"

#include <vector>

namespace swtee::sandbox {

/// The ioctl numbers of /dev/sev-guest, for SandboxOptions::device_requests.
std::vector<std::uint32_t> sev_guest_requests();

/// /dev/sev-guest, /sys/devices/platform/sev-guest and, where the guest kernel has it, /sys/kernel/config/tsm.
/// Thread-safe as far as the two models are.
class GuestFiles final : public VirtualFiles {
 public:
  /// Either may be null: then its files do not exist. Both must outlive this object and every run that uses it.
  GuestFiles(guest::snp::SevGuestDevice* device, guest::snp::ConfigfsTsm* tsm) : device_(device), tsm_(tsm) {}

  std::vector<std::string> mount_points() const override;
  SysResult<NodeStat> stat(std::string_view path) override;
  SysResult<std::unique_ptr<OpenFile>> open(std::string_view path, OpenMode mode) override;
  SysResult<std::vector<DirectoryEntry>> list(std::string_view path) override;
  SysResult<void> mkdir(std::string_view path, std::uint32_t permissions) override;
  SysResult<void> rmdir(std::string_view path) override;

 private:
  guest::snp::SevGuestDevice* device_;
  guest::snp::ConfigfsTsm* tsm_;
};

}  // namespace swtee::sandbox
