// SPDX-License-Identifier: Apache-2.0
/// The ioctl of /dev/sev.  [Linux 6.16 include/uapi/linux/psp-sev.h]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// SEV_ISSUE_CMD, the only request.
inline constexpr std::uint32_t kIoctlSevIssueCmd = 0xc0105300;

/// What is asked for in SevIssueCmd.cmd.
enum class SevIoctlCommand : std::uint32_t {
  factory_reset = 0,
  platform_status = 1,
  pek_gen = 2,
  pek_csr = 3,
  pdh_gen = 4,
  pdh_cert_export = 5,
  pek_cert_import = 6,
  get_id = 7,  ///< deprecated
  get_id2 = 8,
  snp_platform_status = 9,
  snp_commit = 10,
  snp_set_config = 11,
  snp_vlek_load = 12,
};
inline constexpr std::uint32_t kSevIoctlCommandMax = 13;

/// The argument of the ioctl.
struct SevIssueCmd {
  le32 cmd;
  le64 data;   ///< address of the command's own structure
  le32 error;  ///< out: the firmware's status, when it was asked
};
SWTEE_WIRE_SIZE(SevIssueCmd, 16);
SWTEE_WIRE_AT(SevIssueCmd, data, 4);
SWTEE_WIRE_AT(SevIssueCmd, error, 12);

/// PEK_CSR and GET_ID2: where the answer goes.
struct SevUserBuffer {
  le64 address;
  le32 length;  ///< in and out
};
SWTEE_WIRE_SIZE(SevUserBuffer, 12);

struct SevUserPekCertImport {
  le64 pek_cert_address;
  le32 pek_cert_len;
  le64 oca_cert_address;
  le32 oca_cert_len;
};
SWTEE_WIRE_SIZE(SevUserPekCertImport, 24);
SWTEE_WIRE_AT(SevUserPekCertImport, oca_cert_address, 12);

struct SevUserPdhCertExport {
  le64 pdh_cert_address;
  le32 pdh_cert_len;  ///< in and out
  le64 cert_chain_address;
  le32 cert_chain_len;  ///< in and out
};
SWTEE_WIRE_SIZE(SevUserPdhCertExport, 24);
SWTEE_WIRE_AT(SevUserPdhCertExport, cert_chain_address, 12);

/// GET_ID: two ids of 64 bytes.
inline constexpr std::uint32_t kSevUserGetIdSize = 128;

/// SNP_SET_CONFIG: as the firmware's own SNP_CONFIG.
struct SevUserSnpConfig {
  le64 reported_tcb;
  le32 flags;
  Bytes<52> reserved_ch;
};
SWTEE_WIRE_SIZE(SevUserSnpConfig, 64);

struct SevUserSnpVlekLoad {
  le32 len;  ///< of this structure
  u8 vlek_wrapped_version;
  Bytes<3> reserved_5h;
  le64 vlek_wrapped_address;
};
SWTEE_WIRE_SIZE(SevUserSnpVlekLoad, 16);
SWTEE_WIRE_AT(SevUserSnpVlekLoad, vlek_wrapped_address, 8);
inline constexpr std::uint32_t kSevUserWrappedVlekSize = 432;

/// The most bytes that the driver takes or gives as one certificate.
inline constexpr std::uint32_t kSevBlobMax = 0x4000;

}  // namespace swtee::snp
