// SPDX-License-Identifier: Apache-2.0
/// What a platform's host shows to its tools, as files of the sandbox: names, modes and nothing more.
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <optional>
#include <vector>

namespace swtee::sandbox {

/// Port: the drivers of the host's kernel. Thread-safe.
class HostDrivers {
 public:
  virtual ~HostDrivers() = default;
  /// ioctl of /dev/sev; `writable` tells how the descriptor was opened.
  virtual SysResult<std::int64_t> sev_ioctl(std::uint32_t request, std::uint64_t argument, bool writable, UserMemory& memory) = 0;
  /// A model-specific register of a core; nothing where reading it would fault.
  virtual std::optional<std::uint64_t> read_msr(std::uint32_t core, std::uint32_t number) = 0;
  virtual std::uint32_t cores() const = 0;
  /// The module parameters sev, sev_es and sev_snp of kvm_amd.
  virtual bool sev_snp_enabled() const = 0;
};

/// The ioctl numbers of /dev/sev, for SandboxOptions::device_requests.
std::vector<std::uint32_t> sev_requests();

/// /dev/sev, /dev/cpu/N/msr and /sys/module/kvm_amd/parameters/{sev,sev_es,sev_snp}. Thread-safe as far as the drivers are.
class HostFiles final : public VirtualFiles {
 public:
  /// The drivers must outlive this object and every run that uses it.
  explicit HostFiles(HostDrivers& drivers) : drivers_(drivers) {}

  std::vector<std::string> mount_points() const override;
  SysResult<NodeStat> stat(std::string_view path) override;
  SysResult<std::unique_ptr<OpenFile>> open(std::string_view path, OpenMode mode) override;
  SysResult<std::vector<DirectoryEntry>> list(std::string_view path) override;

 private:
  /// The core whose directory or register file this is.
  struct CorePath {
    std::uint32_t core;
    bool registers;
  };
  std::optional<CorePath> core_of(std::string_view path) const;

  HostDrivers& drivers_;
};

}  // namespace swtee::sandbox
