// SPDX-License-Identifier: Apache-2.0
/// The command handlers, one file each; contracts stand in the files.
///
/// A handler gets the firmware's private copy of the command buffer, of the size that the command table names. The
/// dispatcher has checked the platform state.
#pragma once

#include "firmware/snp/world.h"

#include <swtee/abi/snp/status.h>

namespace swtee::snp::commands {

// Platform.
Status snp_init(World& world, std::uint32_t id, ByteView buffer);
Status snp_init_ex(World& world, std::uint32_t id, ByteView buffer);
Status snp_shutdown(World& world, std::uint32_t id, ByteView buffer);
Status snp_shutdown_ex(World& world, std::uint32_t id, ByteView buffer);
Status snp_platform_status(World& world, std::uint32_t id, ByteView buffer);
Status snp_feature_info(World& world, std::uint32_t id, ByteView buffer);
Status snp_config(World& world, std::uint32_t id, ByteView buffer);
Status snp_commit(World& world, std::uint32_t id, ByteView buffer);
Status snp_vlek_load(World& world, std::uint32_t id, ByteView buffer);
Status snp_df_flush(World& world, std::uint32_t id, ByteView buffer);
Status snp_download_firmware_ex(World& world, std::uint32_t id, ByteView buffer);

// Guest life cycle.
Status snp_gctx_create(World& world, std::uint32_t id, ByteView buffer);
Status snp_activate(World& world, std::uint32_t id, ByteView buffer);
Status snp_activate_ex(World& world, std::uint32_t id, ByteView buffer);
Status snp_launch_start(World& world, std::uint32_t id, ByteView buffer);
Status snp_launch_update(World& world, std::uint32_t id, ByteView buffer);
Status snp_launch_finish(World& world, std::uint32_t id, ByteView buffer);
Status snp_guest_status(World& world, std::uint32_t id, ByteView buffer);
Status snp_decommission(World& world, std::uint32_t id, ByteView buffer);
Status snp_page_reclaim(World& world, std::uint32_t id, ByteView buffer);

// Pages of a guest.
Status snp_page_md_init(World& world, std::uint32_t id, ByteView buffer);
Status snp_page_swap_out(World& world, std::uint32_t id, ByteView buffer);
Status snp_page_swap_in(World& world, std::uint32_t id, ByteView buffer);
Status snp_page_move(World& world, std::uint32_t id, ByteView buffer);
Status snp_page_unsmash(World& world, std::uint32_t id, ByteView buffer);
Status snp_dbg_decrypt(World& world, std::uint32_t id, ByteView buffer);
Status snp_dbg_encrypt(World& world, std::uint32_t id, ByteView buffer);

// Evidence.
Status snp_guest_request(World& world, std::uint32_t id, ByteView buffer);
Status snp_hv_report_req(World& world, std::uint32_t id, ByteView buffer);

// Legacy SEV: platform. Handlers with MutableBytes answer in their buffer.
Status sev_init(World& world, std::uint32_t id, ByteView buffer);
Status sev_init_ex(World& world, std::uint32_t id, ByteView buffer);
Status sev_shutdown(World& world, std::uint32_t id, ByteView buffer);
Status sev_factory_reset(World& world, std::uint32_t id, ByteView buffer);
Status sev_platform_status(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_pek_gen(World& world, std::uint32_t id, ByteView buffer);
Status sev_pek_csr(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_pek_cert_import(World& world, std::uint32_t id, ByteView buffer);
Status sev_pdh_gen(World& world, std::uint32_t id, ByteView buffer);
Status sev_pdh_cert_export(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_get_id(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_nop(World& world, std::uint32_t id, ByteView buffer);

// Legacy SEV: guests.
Status sev_launch_start(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_launch_update_data(World& world, std::uint32_t id, ByteView buffer);
Status sev_launch_update_vmsa(World& world, std::uint32_t id, ByteView buffer);
Status sev_launch_measure(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_launch_secret(World& world, std::uint32_t id, ByteView buffer);
Status sev_launch_finish(World& world, std::uint32_t id, ByteView buffer);
Status sev_activate(World& world, std::uint32_t id, ByteView buffer);
Status sev_activate_ex(World& world, std::uint32_t id, ByteView buffer);
Status sev_deactivate(World& world, std::uint32_t id, ByteView buffer);
Status sev_decommission(World& world, std::uint32_t id, ByteView buffer);
Status sev_guest_status(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_attestation_report(World& world, std::uint32_t id, MutableBytes buffer);
Status sev_dbg_decrypt(World& world, std::uint32_t id, ByteView buffer);
Status sev_dbg_encrypt(World& world, std::uint32_t id, ByteView buffer);

}  // namespace swtee::snp::commands
