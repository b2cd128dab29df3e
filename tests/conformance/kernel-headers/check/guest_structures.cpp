// SPDX-License-Identifier: Apache-2.0
/// What a Linux guest shares with the firmware: pages of the launch, messages, the save area, results of RMP instructions.
#include "compare.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/guest_message.h>
#include <swtee/abi/snp/vmsa.h>
#include <swtee/rules/rmp.h>

// The kernel's last: they define words that other headers use.
#include <linux/types.h>

#include <asm/set_memory.h>

#include <asm/sev.h>

using namespace swtee::snp;

namespace {

void secrets_page() {
  SAME_SIZE(snp_secrets_page, SecretsPage);
  SAME_FIELD(snp_secrets_page, version, SecretsPage, version);
  SAME_BITS(snp_secrets_page, imien, SecretsPage, flags, swtee::Bit<0>::mask);
  SAME_FIELD(snp_secrets_page, fms, SecretsPage, fms);
  SAME_FIELD(snp_secrets_page, rsvd2, SecretsPage, reserved_ch);
  SAME_FIELD(snp_secrets_page, gosvw, SecretsPage, gosvw);
  SAME_FIELD(snp_secrets_page, vmpck0, SecretsPage, vmpck[0]);
  SAME_FIELD(snp_secrets_page, vmpck1, SecretsPage, vmpck[1]);
  SAME_FIELD(snp_secrets_page, vmpck2, SecretsPage, vmpck[2]);
  SAME_FIELD(snp_secrets_page, vmpck3, SecretsPage, vmpck[3]);
  SAME_FIELD(snp_secrets_page, os_area, SecretsPage, guest_area);
  SAME_FIELD(snp_secrets_page, vmsa_tweak_bitmap, SecretsPage, vmsa_tweak_bitmap);
  SAME_FIELD(snp_secrets_page, tsc_factor, SecretsPage, tsc_factor);
  SAME_FIELD(snp_secrets_page, rsvd4, SecretsPage, reserved_164h);
  // guest_area_2 is what an SVSM writes.
  SAME_NUMBER(offsetof(snp_secrets_page, svsm_base), offsetof(SecretsPage, guest_area_2));
  SAME_NUMBER(offsetof(snp_secrets_page, rsvd3) + sizeof(snp_secrets_page::rsvd3),
              offsetof(SecretsPage, guest_area_2) + sizeof(SecretsPage::guest_area_2));
}

void cpuid_table() {
  SAME_SIZE(snp_cpuid_fn, CpuidFunction);
  SAME_FIELD(snp_cpuid_fn, eax_in, CpuidFunction, eax_in);
  SAME_FIELD(snp_cpuid_fn, ecx_in, CpuidFunction, ecx_in);
  SAME_FIELD(snp_cpuid_fn, xcr0_in, CpuidFunction, xcr0_in);
  SAME_FIELD(snp_cpuid_fn, xss_in, CpuidFunction, xss_in);
  SAME_FIELD(snp_cpuid_fn, eax, CpuidFunction, eax);
  SAME_FIELD(snp_cpuid_fn, ebx, CpuidFunction, ebx);
  SAME_FIELD(snp_cpuid_fn, ecx, CpuidFunction, ecx);
  SAME_FIELD(snp_cpuid_fn, edx, CpuidFunction, edx);
  SAME_FIELD(snp_cpuid_fn, __reserved, CpuidFunction, reserved_28h);
  SAME_SIZE(snp_cpuid_table, CpuidTable);
  SAME_FIELD(snp_cpuid_table, count, CpuidTable, count);
  SAME_FIELD(snp_cpuid_table, __reserved1, CpuidTable, reserved_4h);
  SAME_FIELD(snp_cpuid_table, __reserved2, CpuidTable, reserved_8h);
  SAME_FIELD(snp_cpuid_table, fn, CpuidTable, functions);
  SAME_NUMBER(SNP_CPUID_COUNT_MAX, kCpuidFunctionsMax);
}

void messages() {
  SAME_SIZE(snp_guest_msg_hdr, GuestMessageHeader);
  SAME_FIELD(snp_guest_msg_hdr, authtag, GuestMessageHeader, authtag);
  SAME_FIELD(snp_guest_msg_hdr, msg_seqno, GuestMessageHeader, msg_seqno);
  SAME_FIELD(snp_guest_msg_hdr, rsvd1, GuestMessageHeader, reserved_28h);
  SAME_FIELD(snp_guest_msg_hdr, algo, GuestMessageHeader, algo);
  SAME_FIELD(snp_guest_msg_hdr, hdr_version, GuestMessageHeader, hdr_version);
  SAME_FIELD(snp_guest_msg_hdr, hdr_sz, GuestMessageHeader, hdr_size);
  SAME_FIELD(snp_guest_msg_hdr, msg_type, GuestMessageHeader, msg_type);
  SAME_FIELD(snp_guest_msg_hdr, msg_version, GuestMessageHeader, msg_version);
  SAME_FIELD(snp_guest_msg_hdr, msg_sz, GuestMessageHeader, msg_size);
  SAME_FIELD(snp_guest_msg_hdr, rsvd2, GuestMessageHeader, reserved_38h);
  SAME_FIELD(snp_guest_msg_hdr, msg_vmpck, GuestMessageHeader, msg_vmpck);
  SAME_FIELD(snp_guest_msg_hdr, rsvd3, GuestMessageHeader, reserved_3dh);
  SAME_NUMBER(sizeof(snp_guest_msg::payload), kMessagePayloadMax);
  SAME_NUMBER(offsetof(snp_guest_msg_hdr, algo), kMessageAadOffset);
  SAME_NUMBER(AAD_LEN, kMessageAadSize);
  SAME_NUMBER(MSG_HDR_VER, kMessageHeaderVersion);
  SAME_NUMBER(SNP_AEAD_AES_256_GCM, kMessageAlgoAes256Gcm);

  SAME_NUMBER(SNP_MSG_TYPE_INVALID, MessageType::invalid);
  SAME_NUMBER(SNP_MSG_CPUID_REQ, MessageType::cpuid_req);
  SAME_NUMBER(SNP_MSG_CPUID_RSP, MessageType::cpuid_rsp);
  SAME_NUMBER(SNP_MSG_KEY_REQ, MessageType::key_req);
  SAME_NUMBER(SNP_MSG_KEY_RSP, MessageType::key_rsp);
  SAME_NUMBER(SNP_MSG_REPORT_REQ, MessageType::report_req);
  SAME_NUMBER(SNP_MSG_REPORT_RSP, MessageType::report_rsp);
  SAME_NUMBER(SNP_MSG_EXPORT_REQ, MessageType::export_req);
  SAME_NUMBER(SNP_MSG_EXPORT_RSP, MessageType::export_rsp);
  SAME_NUMBER(SNP_MSG_IMPORT_REQ, MessageType::import_req);
  SAME_NUMBER(SNP_MSG_IMPORT_RSP, MessageType::import_rsp);
  SAME_NUMBER(SNP_MSG_ABSORB_REQ, MessageType::absorb_req);
  SAME_NUMBER(SNP_MSG_ABSORB_RSP, MessageType::absorb_rsp);
  SAME_NUMBER(SNP_MSG_VMRK_REQ, MessageType::vmrk_req);
  SAME_NUMBER(SNP_MSG_VMRK_RSP, MessageType::vmrk_rsp);
  SAME_NUMBER(SNP_MSG_TSC_INFO_REQ, MessageType::tsc_info_req);
  SAME_NUMBER(SNP_MSG_TSC_INFO_RSP, MessageType::tsc_info_rsp);

  SAME_NUMBER(sizeof(snp_tsc_info_req), kTscInfoReqSize);
  SAME_SIZE(snp_tsc_info_resp, TscInfoRsp);
  SAME_FIELD(snp_tsc_info_resp, status, TscInfoRsp, status);
  SAME_FIELD(snp_tsc_info_resp, rsvd1, TscInfoRsp, reserved_4h);
  SAME_FIELD(snp_tsc_info_resp, tsc_scale, TscInfoRsp, guest_tsc_scale);
  SAME_FIELD(snp_tsc_info_resp, tsc_offset, TscInfoRsp, guest_tsc_offset);
  SAME_FIELD(snp_tsc_info_resp, tsc_factor, TscInfoRsp, tsc_factor);
  SAME_FIELD(snp_tsc_info_resp, rsvd2, TscInfoRsp, reserved_1ch);
}

void segment() {
  SAME_SIZE(vmcb_seg, VmsaSegment);
  SAME_FIELD(vmcb_seg, selector, VmsaSegment, selector);
  SAME_FIELD(vmcb_seg, attrib, VmsaSegment, attributes);
  SAME_FIELD(vmcb_seg, limit, VmsaSegment, limit);
  SAME_FIELD(vmcb_seg, base, VmsaSegment, base);
}

// Theirs ends before ours, which is the whole page, so that places are compared and widths.
#define SAME_PLACE(their_field, our_field)                                                    \
  do {                                                                                        \
    SAME_NUMBER(offsetof(sev_es_save_area, their_field), offsetof(Vmsa, our_field));          \
    SAME_NUMBER(sizeof(sev_es_save_area::their_field), sizeof(Vmsa::our_field));              \
  } while (false)

void save_area_system() {
  SAME_PLACE(es, es);
  SAME_PLACE(cs, cs);
  SAME_PLACE(ss, ss);
  SAME_PLACE(ds, ds);
  SAME_PLACE(fs, fs);
  SAME_PLACE(gs, gs);
  SAME_PLACE(gdtr, gdtr);
  SAME_PLACE(ldtr, ldtr);
  SAME_PLACE(idtr, idtr);
  SAME_PLACE(tr, tr);
  SAME_PLACE(pl0_ssp, pl0_ssp);
  SAME_PLACE(pl1_ssp, pl1_ssp);
  SAME_PLACE(pl2_ssp, pl2_ssp);
  SAME_PLACE(pl3_ssp, pl3_ssp);
  SAME_PLACE(u_cet, u_cet);
  SAME_PLACE(reserved_0xc8, reserved_c8h);
  SAME_PLACE(vmpl, vmpl);
  SAME_PLACE(cpl, cpl);
  SAME_PLACE(reserved_0xcc, reserved_cch);
  SAME_PLACE(efer, efer);
  SAME_PLACE(reserved_0xd8, reserved_d8h);
  SAME_PLACE(xss, xss);
  SAME_PLACE(cr4, cr4);
  SAME_PLACE(cr3, cr3);
  SAME_PLACE(cr0, cr0);
  SAME_PLACE(dr7, dr7);
  SAME_PLACE(dr6, dr6);
  SAME_PLACE(rflags, rflags);
  SAME_PLACE(rip, rip);
  SAME_PLACE(dr0, dr0);
  SAME_PLACE(dr1, dr1);
  SAME_PLACE(dr2, dr2);
  SAME_PLACE(dr3, dr3);
  SAME_PLACE(dr0_addr_mask, dr0_addr_mask);
  SAME_PLACE(dr1_addr_mask, dr1_addr_mask);
  SAME_PLACE(dr2_addr_mask, dr2_addr_mask);
  SAME_PLACE(dr3_addr_mask, dr3_addr_mask);
  SAME_PLACE(reserved_0x1c0, reserved_1c0h);
  SAME_PLACE(rsp, rsp);
  SAME_PLACE(s_cet, s_cet);
  SAME_PLACE(ssp, ssp);
  SAME_PLACE(isst_addr, isst_addr);
  SAME_PLACE(rax, rax);
  SAME_PLACE(star, star);
  SAME_PLACE(lstar, lstar);
  SAME_PLACE(cstar, cstar);
  SAME_PLACE(sfmask, sfmask);
  SAME_PLACE(kernel_gs_base, kernel_gs_base);
  SAME_PLACE(sysenter_cs, sysenter_cs);
  SAME_PLACE(sysenter_esp, sysenter_esp);
  SAME_PLACE(sysenter_eip, sysenter_eip);
  SAME_PLACE(cr2, cr2);
  SAME_PLACE(reserved_0x248, reserved_248h);
  SAME_PLACE(g_pat, g_pat);
  SAME_PLACE(dbgctl, dbgctl);
  SAME_PLACE(br_from, br_from);
  SAME_PLACE(br_to, br_to);
  SAME_PLACE(last_excp_from, last_excp_from);
  SAME_PLACE(last_excp_to, last_excp_to);
}

void save_area_guest() {
  SAME_PLACE(pkru, pkru);
  SAME_PLACE(tsc_aux, tsc_aux);
  SAME_PLACE(tsc_scale, guest_tsc_scale);
  SAME_PLACE(tsc_offset, guest_tsc_offset);
  SAME_PLACE(reserved_0x300, reg_prot_nonce);
  SAME_PLACE(rcx, rcx);
  SAME_PLACE(rdx, rdx);
  SAME_PLACE(rbx, rbx);
  SAME_PLACE(reserved_0x320, secure_avic_control);
  SAME_PLACE(rbp, rbp);
  SAME_PLACE(rsi, rsi);
  SAME_PLACE(rdi, rdi);
  SAME_PLACE(r8, r8);
  SAME_PLACE(r9, r9);
  SAME_PLACE(r10, r10);
  SAME_PLACE(r11, r11);
  SAME_PLACE(r12, r12);
  SAME_PLACE(r13, r13);
  SAME_PLACE(r14, r14);
  SAME_PLACE(r15, r15);
  SAME_PLACE(reserved_0x380, reserved_380h);
  SAME_PLACE(guest_exit_info_1, guest_exitinfo1);
  SAME_PLACE(guest_exit_info_2, guest_exitinfo2);
  SAME_PLACE(guest_exit_int_info, guest_exitintinfo);
  SAME_PLACE(guest_nrip, guest_nrip);
  SAME_PLACE(sev_features, sev_features);
  SAME_PLACE(vintr_ctrl, vintr_ctrl);
  SAME_PLACE(guest_exit_code, guest_exitcode);
  SAME_PLACE(virtual_tom, virtual_tom);
  SAME_PLACE(tlb_id, tlb_id);
  SAME_PLACE(pcpu_id, pcpu_id);
  SAME_PLACE(event_inj, event_inj);
  SAME_PLACE(xcr0, xcr0);
  SAME_PLACE(reserved_0x3f0, reserved_3f0h);
  SAME_PLACE(x87_dp, x87_dp);
  SAME_PLACE(mxcsr, mxcsr);
  SAME_PLACE(x87_ftw, x87_ftw);
  SAME_PLACE(x87_fsw, x87_fsw);
  SAME_PLACE(x87_fcw, x87_fcw);
  SAME_PLACE(x87_fop, x87_fop);
  SAME_PLACE(x87_ds, x87_ds);
  SAME_PLACE(x87_cs, x87_cs);
  SAME_PLACE(x87_rip, x87_rip);
  SAME_PLACE(fpreg_x87, fpreg_x87);
  SAME_PLACE(fpreg_xmm, fpreg_xmm);
  SAME_PLACE(fpreg_ymm, fpreg_ymm);
  SAME_NUMBER(sizeof(sev_es_save_area), offsetof(Vmsa, lbr_and_rest));
  SAME_NUMBER(SVM_SEV_FEAT_SNP_ACTIVE, sev_features::SnpActive::mask);
  SAME_NUMBER(SVM_SEV_FEAT_RESTRICTED_INJECTION, sev_features::RestrictedInjection::mask);
  SAME_NUMBER(SVM_SEV_FEAT_ALTERNATE_INJECTION, sev_features::AlternateInjection::mask);
  SAME_NUMBER(SVM_SEV_FEAT_DEBUG_SWAP, sev_features::DebugSwap::mask);
  SAME_NUMBER(SVM_SEV_FEAT_SECURE_TSC, sev_features::SecureTsc::mask);
}

void rmp_instructions() {
  SAME_NUMBER(PSMASH_FAIL_INUSE, SWTEE_RMP_FAIL_INUSE);
  SAME_NUMBER(RMPUPDATE_FAIL_OVERLAP, SWTEE_RMP_FAIL_OVERLAP);
}

}  // namespace

int main() {
  secrets_page();
  cpuid_table();
  messages();
  segment();
  save_area_system();
  save_area_guest();
  rmp_instructions();
  return compare::finish("structures of the guest");
}
