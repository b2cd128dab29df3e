// SPDX-License-Identifier: Apache-2.0
/// VMSA: the page that holds a vCPU's registers while the vCPU does not run.  [APM2 r3.42 §VMSA LAYOUT]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// Segment register as the save area holds it.
struct VmsaSegment {
  le16 selector;
  le16 attributes;  ///< descriptor bits 55:52 and 47:40, packed into the low 12 bits
  le32 limit;       ///< in bytes, granularity already applied
  le64 base;
};
SWTEE_WIRE_SIZE(VmsaSegment, 0x10);
SWTEE_WIRE_AT(VmsaSegment, limit, 0x4);
SWTEE_WIRE_AT(VmsaSegment, base, 0x8);

/// The save area, as large as its page. SEV-ES uses the same layout with the fields of later generations zero.
struct Vmsa {
  VmsaSegment es;
  VmsaSegment cs;
  VmsaSegment ss;
  VmsaSegment ds;
  VmsaSegment fs;
  VmsaSegment gs;
  VmsaSegment gdtr;
  VmsaSegment ldtr;
  VmsaSegment idtr;
  VmsaSegment tr;
  le64 pl0_ssp;
  le64 pl1_ssp;
  le64 pl2_ssp;
  le64 pl3_ssp;
  le64 u_cet;
  Bytes<2> reserved_c8h;
  u8 vmpl;
  u8 cpl;
  Bytes<4> reserved_cch;
  le64 efer;
  Bytes<104> reserved_d8h;
  le64 xss;
  le64 cr4;
  le64 cr3;
  le64 cr0;
  le64 dr7;
  le64 dr6;
  le64 rflags;
  le64 rip;
  le64 dr0;
  le64 dr1;
  le64 dr2;
  le64 dr3;
  le64 dr0_addr_mask;
  le64 dr1_addr_mask;
  le64 dr2_addr_mask;
  le64 dr3_addr_mask;
  Bytes<24> reserved_1c0h;
  le64 rsp;
  le64 s_cet;
  le64 ssp;
  le64 isst_addr;
  le64 rax;
  le64 star;
  le64 lstar;
  le64 cstar;
  le64 sfmask;
  le64 kernel_gs_base;
  le64 sysenter_cs;
  le64 sysenter_esp;
  le64 sysenter_eip;
  le64 cr2;
  Bytes<32> reserved_248h;
  le64 g_pat;
  le64 dbgctl;
  le64 br_from;
  le64 br_to;
  le64 last_excp_from;
  le64 last_excp_to;
  Bytes<72> reserved_298h;
  le32 spec_ctrl;
  le32 reserved_2e4h;
  le32 pkru;
  le32 tsc_aux;
  le64 guest_tsc_scale;   ///< not part of the launch digest
  le64 guest_tsc_offset;  ///< not part of the launch digest
  le64 reg_prot_nonce;
  le64 rcx;
  le64 rdx;
  le64 rbx;
  le64 secure_avic_control;
  le64 rbp;
  le64 rsi;
  le64 rdi;
  le64 r8;
  le64 r9;
  le64 r10;
  le64 r11;
  le64 r12;
  le64 r13;
  le64 r14;
  le64 r15;
  Bytes<16> reserved_380h;
  le64 guest_exitinfo1;
  le64 guest_exitinfo2;
  le64 guest_exitintinfo;
  le64 guest_nrip;
  le64 sev_features;  ///< see sev_features below
  le64 vintr_ctrl;
  le64 guest_exitcode;
  le64 virtual_tom;
  le64 tlb_id;
  le64 pcpu_id;
  le64 event_inj;
  le64 xcr0;
  Bytes<16> reserved_3f0h;
  le64 x87_dp;
  le32 mxcsr;
  le16 x87_ftw;
  le16 x87_fsw;
  le16 x87_fcw;
  le16 x87_fop;
  le16 x87_ds;
  le16 x87_cs;
  le64 x87_rip;
  Bytes<80> fpreg_x87;    ///< eight 8-byte mantissas, then eight 2-byte sign-and-exponents
  Bytes<256> fpreg_xmm;
  Bytes<256> fpreg_ymm;   ///< upper halves
  Bytes<2448> lbr_and_rest;  ///< last-branch and instruction-sampling state; zero at launch
};
SWTEE_WIRE_SIZE(Vmsa, 0x1000);
SWTEE_WIRE_AT(Vmsa, tr, 0x90);
SWTEE_WIRE_AT(Vmsa, pl0_ssp, 0xa0);
SWTEE_WIRE_AT(Vmsa, u_cet, 0xc0);
SWTEE_WIRE_AT(Vmsa, vmpl, 0xca);
SWTEE_WIRE_AT(Vmsa, cpl, 0xcb);
SWTEE_WIRE_AT(Vmsa, efer, 0xd0);
SWTEE_WIRE_AT(Vmsa, xss, 0x140);
SWTEE_WIRE_AT(Vmsa, cr0, 0x158);
SWTEE_WIRE_AT(Vmsa, rip, 0x178);
SWTEE_WIRE_AT(Vmsa, dr0_addr_mask, 0x1a0);
SWTEE_WIRE_AT(Vmsa, rsp, 0x1d8);
SWTEE_WIRE_AT(Vmsa, rax, 0x1f8);
SWTEE_WIRE_AT(Vmsa, kernel_gs_base, 0x220);
SWTEE_WIRE_AT(Vmsa, cr2, 0x240);
SWTEE_WIRE_AT(Vmsa, g_pat, 0x268);
SWTEE_WIRE_AT(Vmsa, last_excp_to, 0x290);
SWTEE_WIRE_AT(Vmsa, spec_ctrl, 0x2e0);
SWTEE_WIRE_AT(Vmsa, pkru, 0x2e8);
SWTEE_WIRE_AT(Vmsa, guest_tsc_scale, 0x2f0);
SWTEE_WIRE_AT(Vmsa, reg_prot_nonce, 0x300);
SWTEE_WIRE_AT(Vmsa, rcx, 0x308);
SWTEE_WIRE_AT(Vmsa, secure_avic_control, 0x320);
SWTEE_WIRE_AT(Vmsa, r15, 0x378);
SWTEE_WIRE_AT(Vmsa, guest_exitinfo1, 0x390);
SWTEE_WIRE_AT(Vmsa, sev_features, 0x3b0);
SWTEE_WIRE_AT(Vmsa, xcr0, 0x3e8);
SWTEE_WIRE_AT(Vmsa, x87_dp, 0x400);
SWTEE_WIRE_AT(Vmsa, mxcsr, 0x408);
SWTEE_WIRE_AT(Vmsa, x87_fcw, 0x410);
SWTEE_WIRE_AT(Vmsa, x87_rip, 0x418);
SWTEE_WIRE_AT(Vmsa, fpreg_xmm, 0x470);
SWTEE_WIRE_AT(Vmsa, lbr_and_rest, 0x670);

/// Bits of Vmsa::sev_features. The guest sees feature n as bit n + 2 of MSR SEV_STATUS.
namespace sev_features {
using SnpActive = Bit<0>;
using VTom = Bit<1>;
using ReflectVc = Bit<2>;
using RestrictedInjection = Bit<3>;
using AlternateInjection = Bit<4>;
using DebugSwap = Bit<5>;
using PreventHostIbs = Bit<6>;
using BtbIsolation = Bit<7>;
using VmplSss = Bit<8>;
using SecureTsc = Bit<9>;
using VmgexitParameter = Bit<10>;
using PmcVirtualization = Bit<11>;
using IbsVirtualization = Bit<12>;
using GuestInterceptControl = Bit<13>;
using VmsaRegProt = Bit<14>;
using SmtProtection = Bit<15>;
using SecureAvic = Bit<16>;
using IbpbOnEntry = Bit<21>;
using AllowedFeaturesEn = Bit<63>;
}  // namespace sev_features

/// The GPA under which hypervisors launch every VMSA, and so the one that the launch digest records. It is a stand-in: a
/// VMSA is reached through the VMCB and needs no address in the guest's map.
inline constexpr std::uint64_t kVmsaGpa = 0xffff'ffff'f000;

}  // namespace swtee::snp
