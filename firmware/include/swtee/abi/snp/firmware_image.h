// SPDX-License-Identifier: Apache-2.0
/// Firmware update: the command's buffer, and swtee's own form of an image. docs/firmware-image.md describes it.
#pragma once

#include <swtee/abi/snp/report.h>
#include <swtee/abi/wire.h>

namespace swtee::snp {

/// SNP_DOWNLOAD_FIRMWARE_EX (0xca).  [SNP-ABI r1.58 §SNP_DOWNLOAD_FIRMWARE_EX]
struct SnpDownloadFirmwareExBuffer {
  le32 length;
  le32 reserved_4h;
  le64 fw_paddr;
  le32 fw_length;
  le32 flags;  ///< bit 0 COMMIT
};
SWTEE_WIRE_SIZE(SnpDownloadFirmwareExBuffer, 0x18);
SWTEE_WIRE_AT(SnpDownloadFirmwareExBuffer, fw_paddr, 0x8);
SWTEE_WIRE_AT(SnpDownloadFirmwareExBuffer, flags, 0x14);
namespace download_firmware_ex_bits {
using Commit = Bit<0>;
inline constexpr std::uint32_t kMustBeZero = ~0x1u;
}  // namespace download_firmware_ex_bits

/// An image: this header, then `body_length` bytes. The format is ours; the vendor's is not public.
struct FirmwareImageHeader {
  Bytes<16> magic;
  le32 format;  ///< 1
  le32 body_length;
  u8 major;
  u8 minor;
  u8 build;
  u8 fmc;
  u8 boot_loader;
  u8 tee;
  u8 snp;
  u8 microcode;
  le64 mit_vector;
  le32 report_version;
  Bytes<36> reserved_2ch;
  Bytes<48> body_digest;  ///< SHA-384
  WireSignature signature;  ///< ECDSA P-384 with SHA-384 over all before it
};
SWTEE_WIRE_SIZE(FirmwareImageHeader, 0x280);
SWTEE_WIRE_AT(FirmwareImageHeader, format, 0x10);
SWTEE_WIRE_AT(FirmwareImageHeader, mit_vector, 0x20);
SWTEE_WIRE_AT(FirmwareImageHeader, report_version, 0x28);
SWTEE_WIRE_AT(FirmwareImageHeader, body_digest, 0x50);
SWTEE_WIRE_AT(FirmwareImageHeader, signature, 0x80);
inline constexpr Bytes<16> kFirmwareImageMagic{'s', 'w', 't', 'e', 'e', ' ', 'T', 'E', 'S', 'T', ' ', 'i', 'm', 'a', 'g', 'e'};
inline constexpr std::uint32_t kFirmwareImageFormat = 1;
inline constexpr std::uint32_t kFirmwareImageMax = 128 * 1024;

}  // namespace swtee::snp
