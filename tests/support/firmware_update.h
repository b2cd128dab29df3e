// SPDX-License-Identifier: Apache-2.0
/// A firmware update as a host does it: the vendor's image in memory, then SNP_DOWNLOAD_FIRMWARE_EX.
#pragma once

#include "sim/vendor/firmware_image.h"
#include "tests/support/snp_machine.h"

#include <swtee/abi/snp/firmware_image.h>

namespace swtee::test {

inline constexpr std::uint32_t kDownloadFirmwareEx = 0xca;

/// What runs now.
inline vendor::FirmwareImageContent running_image(const SnpMachine& machine) {
  const snp::FirmwareImage& image = machine.world().current();
  return {image.version, image.tcb, image.report_version, image.mit_vector};
}

inline std::vector<std::uint8_t> vendor_image(SnpMachine& machine, const vendor::FirmwareImageContent& content) {
  const config::PlatformConfig& config = machine.machine().config();
  return vendor::make_firmware_image(config.universe_keys(), *config.product, content, std::vector<std::uint8_t>(100, 0xf1));
}

/// Puts an image at `at`, which lies in the host's memory, and fills the buffer.
inline snp::SnpDownloadFirmwareExBuffer download_buffer(SnpMachine& machine, Spa at, const std::vector<std::uint8_t>& image, bool commit = false) {
  machine.write(at, image);
  snp::SnpDownloadFirmwareExBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.fw_paddr = at.value;
  buffer.fw_length = static_cast<std::uint32_t>(image.size());
  buffer.flags = commit ? 1u : 0u;
  return buffer;
}

inline snp::Status download(SnpMachine& machine, const vendor::FirmwareImageContent& content, bool commit = false) {
  const Spa page = machine.take_page();
  const auto status = machine.command(kDownloadFirmwareEx, download_buffer(machine, page, vendor_image(machine, content), commit));
  machine.give_back(page);
  return status;
}

}  // namespace swtee::test
