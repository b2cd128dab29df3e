// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/embedded/embedded_host.h"
#include "sim/sandbox/host_files.h"

namespace swtee::cli {

/// Joins the drivers of a host to the sandbox's files.
class HostDoor final : public sandbox::HostDrivers {
 public:
  /// `host` outlives the door.
  explicit HostDoor(embedded::EmbeddedHost& host) : host_(host) {}

  sandbox::SysResult<std::int64_t> sev_ioctl(std::uint32_t request, std::uint64_t argument, bool writable,
                                             sandbox::UserMemory& memory) override;
  std::optional<std::uint64_t> read_msr(std::uint32_t core, std::uint32_t number) override { return host_.read_msr(core, number); }
  std::uint32_t cores() const override { return host_.cores(); }
  bool sev_snp_enabled() const override { return true; }

 private:
  embedded::EmbeddedHost& host_;
};

}  // namespace swtee::cli
