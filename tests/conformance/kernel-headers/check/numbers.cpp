// SPDX-License-Identifier: Apache-2.0
/// Status codes, bits of policies and features, TCB layouts. Command ids are compared by run.sh.
#include "compare.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/policy.h>
#include <swtee/abi/snp/status.h>
#include <swtee/abi/snp/tcb.h>

// The kernel's last: they define words that other headers use.
#include <linux/types.h>

#include <linux/psp-sev.h>

using namespace swtee::snp;

namespace {

void statuses() {
  SAME_NUMBER(SEV_RET_SUCCESS, Status::success);
  SAME_NUMBER(SEV_RET_INVALID_PLATFORM_STATE, Status::invalid_platform_state);
  SAME_NUMBER(SEV_RET_INVALID_GUEST_STATE, Status::invalid_guest_state);
  SAME_NUMBER(SEV_RET_INVALID_CONFIG, Status::invalid_config);
  SAME_NUMBER(SEV_RET_INVALID_LEN, Status::invalid_len);
  SAME_NUMBER(SEV_RET_ALREADY_OWNED, Status::already_owned);
  SAME_NUMBER(SEV_RET_INVALID_CERTIFICATE, Status::invalid_certificate);
  SAME_NUMBER(SEV_RET_POLICY_FAILURE, Status::policy_failure);
  SAME_NUMBER(SEV_RET_INACTIVE, Status::inactive);
  SAME_NUMBER(SEV_RET_INVALID_ADDRESS, Status::invalid_address);
  SAME_NUMBER(SEV_RET_BAD_SIGNATURE, Status::bad_signature);
  SAME_NUMBER(SEV_RET_BAD_MEASUREMENT, Status::bad_measurement);
  SAME_NUMBER(SEV_RET_ASID_OWNED, Status::asid_owned);
  SAME_NUMBER(SEV_RET_INVALID_ASID, Status::invalid_asid);
  SAME_NUMBER(SEV_RET_WBINVD_REQUIRED, Status::wbinvd_required);
  SAME_NUMBER(SEV_RET_DFFLUSH_REQUIRED, Status::dfflush_required);
  SAME_NUMBER(SEV_RET_INVALID_GUEST, Status::invalid_guest);
  SAME_NUMBER(SEV_RET_INVALID_COMMAND, Status::invalid_command);
  SAME_NUMBER(SEV_RET_ACTIVE, Status::active);
  SAME_NUMBER(SEV_RET_HWSEV_RET_PLATFORM, Status::hwerror_platform);
  SAME_NUMBER(SEV_RET_HWSEV_RET_UNSAFE, Status::hwerror_unsafe);
  SAME_NUMBER(SEV_RET_UNSUPPORTED, Status::unsupported);
  SAME_NUMBER(SEV_RET_INVALID_PARAM, Status::invalid_param);
  SAME_NUMBER(SEV_RET_RESOURCE_LIMIT, Status::resource_limit);
  SAME_NUMBER(SEV_RET_SECURE_DATA_INVALID, Status::secure_data_invalid);
  SAME_NUMBER(SEV_RET_INVALID_PAGE_SIZE, Status::invalid_page_size);
  SAME_NUMBER(SEV_RET_INVALID_PAGE_STATE, Status::invalid_page_state);
  SAME_NUMBER(SEV_RET_INVALID_MDATA_ENTRY, Status::invalid_mdata_entry);
  SAME_NUMBER(SEV_RET_INVALID_PAGE_OWNER, Status::invalid_page_owner);
  SAME_NUMBER(SEV_RET_AEAD_OFLOW, Status::aead_oflow);
  SAME_NUMBER(SEV_RET_EXIT_RING_BUFFER, Status::exit_ring_buffer);
  SAME_NUMBER(SEV_RET_RMP_INIT_REQUIRED, Status::rmp_init_required);
  SAME_NUMBER(SEV_RET_BAD_SVN, Status::bad_svn);
  SAME_NUMBER(SEV_RET_BAD_VERSION, Status::bad_version);
  SAME_NUMBER(SEV_RET_SHUTDOWN_REQUIRED, Status::shutdown_required);
  SAME_NUMBER(SEV_RET_UPDATE_FAILED, Status::update_failed);
  SAME_NUMBER(SEV_RET_RESTORE_REQUIRED, Status::restore_required);
  SAME_NUMBER(SEV_RET_RMP_INITIALIZATION_FAILED, Status::rmp_initialization_failed);
  SAME_NUMBER(SEV_RET_INVALID_KEY, Status::invalid_key);
}

void guest_policy() {
  SAME_NUMBER(SNP_POLICY_MASK_API_MINOR, policy::AbiMinor::mask);
  SAME_NUMBER(SNP_POLICY_MASK_API_MAJOR, policy::AbiMajor::mask);
  SAME_NUMBER(SNP_POLICY_MASK_SMT, policy::Smt::mask);
  SAME_NUMBER(SNP_POLICY_MASK_RSVD_MBO, policy::ReservedMustBeOne::mask);
  SAME_NUMBER(SNP_POLICY_MASK_MIGRATE_MA, policy::MigrateMa::mask);
  SAME_NUMBER(SNP_POLICY_MASK_DEBUG, policy::Debug::mask);
  SAME_NUMBER(SNP_POLICY_MASK_SINGLE_SOCKET, policy::SingleSocket::mask);
  SAME_NUMBER(SNP_POLICY_MASK_CXL_ALLOW, policy::CxlAllow::mask);
  SAME_NUMBER(SNP_POLICY_MASK_MEM_AES_256_XTS, policy::MemAes256Xts::mask);
  SAME_NUMBER(SNP_POLICY_MASK_RAPL_DIS, policy::RaplDis::mask);
  SAME_NUMBER(SNP_POLICY_MASK_CIPHERTEXT_HIDING_DRAM, policy::CiphertextHidingDram::mask);
  SAME_NUMBER(SNP_POLICY_MASK_PAGE_SWAP_DISABLE, policy::PageSwapDisable::mask);
}

void features() {
  SAME_NUMBER(SNP_X86_SHUTDOWN_SUPPORTED, feature_info_bits::X86Shutdown::mask);
  SAME_NUMBER(SNP_RAPL_DISABLE_SUPPORTED, feature_info_bits::RaplDis::mask);
  SAME_NUMBER(SNP_CIPHER_TEXT_HIDING_SUPPORTED, feature_info_bits::CiphertextHiding::mask);
  SAME_NUMBER(SNP_AES_256_XTS_POLICY_SUPPORTED, feature_info_bits::Aes256Xts::mask);
  SAME_NUMBER(SNP_CXL_ALLOW_POLICY_SUPPORTED, feature_info_bits::CxlPolicy::mask);
  SAME_NUMBER(SNP_VERIFY_MITIGATION_SUPPORTED, feature_info_bits::VerifyMitigation::mask);
}

template <class Theirs, class Set>
std::uint64_t their_tcb(Set set) {
  Theirs tcb;
  std::memset(&tcb, 0, sizeof(tcb));
  set(tcb);
  static_assert(sizeof(tcb) == sizeof(std::uint64_t));
  std::uint64_t value = 0;
  std::memcpy(&value, &tcb, sizeof(value));
  return value;
}

#define SAME_COMPONENT(Theirs, component, layout)                                          \
  compare::same_number(their_tcb<Theirs>([](auto& tcb) { tcb.component = 0xff; }), encode({.component = 0xff}, layout), \
                       #Theirs "." #component, "Tcb." #component)

void tcb_versions() {
  SAME_COMPONENT(sev_snp_tcb_version_genoa_milan, boot_loader, TcbLayout::milan_genoa);
  SAME_COMPONENT(sev_snp_tcb_version_genoa_milan, tee, TcbLayout::milan_genoa);
  SAME_COMPONENT(sev_snp_tcb_version_genoa_milan, snp, TcbLayout::milan_genoa);
  SAME_COMPONENT(sev_snp_tcb_version_genoa_milan, microcode, TcbLayout::milan_genoa);
  SAME_COMPONENT(sev_snp_tcb_version_turin, fmc, TcbLayout::turin);
  SAME_COMPONENT(sev_snp_tcb_version_turin, boot_loader, TcbLayout::turin);
  SAME_COMPONENT(sev_snp_tcb_version_turin, tee, TcbLayout::turin);
  SAME_COMPONENT(sev_snp_tcb_version_turin, snp, TcbLayout::turin);
  SAME_COMPONENT(sev_snp_tcb_version_turin, microcode, TcbLayout::turin);
  const auto reserved = [](auto& tcb) { std::memset(tcb.reserved, 0xff, sizeof(tcb.reserved)); };
  SAME_NUMBER(their_tcb<sev_snp_tcb_version_genoa_milan>(reserved), reserved_bits(TcbLayout::milan_genoa));
  SAME_NUMBER(their_tcb<sev_snp_tcb_version_turin>(reserved), reserved_bits(TcbLayout::turin));
}

}  // namespace

int main() {
  statuses();
  guest_policy();
  features();
  tcb_versions();
  return compare::finish("numbers");
}
