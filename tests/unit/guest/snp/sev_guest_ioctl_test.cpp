// SPDX-License-Identifier: Apache-2.0
/// What a program sees of /dev/sev-guest. Rows refer to the list of checkable behaviours in the attestation reference.
#include "tests/unit/guest/snp/guest_fixture.h"

#include <swtee/abi/snp/certificate_table.h>

namespace swtee::test {
namespace {

using swtee::snp::SnpDerivedKeyReq;

constexpr std::uint32_t kInventedIoctl = 0xc0a01181;

class SevGuestIoctl : public GuestTest {};

TEST_F(SevGuestIoctl, AnswersAReportAndLeavesExitInfoAlone) {  // row 1
  ASSERT_EQ(get_report(0, 0x40), 0);
  EXPECT_EQ(response().status, 0u);
  EXPECT_EQ(response().report_size, 0x4a0u);
  EXPECT_EQ(response().report.report_data, nonce(0x40));
  EXPECT_EQ(exit_info_2(), kUntouched);
  EXPECT_EQ(psp.plain_requests, 1);
  EXPECT_EQ(psp.extended_requests, 0);
}

TEST_F(SevGuestIoctl, FillsTheResponseBeyondTheReportWithZeros) {
  ASSERT_EQ(get_report(), 0);
  EXPECT_TRUE(all_zero(ByteView(memory.at(kResponse)).subspan(sizeof(swtee::snp::ReportRsp))));
}

TEST_F(SevGuestIoctl, SendsTheProgramsStructureAsItIs) {
  swtee::snp::SnpReportReq request{};
  request.user_data = nonce();
  request.reserved_44h[4] = 1;  // reserved in the message, too: the firmware refuses, not the driver
  memory.put(kRequest, request);
  memory.map(kResponse, std::vector<std::uint8_t>(4000, 0xee));
  put_argument(1);
  ASSERT_EQ(device->ioctl(swtee::snp::kIoctlGetReport, kArgument, memory), 0);
  EXPECT_EQ(response().status, 0x16u);
  EXPECT_EQ(from_bytes<FakePsp::Header>(psp.seen[0]).msg_size, 0x60u);
}

TEST_F(SevGuestIoctl, RefusesMessageVersionZeroBeforeAnythingElse) {  // row 2
  put_argument(0);
  EXPECT_EQ(device->ioctl(kInventedIoctl, kArgument, memory), -EINVAL);
  EXPECT_EQ(memory.copies_out, 0);
  EXPECT_EQ(exit_info_2(), kUntouched);
}

TEST_F(SevGuestIoctl, AnswersUnknownNumbersWithNotTtyAndWritesExitInfo) {  // row 3
  for (const std::uint32_t number : {kInventedIoctl, 0xc0205303u, 0x40205300u, 0u, ~0u}) {
    put_argument(1);
    EXPECT_EQ(device->ioctl(number, kArgument, memory), -ENOTTY) << number;
    EXPECT_EQ(exit_info_2(), 0xffu);
  }
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_F(SevGuestIoctl, FaultsOnAnArgumentThatIsNotMapped) {
  EXPECT_EQ(device->ioctl(swtee::snp::kIoctlGetReport, 0xdead000, memory), -EFAULT);
  EXPECT_EQ(device->ioctl(kInventedIoctl, 0, memory), -EFAULT);
}

TEST_F(SevGuestIoctl, FaultsWhenTheArgumentCannotBeWrittenBack) {
  put_argument(1);
  memory.make_read_only(kArgument);
  EXPECT_EQ(device->ioctl(kInventedIoctl, kArgument, memory), -EFAULT);
}

class SevGuestPointers : public GuestTest, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(SevGuestPointers, RefusesNullAddresses) {
  put_argument(1, 0, kResponse);
  EXPECT_EQ(device->ioctl(GetParam(), kArgument, memory), -EINVAL);
  EXPECT_EQ(exit_info_2(), 0xffu);
  put_argument(1, kRequest, 0);
  EXPECT_EQ(device->ioctl(GetParam(), kArgument, memory), -EINVAL);
  EXPECT_EQ(exit_info_2(), 0xffu);
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_P(SevGuestPointers, FaultsOnARequestThatIsNotMapped) {
  put_argument(1, 0xdead000, kResponse);
  EXPECT_EQ(device->ioctl(GetParam(), kArgument, memory), -EFAULT);
  EXPECT_EQ(exit_info_2(), 0xffu);
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_P(SevGuestPointers, FaultsOnAResponseThatIsNotMappedAfterTheRequestWasServed) {
  memory.map(kRequest, std::vector<std::uint8_t>(112));
  put_argument(1, kRequest, 0xdead000);
  EXPECT_EQ(device->ioctl(GetParam(), kArgument, memory), -EFAULT);
  EXPECT_EQ(exit_info_2(), kUntouched);
  EXPECT_EQ(stored_sequence(), 2u);
  EXPECT_TRUE(page_has_key());
}
INSTANTIATE_TEST_SUITE_P(Ioctls, SevGuestPointers,
                         testing::Values(swtee::snp::kIoctlGetReport, swtee::snp::kIoctlGetDerivedKey,
                                         swtee::snp::kIoctlGetExtReport));

TEST_F(SevGuestIoctl, TellsTheSizeOfATableThatDoesNotFit) {  // row 4
  psp.certificates.assign(5000, 0xcc);
  EXPECT_EQ(get_ext_report(kCerts, 0), -EIO);
  EXPECT_EQ(exit_info_2(), 0x1'0000'0000u);
  EXPECT_EQ(certs_len(), 0x2000u);
  EXPECT_TRUE(response_untouched());
}

TEST_F(SevGuestIoctl, TellsTheSizeToProbesWithAnInvalidAddress) {  // snpguest and AMD's tool: address all ones
  psp.certificates.assign(0x1001, 0xcc);
  EXPECT_EQ(get_ext_report(~std::uint64_t{0}, 0), -EIO);
  EXPECT_EQ(certs_len(), 0x2000u);
  psp.certificates.assign(0x1000, 0xcc);
  EXPECT_EQ(get_ext_report(0, 0x3000), -EIO) << "no address: no buffer is offered";
  EXPECT_EQ(certs_len(), 0x1000u);
}

TEST_F(SevGuestIoctl, SucceedsAfterAProbeWithTheSequenceMovedByFour) {  // row 5
  psp.certificates.assign(5000, 0xcc);
  ASSERT_EQ(get_ext_report(kCerts, 0), -EIO);
  EXPECT_EQ(stored_sequence(), 2u);
  EXPECT_EQ(psp.plain_requests, 1) << "the plain request that uses the number up";
  EXPECT_EQ(psp.seen[0], psp.seen[1]) << "the same ciphertext, or an IV would be used for two messages";
  ASSERT_EQ(get_ext_report(kCerts, 0x2000), 0);
  EXPECT_EQ(stored_sequence(), 4u);
  EXPECT_EQ(certs_len(), 0x2000u);
  EXPECT_EQ(exit_info_2(), kUntouched);
  const auto& certs = memory.at(kCerts);
  EXPECT_EQ(std::count(certs.begin(), certs.begin() + 5000, 0xcc), 5000);
  EXPECT_TRUE(all_zero(ByteView(certs).subspan(5000, 0x2000 - 5000)));
  EXPECT_EQ(certs[0x2000], 0xee) << "nothing behind certs_len";
  EXPECT_EQ(response().report_size, 0x4a0u);
}

TEST_F(SevGuestIoctl, RefusesOddAndOversizedCertificateBuffers) {  // row 6
  for (const std::uint32_t length : {0x1001u, 1u, 0xfffu, 0x5000u, 0x4001u, 0xfffff000u}) {
    EXPECT_EQ(get_ext_report(kCerts, length), -EINVAL) << length;
    EXPECT_EQ(exit_info_2(), 0xffu);
  }
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_F(SevGuestIoctl, DoesNotLookAtTheLengthWithoutAnAddress) {
  EXPECT_EQ(get_ext_report(0, 0x1001), 0);
}

TEST_F(SevGuestIoctl, CopiesZerosWhenTheHostHasNoCertificates) {  // row 7
  ASSERT_EQ(get_ext_report(kCerts, 0x4000), 0);
  EXPECT_TRUE(all_zero(ByteView(memory.at(kCerts)).first(0x4000)));
  EXPECT_EQ(memory.at(kCerts)[0x4000], 0xee);
  EXPECT_EQ(certs_len(), 0x4000u);
  EXPECT_EQ(get_ext_report(kCerts, 0), 0);
  EXPECT_EQ(memory.at(kCerts)[0], 0xee) << "no buffer offered, none written";
}

TEST_F(SevGuestIoctl, FaultsOnACertificateBufferOutsideUserSpaceBeforeAsking) {
  EXPECT_EQ(get_ext_report(0xffff'8000'0000'0000, 0x1000), -EFAULT);
  EXPECT_EQ(exit_info_2(), 0xffu);
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_F(SevGuestIoctl, FaultsOnAnUnmappedCertificateBufferAfterAsking) {
  EXPECT_EQ(get_ext_report(0xdead000, 0x1000), -EFAULT);
  EXPECT_EQ(exit_info_2(), kUntouched);
  EXPECT_EQ(stored_sequence(), 2u);
  EXPECT_TRUE(response_untouched());
}

TEST_F(SevGuestIoctl, FaultsWhenTheNeededLengthCannotBeWritten) {
  psp.certificates.assign(100, 1);
  memory.map(kRequest, std::vector<std::uint8_t>(112));
  memory.make_read_only(kRequest);
  put_argument(1);
  EXPECT_EQ(device->ioctl(swtee::snp::kIoctlGetExtReport, kArgument, memory), -EFAULT);
  EXPECT_EQ(exit_info_2(), 0x1'0000'0000u);
  EXPECT_TRUE(page_has_key());
}

TEST_F(SevGuestIoctl, PassesTheFirmwaresRefusalInTheResponse) {  // row 9
  boot({.kernel = guest::snp::kDefaultGuestKernel, .vmpl = 1, .vmpck_id = {}});
  ASSERT_EQ(get_report(0), 0);
  EXPECT_EQ(response().status, 0x16u);
  EXPECT_TRUE(page_has_key(1));
  ASSERT_EQ(get_report(1), 0);
  EXPECT_EQ(response().status, 0u);
  EXPECT_EQ(stored_sequence(1), 4u);
  EXPECT_EQ(stored_sequence(0), 0u);
}

TEST_F(SevGuestIoctl, DerivesEqualKeysFromEqualInputsOnly) {  // row 10
  const auto key = [&](const SnpDerivedKeyReq& request) {
    EXPECT_EQ(get_key(request), 0);
    EXPECT_EQ(memory.get<swtee::snp::KeyRsp>(kResponse).status, 0u);
    return memory.get<swtee::snp::KeyRsp>(kResponse).derived_key;
  };
  SnpDerivedKeyReq request{};
  const auto first = key(request);
  EXPECT_EQ(key(request), first);
  request.guest_svn = std::uint32_t{1};
  const auto other_svn = key(request);
  EXPECT_NE(other_svn, first);
  request.guest_field_select = std::uint64_t{8};
  EXPECT_NE(key(request), other_svn);
}

// The structure that Linux copies has no launch_mit_vector, so message version 2 never has its right size.
TEST_F(SevGuestIoctl, SendsKeyRequestsOfThirtyTwoBytesWhateverTheVersion) {
  EXPECT_EQ(get_key({}, 2), -EIO);
  EXPECT_EQ(from_bytes<FakePsp::Header>(psp.seen[0]).msg_size, 0x20u);
  EXPECT_EQ(from_bytes<FakePsp::Header>(psp.seen[0]).msg_version, 2);
}

TEST_F(SevGuestIoctl, TakesMessageVersionFromItsFirstByteAlone) {  // older headers have 32 bits there
  SnpDerivedKeyReq request{};
  ASSERT_EQ(get_key(request), 0);
  auto argument = memory.get<swtee::snp::GuestRequestIoctl>(kArgument);
  argument.padding_1h.fill(0xff);
  memory.put(kArgument, argument);
  EXPECT_EQ(device->ioctl(swtee::snp::kIoctlGetDerivedKey, kArgument, memory), 0);
}

TEST_F(SevGuestIoctl, ProbesOnlyWithAKey) {
  const auto probe = [&](std::uint8_t vmpl, std::optional<std::uint8_t> vmpck) {
    auto probed = guest::snp::SevGuestDevice::probe(secrets, {guest::snp::kDefaultGuestKernel, vmpl, vmpck}, psp, clock);
    return probed.ok() ? static_cast<int>(probed.value()->vmpck_id()) : probed.error();
  };
  EXPECT_EQ(probe(2, {}), 2);
  EXPECT_EQ(probe(2, 3), 3);
  EXPECT_EQ(probe(0, 4), -EINVAL);
  std::fill_n(secrets.begin() + guest::snp::kSecretsVmpckOffset, 32, std::uint8_t{0});
  EXPECT_EQ(probe(0, {}), -EINVAL) << "an SVSM has taken VMPCK0 away";
  EXPECT_EQ(probe(0, 1), 1);
}

TEST_F(SevGuestIoctl, SpeaksUnderTheKeyThatVmpckIdNames) {
  boot({.kernel = guest::snp::kDefaultGuestKernel, .vmpl = 0, .vmpck_id = 2});
  ASSERT_EQ(get_report(2), 0);
  EXPECT_EQ(psp.counter[2], 2u);
  EXPECT_EQ(stored_sequence(2), 2u);
}

TEST(GuestKernels, HaveTheInterfacesOfTheirVersion) {
  ASSERT_NE(guest::snp::find_guest_kernel("6.1"), nullptr);
  EXPECT_FALSE(guest::snp::find_guest_kernel("6.1")->configfs_tsm);
  EXPECT_TRUE(guest::snp::find_guest_kernel("6.12")->configfs_tsm);
  EXPECT_TRUE(guest::snp::find_guest_kernel("6.16")->svsm_attributes);
  EXPECT_EQ(guest::snp::find_guest_kernel("6.2"), nullptr);
  EXPECT_EQ(guest::snp::kDefaultGuestKernel.version, "6.16");
}

}  // namespace
}  // namespace swtee::test
