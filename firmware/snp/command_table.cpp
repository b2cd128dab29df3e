// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/command_table.h"

#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"

#include <swtee/abi/sev/commands.h>
#include <swtee/abi/sev/guest.h>
#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/firmware_image.h>
#include <swtee/abi/snp/page_commands.h>

#include <algorithm>
#include <array>

namespace swtee::snp {
namespace {

using namespace commands;
using P = PlatformState;
constexpr PlatformStates kAny = PlatformStates::in(P::uninit, P::init);
constexpr PlatformStates kUninit = PlatformStates::in(P::uninit);
constexpr PlatformStates kInit = PlatformStates::in(P::init);
constexpr GuestStates kNoGuest{};

template <class Buffer>
constexpr std::uint32_t size = static_cast<std::uint32_t>(sizeof(Buffer));

constexpr CommandRow unsupported(std::uint32_t id, std::string_view name) {
  return {id, name, kAny, kNoGuest, 0, nullptr};
}

using S = SevPlatformState;
constexpr auto kSevAny = SevPlatformStates::any();
constexpr auto kSevUninit = SevPlatformStates::in(S::uninit);
constexpr auto kSevInit = SevPlatformStates::in(S::init);
constexpr auto kSevReady = SevPlatformStates::in(S::init, S::working);

constexpr auto kSevWorking = SevPlatformStates::in(S::working);

using Handler = Status (*)(World&, std::uint32_t, ByteView);
using Answer = Status (*)(World&, std::uint32_t, MutableBytes);

/// A legacy command: the SNP platform's state does not matter.
constexpr CommandRow legacy(std::uint32_t id, std::string_view name, SevPlatformStates states, std::uint32_t buffer_size, Handler handler) {
  return {id, name, kAny, kNoGuest, buffer_size, handler, states, nullptr};
}
/// The same with answers in its buffer.
constexpr CommandRow answering(std::uint32_t id, std::string_view name, SevPlatformStates states, std::uint32_t buffer_size, Answer answer) {
  return {id, name, kAny, kNoGuest, buffer_size, nullptr, states, answer};
}

// Rows without a handler: docs/abi-status.md.
constexpr std::array kCommands{
    legacy(0x01, "INIT", kSevUninit, size<sev::InitBuffer>, sev_init),
    legacy(0x02, "SHUTDOWN", kSevReady, 0, sev_shutdown),
    legacy(0x03, "FACTORY_RESET", kSevUninit, 0, sev_factory_reset),
    answering(0x04, "PLATFORM_STATUS", kSevAny, size<sev::PlatformStatusBuffer>, sev_platform_status),
    legacy(0x05, "PEK_GEN", kSevInit, 0, sev_pek_gen),
    answering(0x06, "PEK_CSR", kSevInit, size<sev::PekCsrBuffer>, sev_pek_csr),
    legacy(0x07, "PEK_CERT_IMPORT", kSevInit, size<sev::PekCertImportBuffer>, sev_pek_cert_import),
    answering(0x08, "PDH_CERT_EXPORT", kSevReady, size<sev::PdhCertExportBuffer>, sev_pdh_cert_export),
    legacy(0x09, "PDH_GEN", kSevReady, 0, sev_pdh_gen),
    legacy(0x0a, "DF_FLUSH", kSevReady, 0, snp_df_flush),
    unsupported(0x0b, "DOWNLOAD_FIRMWARE"),
    answering(0x0c, "GET_ID", kSevAny, size<sev::GetIdBuffer>, sev_get_id),
    legacy(0x0d, "INIT_EX", kSevUninit, size<sev::InitExBuffer>, sev_init_ex),
    legacy(0x0e, "NOP", kSevAny, 0, sev_nop),
    unsupported(0x0f, "RING_BUFFER"),
    legacy(0x20, "DECOMMISSION", kSevWorking, size<sev::HandleBuffer>, sev_decommission),
    legacy(0x21, "ACTIVATE", kSevWorking, size<sev::ActivateBuffer>, sev_activate),
    legacy(0x22, "DEACTIVATE", kSevWorking, size<sev::HandleBuffer>, sev_deactivate),
    answering(0x23, "GUEST_STATUS", kSevWorking, size<sev::GuestStatusBuffer>, sev_guest_status),
    unsupported(0x24, "COPY"),
    legacy(0x25, "ACTIVATE_EX", kSevWorking, size<sev::ActivateExBuffer>, sev_activate_ex),
    answering(0x30, "LAUNCH_START", kSevReady, size<sev::LaunchStartBuffer>, sev_launch_start),
    legacy(0x31, "LAUNCH_UPDATE_DATA", kSevWorking, size<sev::LaunchUpdateBuffer>, sev_launch_update_data),
    legacy(0x32, "LAUNCH_UPDATE_VMSA", kSevWorking, size<sev::LaunchUpdateBuffer>, sev_launch_update_vmsa),
    answering(0x33, "LAUNCH_MEASURE", kSevWorking, size<sev::LaunchMeasureBuffer>, sev_launch_measure),
    legacy(0x34, "LAUNCH_SECRET", kSevWorking, size<sev::LaunchSecretBuffer>, sev_launch_secret),
    legacy(0x35, "LAUNCH_FINISH", kSevWorking, size<sev::HandleBuffer>, sev_launch_finish),
    answering(0x36, "ATTESTATION_REPORT", kSevWorking, size<sev::AttestationReportBuffer>, sev_attestation_report),
    unsupported(0x40, "SEND_START"),
    unsupported(0x41, "SEND_UPDATE_DATA"),
    unsupported(0x42, "SEND_UPDATE_VMSA"),
    unsupported(0x43, "SEND_FINISH"),
    unsupported(0x44, "SEND_CANCEL"),
    unsupported(0x50, "RECEIVE_START"),
    unsupported(0x51, "RECEIVE_UPDATE_DATA"),
    unsupported(0x52, "RECEIVE_UPDATE_VMSA"),
    unsupported(0x53, "RECEIVE_FINISH"),
    legacy(0x60, "DBG_DECRYPT", kSevWorking, size<sev::DebugBuffer>, sev_dbg_decrypt),
    legacy(0x61, "DBG_ENCRYPT", kSevWorking, size<sev::DebugBuffer>, sev_dbg_encrypt),
    unsupported(0x70, "SWAP_OUT"),
    unsupported(0x71, "SWAP_IN"),
    CommandRow{0x81, "SNP_INIT", kUninit, kNoGuest, 0, snp_init},
    CommandRow{0x82, "SNP_SHUTDOWN", kInit, kNoGuest, 0, snp_shutdown},
    CommandRow{0x83, "SNP_PLATFORM_STATUS", kAny, kNoGuest, size<SnpPlatformStatusBuffer>, snp_platform_status},
    CommandRow{0x84, "SNP_DF_FLUSH", kInit, kNoGuest, 0, snp_df_flush},
    CommandRow{0x85, "SNP_INIT_EX", kUninit, kNoGuest, size<SnpInitExBuffer>, snp_init_ex},
    CommandRow{0x86, "SNP_SHUTDOWN_EX", kInit, kNoGuest, size<SnpShutdownExBuffer>, snp_shutdown_ex},
    CommandRow{0x90, "SNP_DECOMMISSION", kInit, kAnyGuestState, size<GctxBuffer>, snp_decommission},
    CommandRow{0x91, "SNP_ACTIVATE", kInit, kActivateStates, size<SnpActivateBuffer>, snp_activate},
    CommandRow{0x92, "SNP_GUEST_STATUS", kInit, kAnyGuestState, size<SnpGuestStatusBuffer>, snp_guest_status},
    CommandRow{0x93, "SNP_GCTX_CREATE", kInit, kNoGuest, size<GctxBuffer>, snp_gctx_create},
    CommandRow{0x94, "SNP_GUEST_REQUEST", kInit, kRunningState, size<SnpGuestRequestBuffer>, snp_guest_request},
    CommandRow{0x95, "SNP_ACTIVATE_EX", kInit, kActivateStates, size<SnpActivateExBuffer>, snp_activate_ex},
    CommandRow{0x96, "SNP_HV_REPORT_REQ", kInit, kRunningState, size<SnpHvReportReqBuffer>, snp_hv_report_req},
    CommandRow{0xa0, "SNP_LAUNCH_START", kInit, kInitState, size<SnpLaunchStartBuffer>, snp_launch_start},
    CommandRow{0xa1, "SNP_LAUNCH_UPDATE", kInit, kLaunchState, size<SnpLaunchUpdateBuffer>, snp_launch_update},
    CommandRow{0xa2, "SNP_LAUNCH_FINISH", kInit, kLaunchState, size<SnpLaunchFinishBuffer>, snp_launch_finish},
    CommandRow{0xb0, "SNP_DBG_DECRYPT", kInit, kPageStates, size<SnpDbgBuffer>, snp_dbg_decrypt},
    CommandRow{0xb1, "SNP_DBG_ENCRYPT", kInit, kPageStates, size<SnpDbgBuffer>, snp_dbg_encrypt},
    unsupported(0xb2, "SNP_VERIFY_MITIGATION"),
    CommandRow{0xc0, "SNP_PAGE_SWAP_OUT", kInit, kPageStates, size<SnpPageSwapOutBuffer>, snp_page_swap_out},
    CommandRow{0xc1, "SNP_PAGE_SWAP_IN", kInit, kPageStates, size<SnpPageSwapInBuffer>, snp_page_swap_in},
    CommandRow{0xc2, "SNP_PAGE_MOVE", kInit, kPageStates, size<SnpPageMoveBuffer>, snp_page_move},
    CommandRow{0xc3, "SNP_PAGE_MD_INIT", kInit, kPageStates, size<SnpPageMdInitBuffer>, snp_page_md_init},
    unsupported(0xc6, "SNP_PAGE_SET_STATE"),
    CommandRow{0xc7, "SNP_PAGE_RECLAIM", kInit, kNoGuest, size<SnpPageReclaimBuffer>, snp_page_reclaim},
    CommandRow{0xc8, "SNP_PAGE_UNSMASH", kInit, kNoGuest, size<SnpPageUnsmashBuffer>, snp_page_unsmash},
    CommandRow{0xc9, "SNP_CONFIG", kInit, kNoGuest, size<SnpConfigBuffer>, snp_config},
    CommandRow{0xca, "SNP_DOWNLOAD_FIRMWARE_EX", kInit, kNoGuest, size<SnpDownloadFirmwareExBuffer>, snp_download_firmware_ex},
    CommandRow{0xcb, "SNP_COMMIT", kAny, kNoGuest, size<SnpCommitBuffer>, snp_commit},
    CommandRow{0xcd, "SNP_VLEK_LOAD", kInit, kNoGuest, size<SnpVlekLoadBuffer>, snp_vlek_load},
    CommandRow{0xce, "SNP_FEATURE_INFO", kAny, kNoGuest, size<SnpFeatureInfoBuffer>, snp_feature_info},
    unsupported(0xd0, "TIO_STATUS"),
    unsupported(0xd1, "TIO_INIT"),
    unsupported(0xd2, "TIO_DEV_CREATE"),
    unsupported(0xd3, "TIO_DEV_RECLAIM"),
    unsupported(0xd4, "TIO_DEV_CONNECT"),
    unsupported(0xd5, "TIO_DEV_DISCONNECT"),
};

constexpr bool sorted_and_unique() {
  for (std::size_t i = 1; i < kCommands.size(); ++i)
    if (kCommands[i - 1].id >= kCommands[i].id) return false;
  return true;
}
static_assert(sorted_and_unique());

}  // namespace

std::span<const CommandRow> command_table() { return kCommands; }

const CommandRow* find_command(std::uint32_t id) {
  const auto row = std::lower_bound(kCommands.begin(), kCommands.end(), id,
                                    [](const CommandRow& r, std::uint32_t wanted) { return r.id < wanted; });
  return row != kCommands.end() && row->id == id ? &*row : nullptr;
}

}  // namespace swtee::snp
