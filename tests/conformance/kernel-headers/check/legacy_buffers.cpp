// SPDX-License-Identifier: Apache-2.0
/// The command buffers of the legacy SEV commands, and the numbers of their own.
#include "compare.h"

#include <swtee/abi/sev/commands.h>
#include <swtee/abi/sev/guest.h>

// The kernel's last: they define words that other headers use.
#include <linux/types.h>

#include <linux/psp-sev.h>

using namespace swtee::sev;

namespace {

void initialise() {
  SAME_SIZE(sev_data_init, InitBuffer);
  SAME_FIELD(sev_data_init, flags, InitBuffer, flags);
  SAME_FIELD(sev_data_init, reserved, InitBuffer, reserved_4h);
  SAME_FIELD(sev_data_init, tmr_address, InitBuffer, tmr_paddr);
  SAME_FIELD(sev_data_init, tmr_len, InitBuffer, tmr_length);
  SAME_SIZE(sev_data_init_ex, InitExBuffer);
  SAME_FIELD(sev_data_init_ex, length, InitExBuffer, length);
  SAME_FIELD(sev_data_init_ex, flags, InitExBuffer, flags);
  SAME_FIELD(sev_data_init_ex, tmr_address, InitExBuffer, tmr_paddr);
  SAME_FIELD(sev_data_init_ex, tmr_len, InitExBuffer, tmr_length);
  SAME_FIELD(sev_data_init_ex, reserved, InitExBuffer, reserved_14h);
  SAME_FIELD(sev_data_init_ex, nv_address, InitExBuffer, nv_paddr);
  SAME_FIELD(sev_data_init_ex, nv_len, InitExBuffer, nv_length);
  SAME_NUMBER(SEV_INIT_FLAGS_SEV_ES, init_bits::Es::mask);
}

void platform_status() {
  SAME_SIZE(sev_user_data_status, PlatformStatusBuffer);
  SAME_FIELD(sev_user_data_status, api_major, PlatformStatusBuffer, api_major);
  SAME_FIELD(sev_user_data_status, api_minor, PlatformStatusBuffer, api_minor);
  SAME_FIELD(sev_user_data_status, state, PlatformStatusBuffer, state);
  SAME_FIELD(sev_user_data_status, build, PlatformStatusBuffer, build_id);
  SAME_FIELD(sev_user_data_status, guest_count, PlatformStatusBuffer, guest_count);
  // One word of theirs is three members of ours; they name one bit of it.
  SAME_NUMBER(offsetof(sev_user_data_status, flags), offsetof(PlatformStatusBuffer, owner));
  SAME_NUMBER(offsetof(sev_user_data_status, build), offsetof(PlatformStatusBuffer, reserved_6h) + 1);
  sev_user_data_status theirs;
  PlatformStatusBuffer ours{};
  std::memset(&theirs, 0, sizeof(theirs));
  theirs.flags = SEV_STATUS_FLAGS_CONFIG_ES;
  ours.config = 1;
  compare::same_bytes(theirs, ours, "SEV_STATUS_FLAGS_CONFIG_ES", "PlatformStatusBuffer.config");
}

void certificates() {
  SAME_SIZE(sev_data_pek_csr, PekCsrBuffer);
  SAME_FIELD(sev_data_pek_csr, address, PekCsrBuffer, csr_paddr);
  SAME_FIELD(sev_data_pek_csr, len, PekCsrBuffer, csr_length);
  SAME_SIZE(sev_data_pek_cert_import, PekCertImportBuffer);
  SAME_FIELD(sev_data_pek_cert_import, pek_cert_address, PekCertImportBuffer, pek_cert_paddr);
  SAME_FIELD(sev_data_pek_cert_import, pek_cert_len, PekCertImportBuffer, pek_cert_length);
  SAME_FIELD(sev_data_pek_cert_import, reserved, PekCertImportBuffer, reserved_ch);
  SAME_FIELD(sev_data_pek_cert_import, oca_cert_address, PekCertImportBuffer, oca_cert_paddr);
  SAME_FIELD(sev_data_pek_cert_import, oca_cert_len, PekCertImportBuffer, oca_cert_length);
  SAME_SIZE(sev_data_pdh_cert_export, PdhCertExportBuffer);
  SAME_FIELD(sev_data_pdh_cert_export, pdh_cert_address, PdhCertExportBuffer, pdh_cert_paddr);
  SAME_FIELD(sev_data_pdh_cert_export, pdh_cert_len, PdhCertExportBuffer, pdh_cert_length);
  SAME_FIELD(sev_data_pdh_cert_export, reserved, PdhCertExportBuffer, reserved_ch);
  SAME_FIELD(sev_data_pdh_cert_export, cert_chain_address, PdhCertExportBuffer, certs_paddr);
  SAME_FIELD(sev_data_pdh_cert_export, cert_chain_len, PdhCertExportBuffer, certs_length);
  SAME_SIZE(sev_data_get_id, GetIdBuffer);
  SAME_FIELD(sev_data_get_id, address, GetIdBuffer, id_paddr);
  SAME_FIELD(sev_data_get_id, len, GetIdBuffer, id_length);
  SAME_NUMBER(sizeof(sev_user_data_get_id::socket1), kSocketIdSize);
}

void guest_life() {
  SAME_SIZE(sev_data_decommission, HandleBuffer);
  SAME_FIELD(sev_data_decommission, handle, HandleBuffer, handle);
  SAME_SIZE(sev_data_deactivate, HandleBuffer);
  SAME_FIELD(sev_data_deactivate, handle, HandleBuffer, handle);
  SAME_SIZE(sev_data_launch_finish, HandleBuffer);
  SAME_FIELD(sev_data_launch_finish, handle, HandleBuffer, handle);
  SAME_SIZE(sev_data_activate, ActivateBuffer);
  SAME_FIELD(sev_data_activate, handle, ActivateBuffer, handle);
  SAME_FIELD(sev_data_activate, asid, ActivateBuffer, asid);
  SAME_SIZE(sev_data_guest_status, GuestStatusBuffer);
  SAME_FIELD(sev_data_guest_status, handle, GuestStatusBuffer, handle);
  SAME_FIELD(sev_data_guest_status, policy, GuestStatusBuffer, policy);
  SAME_FIELD(sev_data_guest_status, asid, GuestStatusBuffer, asid);
  SAME_FIELD(sev_data_guest_status, state, GuestStatusBuffer, state);
  SAME_NUMBER(SEV_POLICY_MASK_NODBG, policy::NoDebug::mask);
  SAME_NUMBER(SEV_POLICY_MASK_NOKS, policy::NoKeySharing::mask);
  SAME_NUMBER(SEV_POLICY_MASK_ES, policy::Es::mask);
  SAME_NUMBER(SEV_POLICY_MASK_NOSEND, policy::NoSend::mask);
  SAME_NUMBER(SEV_POLICY_MASK_DOMAIN, policy::Domain::mask);
  SAME_NUMBER(SEV_POLICY_MASK_SEV, policy::Sev::mask);
  SAME_NUMBER(SEV_POLICY_MASK_API_MAJOR, policy::ApiMajor::mask);
  SAME_NUMBER(SEV_POLICY_MASK_API_MINOR, policy::ApiMinor::mask);
}

void guest_launch() {
  SAME_SIZE(sev_data_launch_start, LaunchStartBuffer);
  SAME_FIELD(sev_data_launch_start, handle, LaunchStartBuffer, handle);
  SAME_FIELD(sev_data_launch_start, policy, LaunchStartBuffer, policy);
  SAME_FIELD(sev_data_launch_start, dh_cert_address, LaunchStartBuffer, dh_cert_paddr);
  SAME_FIELD(sev_data_launch_start, dh_cert_len, LaunchStartBuffer, dh_cert_length);
  SAME_FIELD(sev_data_launch_start, reserved, LaunchStartBuffer, reserved_14h);
  SAME_FIELD(sev_data_launch_start, session_address, LaunchStartBuffer, session_paddr);
  SAME_FIELD(sev_data_launch_start, session_len, LaunchStartBuffer, session_length);
  SAME_SIZE(sev_data_launch_update_data, LaunchUpdateBuffer);
  SAME_FIELD(sev_data_launch_update_data, handle, LaunchUpdateBuffer, handle);
  SAME_FIELD(sev_data_launch_update_data, reserved, LaunchUpdateBuffer, reserved_4h);
  SAME_FIELD(sev_data_launch_update_data, address, LaunchUpdateBuffer, paddr);
  SAME_FIELD(sev_data_launch_update_data, len, LaunchUpdateBuffer, length);
  SAME_SIZE(sev_data_launch_update_vmsa, LaunchUpdateBuffer);
  SAME_FIELD(sev_data_launch_update_vmsa, handle, LaunchUpdateBuffer, handle);
  SAME_FIELD(sev_data_launch_update_vmsa, reserved, LaunchUpdateBuffer, reserved_4h);
  SAME_FIELD(sev_data_launch_update_vmsa, address, LaunchUpdateBuffer, paddr);
  SAME_FIELD(sev_data_launch_update_vmsa, len, LaunchUpdateBuffer, length);
  SAME_SIZE(sev_data_launch_measure, LaunchMeasureBuffer);
  SAME_FIELD(sev_data_launch_measure, handle, LaunchMeasureBuffer, handle);
  SAME_FIELD(sev_data_launch_measure, reserved, LaunchMeasureBuffer, reserved_4h);
  SAME_FIELD(sev_data_launch_measure, address, LaunchMeasureBuffer, measure_paddr);
  SAME_FIELD(sev_data_launch_measure, len, LaunchMeasureBuffer, measure_length);
  SAME_SIZE(sev_data_launch_secret, LaunchSecretBuffer);
  SAME_FIELD(sev_data_launch_secret, handle, LaunchSecretBuffer, handle);
  SAME_FIELD(sev_data_launch_secret, reserved1, LaunchSecretBuffer, reserved_4h);
  SAME_FIELD(sev_data_launch_secret, hdr_address, LaunchSecretBuffer, header_paddr);
  SAME_FIELD(sev_data_launch_secret, hdr_len, LaunchSecretBuffer, header_length);
  SAME_FIELD(sev_data_launch_secret, reserved2, LaunchSecretBuffer, reserved_14h);
  SAME_FIELD(sev_data_launch_secret, guest_address, LaunchSecretBuffer, guest_paddr);
  SAME_FIELD(sev_data_launch_secret, guest_len, LaunchSecretBuffer, guest_length);
  SAME_FIELD(sev_data_launch_secret, reserved3, LaunchSecretBuffer, reserved_24h);
  SAME_FIELD(sev_data_launch_secret, trans_address, LaunchSecretBuffer, transport_paddr);
  SAME_FIELD(sev_data_launch_secret, trans_len, LaunchSecretBuffer, transport_length);
}

void guest_observation() {
  SAME_SIZE(sev_data_attestation_report, AttestationReportBuffer);
  SAME_FIELD(sev_data_attestation_report, handle, AttestationReportBuffer, handle);
  SAME_FIELD(sev_data_attestation_report, reserved, AttestationReportBuffer, reserved_4h);
  SAME_FIELD(sev_data_attestation_report, address, AttestationReportBuffer, report_paddr);
  SAME_FIELD(sev_data_attestation_report, mnonce, AttestationReportBuffer, nonce);
  SAME_FIELD(sev_data_attestation_report, len, AttestationReportBuffer, report_length);
  SAME_SIZE(sev_data_dbg, DebugBuffer);
  SAME_FIELD(sev_data_dbg, handle, DebugBuffer, handle);
  SAME_FIELD(sev_data_dbg, reserved, DebugBuffer, reserved_4h);
  SAME_FIELD(sev_data_dbg, src_addr, DebugBuffer, source_paddr);
  SAME_FIELD(sev_data_dbg, dst_addr, DebugBuffer, destination_paddr);
  SAME_FIELD(sev_data_dbg, len, DebugBuffer, length);
}

}  // namespace

int main() {
  initialise();
  platform_status();
  certificates();
  guest_life();
  guest_launch();
  guest_observation();
  return compare::finish("legacy command buffers");
}
