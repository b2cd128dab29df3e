// SPDX-License-Identifier: Apache-2.0
/// The ioctls of /dev/sev-guest.  [Linux 6.16 include/uapi/linux/sev-guest.h]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

inline constexpr std::uint32_t kIoctlGetReport = 0xc0205300;
inline constexpr std::uint32_t kIoctlGetDerivedKey = 0xc0205301;
inline constexpr std::uint32_t kIoctlGetExtReport = 0xc0205302;

/// The argument of all three. Older headers have msg_version as 32 bits.
struct GuestRequestIoctl {
  u8 msg_version;
  Bytes<7> padding_1h;
  le64 req_data;
  le64 resp_data;
  le64 exitinfo2;  ///< low 32 bits firmware status, high 32 bits VMM status
};
SWTEE_WIRE_SIZE(GuestRequestIoctl, 32);
SWTEE_WIRE_AT(GuestRequestIoctl, req_data, 8);
SWTEE_WIRE_AT(GuestRequestIoctl, exitinfo2, 24);

struct SnpReportReq {
  Bytes<64> user_data;
  le32 vmpl;
  Bytes<28> reserved_44h;
};
SWTEE_WIRE_SIZE(SnpReportReq, 96);

struct SnpReportResp {
  Bytes<4000> data;
};
SWTEE_WIRE_SIZE(SnpReportResp, 4000);

struct SnpExtReportReq {
  SnpReportReq data;
  le64 certs_address;
  le32 certs_len;
  le32 padding_6ch;
};
SWTEE_WIRE_SIZE(SnpExtReportReq, 112);
SWTEE_WIRE_AT(SnpExtReportReq, certs_address, 0x60);

struct SnpDerivedKeyReq {
  le32 root_key_select;
  le32 rsvd;
  le64 guest_field_select;
  le32 vmpl;
  le32 guest_svn;
  le64 tcb_version;
};
SWTEE_WIRE_SIZE(SnpDerivedKeyReq, 32);

struct SnpDerivedKeyResp {
  Bytes<64> data;
};
SWTEE_WIRE_SIZE(SnpDerivedKeyResp, 64);

}  // namespace swtee::snp
