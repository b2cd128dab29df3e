// SPDX-License-Identifier: Apache-2.0
/// Messages between a guest and the firmware.  [SNP-ABI r1.58 §GUEST_MESSAGES]
#pragma once

#include <swtee/abi/snp/report.h>
#include <swtee/abi/wire.h>

namespace swtee::snp {

inline constexpr std::uint8_t kMessageAlgoAes256Gcm = 1;
inline constexpr std::uint8_t kMessageHeaderVersion = 1;
/// Request and response are one page each: header, then at most this much payload.
inline constexpr std::size_t kMessagePayloadMax = 0xfa0;

/// Header of a message. Bytes 0x30 to 0x5f are the additional data of the AEAD.
struct GuestMessageHeader {
  Bytes<32> authtag;  ///< 16 bytes used
  le64 msg_seqno;
  le64 reserved_28h;
  u8 algo;
  u8 hdr_version;
  le16 hdr_size;
  u8 msg_type;
  u8 msg_version;
  le16 msg_size;  ///< plaintext bytes
  le32 reserved_38h;
  u8 msg_vmpck;  ///< 0 to 3
  Bytes<35> reserved_3dh;
};
SWTEE_WIRE_SIZE(GuestMessageHeader, 0x60);
SWTEE_WIRE_AT(GuestMessageHeader, msg_seqno, 0x20);
SWTEE_WIRE_AT(GuestMessageHeader, algo, 0x30);
SWTEE_WIRE_AT(GuestMessageHeader, msg_size, 0x36);
SWTEE_WIRE_AT(GuestMessageHeader, msg_vmpck, 0x3c);
inline constexpr std::size_t kMessageAadOffset = 0x30;
inline constexpr std::size_t kMessageAadSize = 0x30;

/// Open: a value without a name here is refused, not lost.
enum class MessageType : std::uint8_t {
  invalid = 0,
  cpuid_req = 1,
  cpuid_rsp = 2,
  key_req = 3,
  key_rsp = 4,
  report_req = 5,
  report_rsp = 6,
  export_req = 7,
  export_rsp = 8,
  import_req = 9,
  import_rsp = 10,
  absorb_req = 11,
  absorb_rsp = 12,
  vmrk_req = 13,
  vmrk_rsp = 14,
  absorb_noma_req = 15,
  absorb_noma_rsp = 16,
  tsc_info_req = 17,
  tsc_info_rsp = 18,
};

/// KEY_SEL of report and key requests.
enum class KeySelect : std::uint8_t { vlek_or_vcek = 0, vcek = 1, vlek = 2, reserved = 3 };

/// MSG_REPORT_REQ.
struct ReportReq {
  Bytes<64> report_data;
  le32 vmpl;
  le32 flags;  ///< bits 1:0 KEY_SEL
  Bytes<24> reserved_48h;
};
SWTEE_WIRE_SIZE(ReportReq, 0x60);
SWTEE_WIRE_AT(ReportReq, vmpl, 0x40);
SWTEE_WIRE_AT(ReportReq, flags, 0x44);
using ReportKeySelect = Field<0, 2>;

/// MSG_REPORT_RSP.
struct ReportRsp {
  le32 status;
  le32 report_size;
  Bytes<24> reserved_8h;
  AttestationReport report;
};
SWTEE_WIRE_SIZE(ReportRsp, 0x4c0);
SWTEE_WIRE_AT(ReportRsp, report, 0x20);

/// MSG_KEY_REQ, message version 1. Version 2 appends LAUNCH_MIT_VECTOR.
struct KeyReq {
  le32 flags;  ///< bit 0 ROOT_KEY_SELECT, bits 2:1 KEY_SEL
  le32 reserved_4h;
  le64 guest_field_select;
  le32 vmpl;
  le32 guest_svn;
  le64 tcb_version;
};
SWTEE_WIRE_SIZE(KeyReq, 0x20);
SWTEE_WIRE_AT(KeyReq, guest_field_select, 0x8);
SWTEE_WIRE_AT(KeyReq, tcb_version, 0x18);
struct KeyReqV2 {
  KeyReq v1;
  le64 launch_mit_vector;
};
SWTEE_WIRE_SIZE(KeyReqV2, 0x28);
using RootKeySelectVmrk = Bit<0>;
using KeyReqKeySelect = Field<1, 2>;
namespace guest_field_select {
using GuestPolicy = Bit<0>;
using ImageId = Bit<1>;
using FamilyId = Bit<2>;
using Measurement = Bit<3>;
using GuestSvn = Bit<4>;
using TcbVersion = Bit<5>;
using LaunchMitVector = Bit<6>;  ///< message version 2 only
}  // namespace guest_field_select

/// MSG_KEY_RSP.
struct KeyRsp {
  le32 status;
  Bytes<28> reserved_4h;
  Bytes<32> derived_key;
};
SWTEE_WIRE_SIZE(KeyRsp, 0x40);
SWTEE_WIRE_AT(KeyRsp, derived_key, 0x20);

/// One CPUID function: input, and what it answers.  [SNP-ABI r1.58 §CPUID_FUNCTION]
struct CpuidFunction {
  le32 eax_in;
  le32 ecx_in;
  le64 xcr0_in;
  le64 xss_in;
  le32 eax;
  le32 ebx;
  le32 ecx;
  le32 edx;
  le64 reserved_28h;
};
SWTEE_WIRE_SIZE(CpuidFunction, 0x30);
SWTEE_WIRE_AT(CpuidFunction, eax, 0x18);
inline constexpr std::size_t kCpuidFunctionsMax = 64;

/// The CPUID table: a guest's CPUID page, and MSG_CPUID_REQ.
struct CpuidTable {
  le32 count;
  le32 reserved_4h;
  le64 reserved_8h;
  std::array<CpuidFunction, kCpuidFunctionsMax> functions;
};
SWTEE_WIRE_SIZE(CpuidTable, 0xc10);
SWTEE_WIRE_AT(CpuidTable, functions, 0x10);

/// MSG_CPUID_RSP.
struct CpuidRsp {
  le32 status;
  le32 count;
  le64 reserved_8h;
  std::array<CpuidFunction, kCpuidFunctionsMax> functions;
};
SWTEE_WIRE_SIZE(CpuidRsp, 0xc10);
SWTEE_WIRE_AT(CpuidRsp, functions, 0x10);

/// MSG_TSC_INFO_REQ is 128 zero bytes.
inline constexpr std::size_t kTscInfoReqSize = 0x80;

/// MSG_TSC_INFO_RSP.
struct TscInfoRsp {
  le32 status;
  le32 reserved_4h;
  le64 guest_tsc_scale;
  le64 guest_tsc_offset;
  le32 tsc_factor;
  Bytes<100> reserved_1ch;
};
SWTEE_WIRE_SIZE(TscInfoRsp, 0x80);
SWTEE_WIRE_AT(TscInfoRsp, guest_tsc_scale, 0x8);
SWTEE_WIRE_AT(TscInfoRsp, tsc_factor, 0x18);

/// MSG_VMRK_REQ: a migration agent sets the VM root key of a guest bound to it.
struct VmrkReq {
  le64 gctx_paddr;
  Bytes<24> reserved_8h;
  Bytes<32> vmrk;
};
SWTEE_WIRE_SIZE(VmrkReq, 0x40);
SWTEE_WIRE_AT(VmrkReq, vmrk, 0x20);

/// Response of messages that answer with a status alone (VMRK, IMPORT, ABSORB).
struct StatusRsp {
  le32 status;
  Bytes<12> reserved_4h;
};
SWTEE_WIRE_SIZE(StatusRsp, 0x10);

}  // namespace swtee::snp
