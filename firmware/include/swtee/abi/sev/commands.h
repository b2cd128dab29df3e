// SPDX-License-Identifier: Apache-2.0
/// Command buffers of the legacy SEV platform commands.  [SEV-API r0.24 §Platform Management API]
///
/// Fields marked "out" are written by the firmware, also when the command fails where its contract says so.
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::sev {

/// INIT (0x01).
struct InitBuffer {
  le32 flags;  ///< bit 0 ES
  le32 reserved_4h;
  le64 tmr_paddr;  ///< memory that the firmware uses for SEV-ES; ignored without ES
  le32 tmr_length;
};
SWTEE_WIRE_SIZE(InitBuffer, 0x14);
SWTEE_WIRE_AT(InitBuffer, tmr_paddr, 0x8);

/// INIT_EX (0x0d).
struct InitExBuffer {
  le32 length;
  le32 flags;
  le64 tmr_paddr;
  le32 tmr_length;
  le32 reserved_14h;
  le64 nv_paddr;  ///< where the platform's permanent state lies
  le32 nv_length;
};
SWTEE_WIRE_SIZE(InitExBuffer, 0x24);
SWTEE_WIRE_AT(InitExBuffer, nv_paddr, 0x18);
namespace init_bits {
using Es = Bit<0>;
inline constexpr std::uint32_t kMustBeZero = ~0x1u;
}  // namespace init_bits
inline constexpr std::uint32_t kNvAreaSize = 0x8000;
inline constexpr std::uint32_t kTmrSize = 0x100000;
inline constexpr std::uint32_t kTmrSizeSnp = 0x200000;

/// PLATFORM_STATUS (0x04): all out.
struct PlatformStatusBuffer {
  u8 api_major;
  u8 api_minor;
  u8 state;
  u8 owner;     ///< bit 0: an external owner
  le16 config;  ///< bit 0: SEV-ES is on
  u8 reserved_6h;
  u8 build_id;
  le32 guest_count;
};
SWTEE_WIRE_SIZE(PlatformStatusBuffer, 0xc);
SWTEE_WIRE_AT(PlatformStatusBuffer, build_id, 0x7);

/// PEK_CSR (0x06).
struct PekCsrBuffer {
  le64 csr_paddr;
  le32 csr_length;  ///< in and out
};
SWTEE_WIRE_SIZE(PekCsrBuffer, 0xc);

/// PEK_CERT_IMPORT (0x07).
struct PekCertImportBuffer {
  le64 pek_cert_paddr;
  le32 pek_cert_length;
  le32 reserved_ch;
  le64 oca_cert_paddr;
  le32 oca_cert_length;
};
SWTEE_WIRE_SIZE(PekCertImportBuffer, 0x1c);
SWTEE_WIRE_AT(PekCertImportBuffer, oca_cert_paddr, 0x10);

/// PDH_CERT_EXPORT (0x08).
struct PdhCertExportBuffer {
  le64 pdh_cert_paddr;
  le32 pdh_cert_length;  ///< in and out
  le32 reserved_ch;
  le64 certs_paddr;
  le32 certs_length;  ///< in and out
};
SWTEE_WIRE_SIZE(PdhCertExportBuffer, 0x1c);
SWTEE_WIRE_AT(PdhCertExportBuffer, certs_paddr, 0x10);

/// GET_ID (0x0c).
struct GetIdBuffer {
  le64 id_paddr;
  le32 id_length;  ///< in and out
};
SWTEE_WIRE_SIZE(GetIdBuffer, 0xc);
/// Bytes of one socket's id.
inline constexpr std::uint32_t kSocketIdSize = 64;

}  // namespace swtee::sev
