// SPDX-License-Identifier: Apache-2.0
/// The SEV-SNP firmware of one platform: the mailbox of the security processor.
#pragma once

#include "firmware/snp/world.h"

#include <swtee/abi/snp/status.h>

#include <memory>

namespace swtee::snp {

class Firmware {
 public:
  /// Cold start: loads the permanent state and the settings' firmware image. On a new platform the committed values are
  /// those of the image. Fails when the record cannot be read, or when the image is older than what was committed:
  /// the boot loader refuses to roll back.
  static Result<std::unique_ptr<Firmware>> power_on(const PlatformSettings& settings, keys::Chip chip, const Ports& ports);

  /// Goes on where `save` was called, on memory and RMP as they were then. The storage holds the permanent record of that
  /// moment, or nothing: then it gets it. Fails, with what is wrong, for a damaged state and for storage that moved on: a
  /// saved state cannot roll back what was committed after it. Nothing was stored then.
  static Result<std::unique_ptr<Firmware>> resume(const PlatformSettings& settings, keys::Chip chip, const Ports& ports, ByteView saved);
  /// All volatile state (volatile_state.h).
  std::vector<std::uint8_t> save() const;

  /// Executes one command, as the host does by writing the command id and the buffer's address to the mailbox.
  ///
  /// Statuses of every command, before its own: INVALID_COMMAND for an id that the ABI lacks, UNSUPPORTED for one that
  /// is not modelled, INVALID_PLATFORM_STATE, INVALID_ADDRESS when the buffer is not all in DRAM, is a guest's, is not 8-byte
  /// aligned or crosses a page. After its checks: HWERROR_PLATFORM and HWERROR_UNSAFE from the fault port.
  /// The buffer is read once.
  Status execute(std::uint32_t command_id, std::uint64_t buffer_paddr);

  /// The effect of a live update to another image, provisional: current TCB and version change, committed and reported
  /// stay, guests go on. BAD_SVN when a component of the image's TCB, BAD_VERSION when its version, is below the
  /// committed one; nothing has changed then.
  Status update(const FirmwareImage& image);

  const World& world() const { return world_; }

 private:
  Firmware(const PlatformSettings& settings, keys::Chip chip, const Ports& ports) : world_(settings, std::move(chip), ports) {}
  World world_;
};

}  // namespace swtee::snp
