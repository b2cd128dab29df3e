// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/digest.h"
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/wire_ecdsa.h"

#include <swtee/abi/snp/firmware_image.h>

namespace swtee::snp::commands {
namespace {

constexpr std::uint64_t kAlignment = 32;

struct Plan {
  FirmwareImage image;
  std::optional<PermanentState> committed;  ///< with COMMIT: what is stored
};

FirmwareImage image_of(const FirmwareImageHeader& header) {
  return {{header.major, header.minor, header.build},
          {.fmc = header.fmc, .boot_loader = header.boot_loader, .tee = header.tee, .snp = header.snp, .microcode = header.microcode},
          header.report_version, header.mit_vector};
}

/// The vendor of this platform made the image, and it can run here.
bool authentic(const World& world, const FirmwareImageHeader& header, ByteView body) {
  if (header.magic != kFirmwareImageMagic || header.format != kFirmwareImageFormat || !all_zero(header.reserved_2ch)) return false;
  if (!world.settings.firmware_signer) return false;
  if (!verify(world.settings.firmware_signer(), bytes_of(header).first(offsetof(FirmwareImageHeader, signature)), header.signature))
    return false;
  const FirmwareImage image = image_of(header);
  const TcbLayout layout = world.product().tcb_layout;
  const bool reportable = image.report_version == 3 || image.report_version == 5 || (image.report_version == 2 && layout != TcbLayout::turin);
  return reportable && decode_tcb(encode(image.tcb, layout), layout) == image.tcb && header.body_digest == crypto::sha384(body);
}

Result<Plan, Status> check(const World& world, const SnpDownloadFirmwareExBuffer& buffer) {
  using namespace download_firmware_ex_bits;
  SWTEE_REQUIRE(buffer.length == sizeof(SnpDownloadFirmwareExBuffer), Status::invalid_len);
  SWTEE_REQUIRE(buffer.reserved_4h == 0 && (buffer.flags & kMustBeZero) == 0, Status::invalid_param);
  SWTEE_REQUIRE(buffer.fw_length >= sizeof(FirmwareImageHeader) && buffer.fw_length <= kFirmwareImageMax, Status::invalid_len);
  const Spa at = SWTEE_TRY(memory_range(world, buffer.fw_paddr, buffer.fw_length, kAlignment));
  SWTEE_REQUIRE(world.sev.guests.empty(), Status::shutdown_required);
  SWTEE_REQUIRE(!world.asids.any_dirty(), Status::dfflush_required);
  const MutableBytes bytes = world.page_scratch(buffer.fw_length);
  SWTEE_TRY(read_memory(world, at, bytes));
  const auto header = from_bytes<FirmwareImageHeader>(bytes);
  SWTEE_REQUIRE(header.body_length == bytes.size() - sizeof(header), Status::invalid_len);
  SWTEE_REQUIRE(authentic(world, header, bytes.subspan(sizeof(header))), Status::bad_signature);
  Plan plan{image_of(header), std::nullopt};
  SWTEE_REQUIRE(plan.image.tcb.covers(world.permanent.committed_tcb), Status::bad_svn);
  SWTEE_REQUIRE(plan.image.version >= world.permanent.committed_version, Status::bad_version);
  if (Commit::get(buffer.flags)) {
    plan.committed = world.permanent;
    plan.committed->committed_version = plan.image.version;
    plan.committed->committed_tcb = plan.image.tcb;
  }
  return plan;
}

Status commit(World& world, Plan plan) noexcept {
  if (plan.committed.has_value() && !world.ports.nv.store(encode(*plan.committed)).ok()) return Status::hwerror_platform;
  world.run_image(plan.image);
  if (plan.committed.has_value()) {
    world.permanent = std::move(*plan.committed);
    world.set_reported_tcb(world.permanent.committed_tcb);
  }
  return Status::success;
}

}  // namespace

/// SNP_DOWNLOAD_FIRMWARE_EX: runs another firmware image, while guests live.  [SNP-ABI r1.58 §SNP_DOWNLOAD_FIRMWARE_EX]
///
/// States    platform INIT.
/// Failures  INVALID_LEN the buffer's LENGTH is not 24; INVALID_PARAM reserved fields; INVALID_LEN the image is shorter than a
///           header or longer than 128 KiB; INVALID_ADDRESS not 32-byte aligned, or outside DRAM; SHUTDOWN_REQUIRED a legacy
///           guest lives; DFFLUSH_REQUIRED an ASID was given back and not flushed; INVALID_LEN the image's length is not what
///           its header says; BAD_SIGNATURE no image, or not signed by the vendor for this product line; BAD_SVN a component of
///           its TCB, BAD_VERSION its version, is below the committed one; HWERROR_PLATFORM the storage failed. Nothing has
///           changed then.
/// Effects   current version and TCB := the image's. Without COMMIT provisional: committed and REPORTED_TCB stay, and an older
///           image may follow, down to the committed one. With COMMIT also what SNP_COMMIT does, stored before it is answered.
/// DEVIATION: the image's format is ours. An update cannot fail halfway, so nothing answers UPDATE_FAILED or RESTORE_REQUIRED;
/// contexts need no conversion by SNP_GUEST_STATUS before SNP_COMMIT. The image is not kept over a power cycle.
Status snp_download_firmware_ex(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpDownloadFirmwareExBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
