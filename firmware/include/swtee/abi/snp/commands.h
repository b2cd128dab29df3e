// SPDX-License-Identifier: Apache-2.0
/// Command ids and command buffers of the SNP firmware ABI.  [SNP-ABI r1.58 §COMMANDS]
///
/// A buffer is named after its command. Every field that ends in _paddr is a system physical address.
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// SNP_INIT_EX (0x85).
struct SnpInitExBuffer {
  le32 flags;
  le32 reserved_4h;
  le64 list_paddr;
  le16 max_snp_asid;
  Bytes<46> reserved_12h;
};
SWTEE_WIRE_SIZE(SnpInitExBuffer, 0x40);
SWTEE_WIRE_AT(SnpInitExBuffer, list_paddr, 0x8);
SWTEE_WIRE_AT(SnpInitExBuffer, max_snp_asid, 0x10);
namespace init_ex_bits {
using InitRmp = Bit<0>;
using ListPaddrEn = Bit<1>;
using RaplDis = Bit<2>;
using CiphertextHidingEn = Bit<3>;
using TioEn = Bit<4>;
inline constexpr std::uint32_t kMustBeZero = ~0x1fu;
}  // namespace init_ex_bits

/// One range of SNP_INIT_EX's list of pages that become HV-Fixed. The list is one page: header, then elements.
struct RangeListHeader {
  le32 num_elements;
  le32 reserved_4h;
};
SWTEE_WIRE_SIZE(RangeListHeader, 0x8);
struct RangeListElement {
  le64 base;
  le32 page_count;
  le32 reserved_ch;
};
SWTEE_WIRE_SIZE(RangeListElement, 0x10);

/// SNP_SHUTDOWN_EX (0x86).
struct SnpShutdownExBuffer {
  le32 length;
  le32 flags;  ///< bit 0 IOMMU_SNP_SHUTDOWN, bit 1 X86_SNP_SHUTDOWN
};
SWTEE_WIRE_SIZE(SnpShutdownExBuffer, 0x8);
namespace shutdown_ex_bits {
using IommuSnpShutdown = Bit<0>;
using X86SnpShutdown = Bit<1>;
inline constexpr std::uint32_t kMustBeZero = ~0x3u;
}  // namespace shutdown_ex_bits

/// SNP_PLATFORM_STATUS (0x83): where the answer goes.
struct SnpPlatformStatusBuffer {
  le64 status_paddr;
};
SWTEE_WIRE_SIZE(SnpPlatformStatusBuffer, 0x8);

/// The answer of SNP_PLATFORM_STATUS.
struct PlatformStatus {
  u8 api_major;
  u8 api_minor;
  u8 state;
  u8 rmp;  ///< bit 0 IS_RMP_INIT, bit 1 ALIAS_CHECK_COMPLETE, bit 3 IS_TIO_EN
  le32 build_id;
  le32 flags;
  le32 guest_count;
  le64 current_tcb;
  le64 reported_tcb;
};
SWTEE_WIRE_SIZE(PlatformStatus, 0x20);
SWTEE_WIRE_AT(PlatformStatus, build_id, 0x4);
SWTEE_WIRE_AT(PlatformStatus, current_tcb, 0x10);
namespace platform_status_bits {
using IsRmpInit = Bit<0>;
using AliasCheckComplete = Bit<1>;
using MaskChipId = Bit<0>;
using MaskChipKey = Bit<1>;
using VlekEn = Bit<2>;
using FeatureInfo = Bit<3>;
using RaplDis = Bit<4>;
using CiphertextHidingCap = Bit<5>;
using CiphertextHidingEn = Bit<6>;
}  // namespace platform_status_bits

/// SNP_FEATURE_INFO (0xce).
struct SnpFeatureInfoBuffer {
  le32 length;
  le32 ecx_in;
  le64 feature_info_paddr;
};
SWTEE_WIRE_SIZE(SnpFeatureInfoBuffer, 0x10);
struct FeatureInfo {
  le32 eax;
  le32 ebx;
  le32 ecx;
  le32 edx;
};
SWTEE_WIRE_SIZE(FeatureInfo, 0x10);
namespace feature_info_bits {
using X86Shutdown = Bit<1>;
using RaplDis = Bit<2>;
using CiphertextHiding = Bit<3>;
using Aes256Xts = Bit<4>;
using CxlPolicy = Bit<5>;
using VerifyMitigation = Bit<13>;
}  // namespace feature_info_bits

/// SNP_CONFIG (0xc9).
struct SnpConfigBuffer {
  le64 reported_tcb;
  le32 flags;
  Bytes<52> reserved_ch;
};
SWTEE_WIRE_SIZE(SnpConfigBuffer, 0x40);
SWTEE_WIRE_AT(SnpConfigBuffer, flags, 0x8);
namespace config_bits {
using MaskChipId = Bit<0>;
using MaskChipKey = Bit<1>;
inline constexpr std::uint32_t kMustBeZero = ~0x3u;
}  // namespace config_bits

/// SNP_COMMIT (0xcb).
struct SnpCommitBuffer {
  le32 length;
};
SWTEE_WIRE_SIZE(SnpCommitBuffer, 0x4);

/// SNP_VLEK_LOAD (0xcd).
struct SnpVlekLoadBuffer {
  le32 length;
  u8 vlek_wrapped_version;
  Bytes<3> reserved_5h;
  le64 vlek_wrapped_paddr;
};
SWTEE_WIRE_SIZE(SnpVlekLoadBuffer, 0x10);
SWTEE_WIRE_AT(SnpVlekLoadBuffer, vlek_wrapped_paddr, 0x8);

/// The wrapped VLEK hash stick.
struct WrappedVlekHashstick {
  Bytes<12> iv;
  Bytes<4> reserved_ch;
  Bytes<384> wrapped;
  le64 tcb_version;
  Bytes<8> reserved_198h;
  Bytes<16> authtag;
};
SWTEE_WIRE_SIZE(WrappedVlekHashstick, 0x1b0);
SWTEE_WIRE_AT(WrappedVlekHashstick, wrapped, 0x10);
SWTEE_WIRE_AT(WrappedVlekHashstick, tcb_version, 0x190);
SWTEE_WIRE_AT(WrappedVlekHashstick, authtag, 0x1a0);

/// SNP_GCTX_CREATE (0x93) and SNP_DECOMMISSION (0x90).
struct GctxBuffer {
  le64 gctx_paddr;
};
SWTEE_WIRE_SIZE(GctxBuffer, 0x8);

/// SNP_ACTIVATE (0x91).
struct SnpActivateBuffer {
  le64 gctx_paddr;
  le32 asid;
};
SWTEE_WIRE_SIZE(SnpActivateBuffer, 0xc);

/// SNP_ACTIVATE_EX (0x95).
struct SnpActivateExBuffer {
  le32 length;
  le32 reserved_4h;
  le64 gctx_paddr;
  le32 asid;
  le32 num_ids;
  le64 ids_paddr;  ///< list of num_ids APIC ids, 32 bits each
};
SWTEE_WIRE_SIZE(SnpActivateExBuffer, 0x20);
SWTEE_WIRE_AT(SnpActivateExBuffer, asid, 0x10);
SWTEE_WIRE_AT(SnpActivateExBuffer, ids_paddr, 0x18);

/// SNP_LAUNCH_START (0xa0).
struct SnpLaunchStartBuffer {
  le64 gctx_paddr;
  le64 policy;
  le64 ma_gctx_paddr;
  le32 flags;  ///< bit 0 MA_EN, bit 1 IMI_EN
  le32 desired_tsc_khz;
  Bytes<16> gosvw;
};
SWTEE_WIRE_SIZE(SnpLaunchStartBuffer, 0x30);
SWTEE_WIRE_AT(SnpLaunchStartBuffer, flags, 0x18);
SWTEE_WIRE_AT(SnpLaunchStartBuffer, gosvw, 0x20);
namespace launch_start_bits {
using MaEn = Bit<0>;
using ImiEn = Bit<1>;
inline constexpr std::uint32_t kMustBeZero = ~0x3u;
}  // namespace launch_start_bits

/// SNP_LAUNCH_UPDATE (0xa1).
struct SnpLaunchUpdateBuffer {
  le64 gctx_paddr;
  le32 flags;
  le32 reserved_ch;
  le64 page_paddr;
  u8 reserved_18h;
  u8 vmpl1_perms;
  u8 vmpl2_perms;
  u8 vmpl3_perms;
  le32 reserved_1ch;
};
SWTEE_WIRE_SIZE(SnpLaunchUpdateBuffer, 0x20);
SWTEE_WIRE_AT(SnpLaunchUpdateBuffer, page_paddr, 0x10);
SWTEE_WIRE_AT(SnpLaunchUpdateBuffer, vmpl1_perms, 0x19);
namespace launch_update_bits {
using PageSize = Bit<0>;
using PageTypeField = Field<1, 3>;
using ImiPage = Bit<4>;
inline constexpr std::uint32_t kMustBeZero = ~0x1fu;
}  // namespace launch_update_bits
enum class PageType : std::uint8_t {
  reserved = 0,
  normal = 1,
  vmsa = 2,
  zero = 3,
  unmeasured = 4,
  secrets = 5,
  cpuid = 6,
};

/// One link of the launch digest.  [SNP-ABI r1.58 §PAGE_INFO]
struct PageInfo {
  Bytes<48> digest_cur;
  Bytes<48> contents;
  le16 length;
  u8 page_type;
  u8 imi_page;
  u8 reserved_64h;
  u8 vmpl1_perms;
  u8 vmpl2_perms;
  u8 vmpl3_perms;
  le64 gpa;
};
SWTEE_WIRE_SIZE(PageInfo, 0x70);
SWTEE_WIRE_AT(PageInfo, length, 0x60);
SWTEE_WIRE_AT(PageInfo, gpa, 0x68);

/// SNP_LAUNCH_FINISH (0xa2).
struct SnpLaunchFinishBuffer {
  le64 gctx_paddr;
  le64 id_block_paddr;
  le64 id_auth_paddr;
  le64 flags;
  Bytes<32> host_data;
};
SWTEE_WIRE_SIZE(SnpLaunchFinishBuffer, 0x40);
SWTEE_WIRE_AT(SnpLaunchFinishBuffer, host_data, 0x20);
namespace launch_finish_bits {
using IdBlockEn = Bit<0>;
using AuthKeyEn = Bit<1>;
using VcekDisabled = Bit<2>;
inline constexpr std::uint64_t kMustBeZero = ~std::uint64_t{0x7};
}  // namespace launch_finish_bits

/// SNP_GUEST_STATUS (0x92).
struct SnpGuestStatusBuffer {
  le64 gctx_paddr;
  le64 status_paddr;
};
SWTEE_WIRE_SIZE(SnpGuestStatusBuffer, 0x10);
struct GuestStatus {
  le64 policy;
  le32 asid;
  u8 state;
  Bytes<19> reserved_dh;
};
SWTEE_WIRE_SIZE(GuestStatus, 0x20);
SWTEE_WIRE_AT(GuestStatus, state, 0xc);

/// SNP_GUEST_REQUEST (0x94).
struct SnpGuestRequestBuffer {
  le64 gctx_paddr;
  le64 request_paddr;
  le64 response_paddr;
};
SWTEE_WIRE_SIZE(SnpGuestRequestBuffer, 0x18);

/// SNP_HV_REPORT_REQ: the host asks for a report of a guest.
struct SnpHvReportReqBuffer {
  le32 length;
  le32 key_select;  ///< bits 1:0 KEY_SEL
  le64 gctx_paddr;
  le64 report_paddr;
};
SWTEE_WIRE_SIZE(SnpHvReportReqBuffer, 0x18);
SWTEE_WIRE_AT(SnpHvReportReqBuffer, gctx_paddr, 0x8);

/// SNP_PAGE_RECLAIM (0xc7): bit 0 is the page size.
struct SnpPageReclaimBuffer {
  le64 page_paddr;
};
SWTEE_WIRE_SIZE(SnpPageReclaimBuffer, 0x8);

/// The secrets page that SNP_LAUNCH_UPDATE writes for the guest.  [SNP-ABI r1.58 §SECRETS_PAGE]
struct SecretsPage {
  le32 version;
  le32 flags;  ///< bit 0 IMI_EN
  le32 fms;    ///< CPUID Fn0000_0001 EAX
  le32 reserved_ch;
  Bytes<16> gosvw;
  std::array<Bytes<32>, 4> vmpck;
  Bytes<96> guest_area;  ///< for guest software; the firmware writes zeros
  Bytes<64> vmsa_tweak_bitmap;
  Bytes<32> guest_area_2;
  le32 tsc_factor;
  Bytes<3740> reserved_164h;
};
SWTEE_WIRE_SIZE(SecretsPage, 0x1000);
SWTEE_WIRE_AT(SecretsPage, vmpck, 0x20);
SWTEE_WIRE_AT(SecretsPage, guest_area, 0xa0);
SWTEE_WIRE_AT(SecretsPage, vmsa_tweak_bitmap, 0x100);
SWTEE_WIRE_AT(SecretsPage, tsc_factor, 0x160);

}  // namespace swtee::snp
