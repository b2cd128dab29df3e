// SPDX-License-Identifier: Apache-2.0
// Our ioctl structures and status codes beside those of the headers that Linux installs on this machine.
#include <swtee/abi/snp/sev_guest_ioctl.h>
#include <swtee/abi/snp/status.h>

#include <gtest/gtest.h>
#include <linux/ioctl.h>
#include <linux/psp-sev.h>
#include <linux/sev-guest.h>

#include <cstddef>

namespace swtee::snp {
namespace {

template <class Ours, class Theirs>
void expect_same_size() {
  EXPECT_EQ(sizeof(Ours), sizeof(Theirs));
}

TEST(LinuxHeaders, SevGuestStructuresHaveTheirSizes) {
  expect_same_size<GuestRequestIoctl, ::snp_guest_request_ioctl>();
  expect_same_size<SnpReportReq, ::snp_report_req>();
  expect_same_size<SnpReportResp, ::snp_report_resp>();
  expect_same_size<SnpExtReportReq, ::snp_ext_report_req>();
  expect_same_size<SnpDerivedKeyReq, ::snp_derived_key_req>();
  expect_same_size<SnpDerivedKeyResp, ::snp_derived_key_resp>();
}

TEST(LinuxHeaders, SevGuestFieldsLieWhereTheyDo) {
  EXPECT_EQ(offsetof(GuestRequestIoctl, msg_version), offsetof(::snp_guest_request_ioctl, msg_version));
  EXPECT_EQ(offsetof(GuestRequestIoctl, req_data), offsetof(::snp_guest_request_ioctl, req_data));
  EXPECT_EQ(offsetof(GuestRequestIoctl, resp_data), offsetof(::snp_guest_request_ioctl, resp_data));
  // The field after resp_data has had several names.
  EXPECT_EQ(offsetof(GuestRequestIoctl, exitinfo2), offsetof(::snp_guest_request_ioctl, resp_data) + sizeof(__u64));
  EXPECT_EQ(offsetof(SnpReportReq, vmpl), offsetof(::snp_report_req, vmpl));
  EXPECT_EQ(offsetof(SnpExtReportReq, certs_address), offsetof(::snp_ext_report_req, certs_address));
  EXPECT_EQ(offsetof(SnpExtReportReq, certs_len), offsetof(::snp_ext_report_req, certs_len));
  EXPECT_EQ(offsetof(SnpDerivedKeyReq, guest_field_select), offsetof(::snp_derived_key_req, guest_field_select));
  EXPECT_EQ(offsetof(SnpDerivedKeyReq, vmpl), offsetof(::snp_derived_key_req, vmpl));
  EXPECT_EQ(offsetof(SnpDerivedKeyReq, guest_svn), offsetof(::snp_derived_key_req, guest_svn));
  EXPECT_EQ(offsetof(SnpDerivedKeyReq, tcb_version), offsetof(::snp_derived_key_req, tcb_version));
}

TEST(LinuxHeaders, SevGuestIoctlsHaveTheirNumbers) {
  EXPECT_EQ(kIoctlGetReport, SNP_GET_REPORT);
  EXPECT_EQ(kIoctlGetDerivedKey, SNP_GET_DERIVED_KEY);
  EXPECT_EQ(kIoctlGetExtReport, SNP_GET_EXT_REPORT);
}

// Those that every version of the header has; the later ones are named only in newer headers.
TEST(LinuxHeaders, StatusCodesHaveTheirNumbers) {
  const auto same = [](Status ours, int theirs) { EXPECT_EQ(static_cast<int>(ours), theirs) << name_of(ours); };
  same(Status::success, SEV_RET_SUCCESS);
  same(Status::invalid_platform_state, SEV_RET_INVALID_PLATFORM_STATE);
  same(Status::invalid_guest_state, SEV_RET_INVALID_GUEST_STATE);
  same(Status::invalid_len, SEV_RET_INVALID_LEN);
  same(Status::already_owned, SEV_RET_ALREADY_OWNED);
  same(Status::invalid_certificate, SEV_RET_INVALID_CERTIFICATE);
  same(Status::policy_failure, SEV_RET_POLICY_FAILURE);
  same(Status::inactive, SEV_RET_INACTIVE);
  same(Status::invalid_address, SEV_RET_INVALID_ADDRESS);
  same(Status::bad_signature, SEV_RET_BAD_SIGNATURE);
  same(Status::bad_measurement, SEV_RET_BAD_MEASUREMENT);
  same(Status::asid_owned, SEV_RET_ASID_OWNED);
  same(Status::invalid_asid, SEV_RET_INVALID_ASID);
  same(Status::wbinvd_required, SEV_RET_WBINVD_REQUIRED);
  same(Status::dfflush_required, SEV_RET_DFFLUSH_REQUIRED);
  same(Status::invalid_guest, SEV_RET_INVALID_GUEST);
  same(Status::invalid_command, SEV_RET_INVALID_COMMAND);
  same(Status::active, SEV_RET_ACTIVE);
  same(Status::hwerror_platform, SEV_RET_HWSEV_RET_PLATFORM);
  same(Status::hwerror_unsafe, SEV_RET_HWSEV_RET_UNSAFE);
  same(Status::unsupported, SEV_RET_UNSUPPORTED);
  same(Status::invalid_param, SEV_RET_INVALID_PARAM);
  same(Status::resource_limit, SEV_RET_RESOURCE_LIMIT);
  same(Status::secure_data_invalid, SEV_RET_SECURE_DATA_INVALID);
}

}  // namespace
}  // namespace swtee::snp
