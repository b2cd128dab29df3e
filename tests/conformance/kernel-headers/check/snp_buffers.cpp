// SPDX-License-Identifier: Apache-2.0
/// The command buffers of the SNP commands.
#include "compare.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/page_commands.h>
#include <swtee/abi/snp/sev_ioctl.h>

// The kernel's last: they define words that other headers use.
#include <linux/types.h>

#include <linux/psp-sev.h>

using namespace swtee::snp;

namespace {

void platform() {
  SAME_SIZE(sev_data_snp_init_ex, SnpInitExBuffer);
  SAME_BITS(sev_data_snp_init_ex, init_rmp, SnpInitExBuffer, flags, init_ex_bits::InitRmp::mask);
  SAME_BITS(sev_data_snp_init_ex, list_paddr_en, SnpInitExBuffer, flags, init_ex_bits::ListPaddrEn::mask);
  SAME_BITS(sev_data_snp_init_ex, rapl_dis, SnpInitExBuffer, flags, init_ex_bits::RaplDis::mask);
  SAME_BITS(sev_data_snp_init_ex, ciphertext_hiding_en, SnpInitExBuffer, flags, init_ex_bits::CiphertextHidingEn::mask);
  SAME_BITS(sev_data_snp_init_ex, tio_en, SnpInitExBuffer, flags, init_ex_bits::TioEn::mask);
  SAME_BITS(sev_data_snp_init_ex, rsvd, SnpInitExBuffer, flags, init_ex_bits::kMustBeZero);
  SAME_FIELD(sev_data_snp_init_ex, rsvd1, SnpInitExBuffer, reserved_4h);
  SAME_FIELD(sev_data_snp_init_ex, list_paddr, SnpInitExBuffer, list_paddr);
  SAME_FIELD(sev_data_snp_init_ex, max_snp_asid, SnpInitExBuffer, max_snp_asid);
  SAME_FIELD(sev_data_snp_init_ex, rsvd2, SnpInitExBuffer, reserved_12h);

  SAME_SIZE(sev_data_range_list, RangeListHeader);
  SAME_FIELD(sev_data_range_list, num_elements, RangeListHeader, num_elements);
  SAME_FIELD(sev_data_range_list, rsvd, RangeListHeader, reserved_4h);
  SAME_NUMBER(offsetof(sev_data_range_list, ranges), sizeof(RangeListHeader));
  SAME_SIZE(sev_data_range, RangeListElement);
  SAME_FIELD(sev_data_range, base, RangeListElement, base);
  SAME_FIELD(sev_data_range, page_count, RangeListElement, page_count);
  SAME_FIELD(sev_data_range, rsvd, RangeListElement, reserved_ch);

  SAME_SIZE(sev_data_snp_shutdown_ex, SnpShutdownExBuffer);
  SAME_FIELD(sev_data_snp_shutdown_ex, len, SnpShutdownExBuffer, length);
  SAME_BITS(sev_data_snp_shutdown_ex, iommu_snp_shutdown, SnpShutdownExBuffer, flags, shutdown_ex_bits::IommuSnpShutdown::mask);
  SAME_BITS(sev_data_snp_shutdown_ex, x86_snp_shutdown, SnpShutdownExBuffer, flags, shutdown_ex_bits::X86SnpShutdown::mask);
  SAME_BITS(sev_data_snp_shutdown_ex, rsvd1, SnpShutdownExBuffer, flags, shutdown_ex_bits::kMustBeZero);

  // Commands whose buffer is one address.
  SAME_SIZE(sev_data_snp_addr, GctxBuffer);
  SAME_FIELD(sev_data_snp_addr, address, GctxBuffer, gctx_paddr);
  SAME_SIZE(sev_data_snp_addr, SnpPlatformStatusBuffer);
  SAME_FIELD(sev_data_snp_addr, address, SnpPlatformStatusBuffer, status_paddr);

  SAME_SIZE(sev_data_snp_commit, SnpCommitBuffer);
  SAME_FIELD(sev_data_snp_commit, len, SnpCommitBuffer, length);

  SAME_SIZE(sev_data_snp_feature_info, SnpFeatureInfoBuffer);
  SAME_FIELD(sev_data_snp_feature_info, length, SnpFeatureInfoBuffer, length);
  SAME_FIELD(sev_data_snp_feature_info, ecx_in, SnpFeatureInfoBuffer, ecx_in);
  SAME_FIELD(sev_data_snp_feature_info, feature_info_paddr, SnpFeatureInfoBuffer, feature_info_paddr);
  SAME_SIZE(snp_feature_info, FeatureInfo);
  SAME_FIELD(snp_feature_info, eax, FeatureInfo, eax);
  SAME_FIELD(snp_feature_info, ebx, FeatureInfo, ebx);
  SAME_FIELD(snp_feature_info, ecx, FeatureInfo, ecx);
  SAME_FIELD(snp_feature_info, edx, FeatureInfo, edx);
}

// The driver hands the structures of its ioctls on to the firmware as they are.
void answers_and_settings() {
  SAME_SIZE(sev_user_data_snp_status, PlatformStatus);
  SAME_FIELD(sev_user_data_snp_status, api_major, PlatformStatus, api_major);
  SAME_FIELD(sev_user_data_snp_status, api_minor, PlatformStatus, api_minor);
  SAME_FIELD(sev_user_data_snp_status, state, PlatformStatus, state);
  SAME_BITS(sev_user_data_snp_status, is_rmp_initialized, PlatformStatus, rmp, platform_status_bits::IsRmpInit::mask);
  SAME_FIELD(sev_user_data_snp_status, build_id, PlatformStatus, build_id);
  SAME_BITS(sev_user_data_snp_status, mask_chip_id, PlatformStatus, flags, platform_status_bits::MaskChipId::mask);
  SAME_BITS(sev_user_data_snp_status, mask_chip_key, PlatformStatus, flags, platform_status_bits::MaskChipKey::mask);
  SAME_BITS(sev_user_data_snp_status, vlek_en, PlatformStatus, flags, platform_status_bits::VlekEn::mask);
  SAME_BITS(sev_user_data_snp_status, feature_info, PlatformStatus, flags, platform_status_bits::FeatureInfo::mask);
  SAME_BITS(sev_user_data_snp_status, rapl_dis, PlatformStatus, flags, platform_status_bits::RaplDis::mask);
  SAME_BITS(sev_user_data_snp_status, ciphertext_hiding_cap, PlatformStatus, flags, platform_status_bits::CiphertextHidingCap::mask);
  SAME_BITS(sev_user_data_snp_status, ciphertext_hiding_en, PlatformStatus, flags, platform_status_bits::CiphertextHidingEn::mask);
  SAME_FIELD(sev_user_data_snp_status, guest_count, PlatformStatus, guest_count);
  SAME_FIELD(sev_user_data_snp_status, current_tcb_version, PlatformStatus, current_tcb);
  SAME_FIELD(sev_user_data_snp_status, reported_tcb_version, PlatformStatus, reported_tcb);

  SAME_SIZE(sev_user_data_snp_config, SnpConfigBuffer);
  SAME_FIELD(sev_user_data_snp_config, reported_tcb, SnpConfigBuffer, reported_tcb);
  SAME_BITS(sev_user_data_snp_config, mask_chip_id, SnpConfigBuffer, flags, config_bits::MaskChipId::mask);
  SAME_BITS(sev_user_data_snp_config, mask_chip_key, SnpConfigBuffer, flags, config_bits::MaskChipKey::mask);
  SAME_BITS(sev_user_data_snp_config, rsvd, SnpConfigBuffer, flags, config_bits::kMustBeZero);
  SAME_FIELD(sev_user_data_snp_config, rsvd1, SnpConfigBuffer, reserved_ch);

  SAME_SIZE(sev_user_data_snp_vlek_load, SnpVlekLoadBuffer);
  SAME_FIELD(sev_user_data_snp_vlek_load, len, SnpVlekLoadBuffer, length);
  SAME_FIELD(sev_user_data_snp_vlek_load, vlek_wrapped_version, SnpVlekLoadBuffer, vlek_wrapped_version);
  SAME_FIELD(sev_user_data_snp_vlek_load, rsvd, SnpVlekLoadBuffer, reserved_5h);
  SAME_FIELD(sev_user_data_snp_vlek_load, vlek_wrapped_address, SnpVlekLoadBuffer, vlek_wrapped_paddr);
  SAME_SIZE(sev_user_data_snp_wrapped_vlek_hashstick, WrappedVlekHashstick);
}

void ioctls() {
  SAME_NUMBER(SEV_ISSUE_CMD, kIoctlSevIssueCmd);
  SAME_SIZE(sev_issue_cmd, SevIssueCmd);
  SAME_FIELD(sev_issue_cmd, cmd, SevIssueCmd, cmd);
  SAME_FIELD(sev_issue_cmd, data, SevIssueCmd, data);
  SAME_FIELD(sev_issue_cmd, error, SevIssueCmd, error);
  const auto number = [](SevIoctlCommand command) { return static_cast<std::uint32_t>(command); };
  SAME_NUMBER(SEV_FACTORY_RESET, number(SevIoctlCommand::factory_reset));
  SAME_NUMBER(SEV_PLATFORM_STATUS, number(SevIoctlCommand::platform_status));
  SAME_NUMBER(SEV_PEK_GEN, number(SevIoctlCommand::pek_gen));
  SAME_NUMBER(SEV_PEK_CSR, number(SevIoctlCommand::pek_csr));
  SAME_NUMBER(SEV_PDH_GEN, number(SevIoctlCommand::pdh_gen));
  SAME_NUMBER(SEV_PDH_CERT_EXPORT, number(SevIoctlCommand::pdh_cert_export));
  SAME_NUMBER(SEV_PEK_CERT_IMPORT, number(SevIoctlCommand::pek_cert_import));
  SAME_NUMBER(SEV_GET_ID, number(SevIoctlCommand::get_id));
  SAME_NUMBER(SEV_GET_ID2, number(SevIoctlCommand::get_id2));
  SAME_NUMBER(SNP_PLATFORM_STATUS, number(SevIoctlCommand::snp_platform_status));
  SAME_NUMBER(SNP_COMMIT, number(SevIoctlCommand::snp_commit));
  SAME_NUMBER(SNP_SET_CONFIG, number(SevIoctlCommand::snp_set_config));
  SAME_NUMBER(SNP_VLEK_LOAD, number(SevIoctlCommand::snp_vlek_load));
  SAME_NUMBER(SEV_MAX, kSevIoctlCommandMax);

  SAME_SIZE(sev_user_data_pek_csr, SevUserBuffer);
  SAME_FIELD(sev_user_data_pek_csr, address, SevUserBuffer, address);
  SAME_FIELD(sev_user_data_pek_csr, length, SevUserBuffer, length);
  SAME_SIZE(sev_user_data_get_id2, SevUserBuffer);
  SAME_FIELD(sev_user_data_get_id2, address, SevUserBuffer, address);
  SAME_FIELD(sev_user_data_get_id2, length, SevUserBuffer, length);
  SAME_NUMBER(sizeof(sev_user_data_get_id), kSevUserGetIdSize);
  SAME_SIZE(sev_user_data_pek_cert_import, SevUserPekCertImport);
  SAME_FIELD(sev_user_data_pek_cert_import, pek_cert_address, SevUserPekCertImport, pek_cert_address);
  SAME_FIELD(sev_user_data_pek_cert_import, pek_cert_len, SevUserPekCertImport, pek_cert_len);
  SAME_FIELD(sev_user_data_pek_cert_import, oca_cert_address, SevUserPekCertImport, oca_cert_address);
  SAME_FIELD(sev_user_data_pek_cert_import, oca_cert_len, SevUserPekCertImport, oca_cert_len);
  SAME_SIZE(sev_user_data_pdh_cert_export, SevUserPdhCertExport);
  SAME_FIELD(sev_user_data_pdh_cert_export, pdh_cert_address, SevUserPdhCertExport, pdh_cert_address);
  SAME_FIELD(sev_user_data_pdh_cert_export, pdh_cert_len, SevUserPdhCertExport, pdh_cert_len);
  SAME_FIELD(sev_user_data_pdh_cert_export, cert_chain_address, SevUserPdhCertExport, cert_chain_address);
  SAME_FIELD(sev_user_data_pdh_cert_export, cert_chain_len, SevUserPdhCertExport, cert_chain_len);
  SAME_SIZE(sev_user_data_snp_config, SevUserSnpConfig);
  SAME_FIELD(sev_user_data_snp_config, reported_tcb, SevUserSnpConfig, reported_tcb);
  SAME_BITS(sev_user_data_snp_config, rsvd, SevUserSnpConfig, flags, config_bits::kMustBeZero);
  SAME_FIELD(sev_user_data_snp_config, rsvd1, SevUserSnpConfig, reserved_ch);
  SAME_SIZE(sev_user_data_snp_vlek_load, SevUserSnpVlekLoad);
  SAME_FIELD(sev_user_data_snp_vlek_load, len, SevUserSnpVlekLoad, len);
  SAME_FIELD(sev_user_data_snp_vlek_load, vlek_wrapped_version, SevUserSnpVlekLoad, vlek_wrapped_version);
  SAME_FIELD(sev_user_data_snp_vlek_load, vlek_wrapped_address, SevUserSnpVlekLoad, vlek_wrapped_address);
  SAME_NUMBER(sizeof(sev_user_data_snp_wrapped_vlek_hashstick), kSevUserWrappedVlekSize);
}

void guests() {
  SAME_SIZE(sev_data_snp_activate, SnpActivateBuffer);
  SAME_FIELD(sev_data_snp_activate, gctx_paddr, SnpActivateBuffer, gctx_paddr);
  SAME_FIELD(sev_data_snp_activate, asid, SnpActivateBuffer, asid);

  SAME_SIZE(sev_data_snp_guest_status, SnpGuestStatusBuffer);
  SAME_FIELD(sev_data_snp_guest_status, gctx_paddr, SnpGuestStatusBuffer, gctx_paddr);
  SAME_FIELD(sev_data_snp_guest_status, address, SnpGuestStatusBuffer, status_paddr);

  SAME_SIZE(sev_data_snp_guest_request, SnpGuestRequestBuffer);
  SAME_FIELD(sev_data_snp_guest_request, gctx_paddr, SnpGuestRequestBuffer, gctx_paddr);
  SAME_FIELD(sev_data_snp_guest_request, req_paddr, SnpGuestRequestBuffer, request_paddr);
  SAME_FIELD(sev_data_snp_guest_request, res_paddr, SnpGuestRequestBuffer, response_paddr);

  SAME_SIZE(sev_data_snp_page_reclaim, SnpPageReclaimBuffer);
  SAME_FIELD(sev_data_snp_page_reclaim, paddr, SnpPageReclaimBuffer, page_paddr);
}

void pages() {
  SAME_SIZE(sev_data_snp_page_unsmash, SnpPageUnsmashBuffer);
  SAME_FIELD(sev_data_snp_page_unsmash, paddr, SnpPageUnsmashBuffer, page_paddr);

  SAME_SIZE(sev_data_snp_dbg, SnpDbgBuffer);
  SAME_FIELD(sev_data_snp_dbg, gctx_paddr, SnpDbgBuffer, gctx_paddr);
  SAME_FIELD(sev_data_snp_dbg, src_addr, SnpDbgBuffer, src_paddr);
  SAME_FIELD(sev_data_snp_dbg, dst_addr, SnpDbgBuffer, dst_paddr);
}

void launch() {
  SAME_SIZE(sev_data_snp_launch_start, SnpLaunchStartBuffer);
  SAME_FIELD(sev_data_snp_launch_start, gctx_paddr, SnpLaunchStartBuffer, gctx_paddr);
  SAME_FIELD(sev_data_snp_launch_start, policy, SnpLaunchStartBuffer, policy);
  SAME_FIELD(sev_data_snp_launch_start, ma_gctx_paddr, SnpLaunchStartBuffer, ma_gctx_paddr);
  SAME_BITS(sev_data_snp_launch_start, ma_en, SnpLaunchStartBuffer, flags, launch_start_bits::MaEn::mask);
  SAME_BITS(sev_data_snp_launch_start, imi_en, SnpLaunchStartBuffer, flags, launch_start_bits::ImiEn::mask);
  SAME_BITS(sev_data_snp_launch_start, rsvd, SnpLaunchStartBuffer, flags, launch_start_bits::kMustBeZero);
  SAME_FIELD(sev_data_snp_launch_start, desired_tsc_khz, SnpLaunchStartBuffer, desired_tsc_khz);
  SAME_FIELD(sev_data_snp_launch_start, gosvw, SnpLaunchStartBuffer, gosvw);

  SAME_SIZE(sev_data_snp_launch_update, SnpLaunchUpdateBuffer);
  SAME_FIELD(sev_data_snp_launch_update, gctx_paddr, SnpLaunchUpdateBuffer, gctx_paddr);
  SAME_BITS(sev_data_snp_launch_update, page_size, SnpLaunchUpdateBuffer, flags, launch_update_bits::PageSize::mask);
  SAME_BITS(sev_data_snp_launch_update, page_type, SnpLaunchUpdateBuffer, flags, launch_update_bits::PageTypeField::mask);
  SAME_BITS(sev_data_snp_launch_update, imi_page, SnpLaunchUpdateBuffer, flags, launch_update_bits::ImiPage::mask);
  SAME_BITS(sev_data_snp_launch_update, rsvd, SnpLaunchUpdateBuffer, flags, launch_update_bits::kMustBeZero);
  SAME_FIELD(sev_data_snp_launch_update, rsvd2, SnpLaunchUpdateBuffer, reserved_ch);
  SAME_FIELD(sev_data_snp_launch_update, address, SnpLaunchUpdateBuffer, page_paddr);
  SAME_BITS(sev_data_snp_launch_update, rsvd3, SnpLaunchUpdateBuffer, reserved_18h, 0xff);
  SAME_BITS(sev_data_snp_launch_update, vmpl1_perms, SnpLaunchUpdateBuffer, vmpl1_perms, 0xff);
  SAME_BITS(sev_data_snp_launch_update, vmpl2_perms, SnpLaunchUpdateBuffer, vmpl2_perms, 0xff);
  SAME_BITS(sev_data_snp_launch_update, vmpl3_perms, SnpLaunchUpdateBuffer, vmpl3_perms, 0xff);
  SAME_FIELD(sev_data_snp_launch_update, rsvd4, SnpLaunchUpdateBuffer, reserved_1ch);
  SAME_NUMBER(SNP_PAGE_TYPE_NORMAL, PageType::normal);
  SAME_NUMBER(SNP_PAGE_TYPE_VMSA, PageType::vmsa);
  SAME_NUMBER(SNP_PAGE_TYPE_ZERO, PageType::zero);
  SAME_NUMBER(SNP_PAGE_TYPE_UNMEASURED, PageType::unmeasured);
  SAME_NUMBER(SNP_PAGE_TYPE_SECRET, PageType::secrets);
  SAME_NUMBER(SNP_PAGE_TYPE_CPUID, PageType::cpuid);

  SAME_SIZE(sev_data_snp_launch_finish, SnpLaunchFinishBuffer);
  SAME_FIELD(sev_data_snp_launch_finish, gctx_paddr, SnpLaunchFinishBuffer, gctx_paddr);
  SAME_FIELD(sev_data_snp_launch_finish, id_block_paddr, SnpLaunchFinishBuffer, id_block_paddr);
  SAME_FIELD(sev_data_snp_launch_finish, id_auth_paddr, SnpLaunchFinishBuffer, id_auth_paddr);
  SAME_BITS(sev_data_snp_launch_finish, id_block_en, SnpLaunchFinishBuffer, flags, launch_finish_bits::IdBlockEn::mask);
  SAME_BITS(sev_data_snp_launch_finish, auth_key_en, SnpLaunchFinishBuffer, flags, launch_finish_bits::AuthKeyEn::mask);
  SAME_BITS(sev_data_snp_launch_finish, vcek_disabled, SnpLaunchFinishBuffer, flags, launch_finish_bits::VcekDisabled::mask);
  SAME_BITS(sev_data_snp_launch_finish, rsvd, SnpLaunchFinishBuffer, flags, launch_finish_bits::kMustBeZero);
  SAME_FIELD(sev_data_snp_launch_finish, host_data, SnpLaunchFinishBuffer, host_data);
}

}  // namespace

int main() {
  platform();
  answers_and_settings();
  ioctls();
  guests();
  pages();
  launch();
  return compare::finish("SNP command buffers");
}
