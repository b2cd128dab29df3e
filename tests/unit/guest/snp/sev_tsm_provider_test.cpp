// SPDX-License-Identifier: Apache-2.0
/// configfs-tsm over the sev-guest driver: what snp-specific rules a program sees.
#include "guest/snp/sev_tsm_provider.h"
#include "tests/unit/guest/snp/guest_fixture.h"

#include <swtee/abi/snp/certificate_table.h>

namespace swtee::test {
namespace {

using guest::snp::SevTsmProvider;
using guest::snp::TsmRequest;
using swtee::snp::CertificateTableEntry;

std::vector<std::uint8_t> table_of(std::initializer_list<CertificateTableEntry> entries, std::size_t size) {
  std::vector<std::uint8_t> table(size, 0xcc);
  std::size_t at = 0;
  for (const CertificateTableEntry& entry : entries) {
    std::memcpy(table.data() + at, &entry, sizeof(entry));
    at += sizeof(entry);
  }
  std::memset(table.data() + at, 0, sizeof(CertificateTableEntry));
  return table;
}

CertificateTableEntry entry(const swtee::snp::CertificateGuid& guid, std::uint32_t offset, std::uint32_t length) {
  return {guid, offset, length};
}

class SevTsm : public GuestTest {
 protected:
  static TsmRequest request_of(std::size_t size = 64) {
    TsmRequest request;
    request.inblob.assign(size, 0x11);
    return request;
  }
  int error_of(const TsmRequest& request) {
    auto made = SevTsmProvider(*device).report_new(request);
    return made.ok() ? 0 : made.error();
  }
};

TEST_F(SevTsm, GivesTheReportWithoutTheMessageHeader) {
  psp.certificates = table_of({entry(swtee::snp::kVcekGuid, 0x100, 0x501)}, 0x601);
  auto made = SevTsmProvider(*device).report_new(request_of());
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made.value().outblob.size(), 1184u);
  const auto report = from_bytes<swtee::snp::AttestationReport>(made.value().outblob);
  EXPECT_EQ(report.version, 2u);
  EXPECT_EQ(report.report_data[63], 0x11);
  EXPECT_EQ(made.value().auxblob, psp.certificates);
  EXPECT_EQ(psp.extended_requests, 1);
}

TEST_F(SevTsm, EndsTheAuxblobWhereTheLastCertificateEnds) {  // row 16
  psp.certificates = table_of({entry(swtee::snp::kVcekGuid, 0x800, 0x123), entry(swtee::snp::kAskGuid, 0x100, 0x300)}, 0x2000);
  EXPECT_EQ(SevTsmProvider(*device).report_new(request_of()).value().auxblob.size(), 0x923u);
  psp.certificates.clear();
  EXPECT_TRUE(SevTsmProvider(*device).report_new(request_of()).value().auxblob.empty());
}


TEST(CertificateTableSize, FollowsTheKernelsArithmetic) {
  const auto size_of = [](std::initializer_list<CertificateTableEntry> entries) {
    return guest::snp::certificate_table_size(table_of(entries, 0x4000));
  };
  EXPECT_EQ(size_of({}), 0u);
  EXPECT_EQ(size_of({entry(swtee::snp::kArkGuid, 0, 0)}), 0u);
  EXPECT_EQ(size_of({entry(swtee::snp::kArkGuid, 0x30, 1)}), 0x31u);
  EXPECT_EQ(size_of({entry({}, 0x50, 0x10)}), 0x60u) << "an entry with a zero GUID is not the end";
  EXPECT_EQ(size_of({entry(swtee::snp::kArkGuid, 0x3fff, 2)}), 0x4000u);
  EXPECT_EQ(size_of({entry(swtee::snp::kArkGuid, 0xffffffff, 0x11)}), 0x10u) << "32-bit sums wrap";
  EXPECT_EQ(guest::snp::certificate_table_size({}), 0u);
  EXPECT_EQ(guest::snp::certificate_table_size(std::vector<std::uint8_t>(23, 1)), 0u);
}

TEST_F(SevTsm, WantsExactlySixtyFourBytes) {
  EXPECT_EQ(error_of(request_of(63)), -EINVAL);
  EXPECT_EQ(error_of(request_of(0)), -EINVAL);
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_F(SevTsm, AsksForThePrivlevelAsVmpl) {
  TsmRequest request = request_of();
  request.privlevel = 2;
  const auto made = SevTsmProvider(*device).report_new(request);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(from_bytes<swtee::snp::AttestationReport>(made.value().outblob).vmpl, 2u);
}

TEST_F(SevTsm, TurnsTheFirmwaresStatusIntoAnErrno) {
  const auto with_status = [&](std::uint32_t status) {
    psp.payload_status = status;
    return error_of(request_of());
  };
  EXPECT_EQ(with_status(0x16), -EINVAL);
  EXPECT_EQ(with_status(0x27), -EINVAL);
  EXPECT_EQ(with_status(0x0a), -ENXIO);
  EXPECT_EQ(with_status(0xffffffff), -ENXIO);
  EXPECT_EQ(with_status(0), 0);
}

TEST_F(SevTsm, TakesNoReportLargerThanItsPage) {
  psp.report_size = 4096 - 32;
  const auto largest = SevTsmProvider(*device).report_new(request_of());
  ASSERT_TRUE(largest.ok());
  EXPECT_EQ(largest.value().outblob.size(), 4064u);
  EXPECT_TRUE(all_zero(ByteView(largest.value().outblob).subspan(1184))) << "nothing but what the firmware sent";
  psp.report_size = 4096 - 32 + 1;
  EXPECT_EQ(error_of(request_of()), -ENOMEM);
  psp.report_size = 0xffffffff;
  EXPECT_EQ(error_of(request_of()), -ENOMEM);
}

TEST_F(SevTsm, HasNoSvsmToAsk) {
  for (const char* name : {"svsm", "other", ""}) {
    TsmRequest request = request_of();
    request.service_provider = name;
    EXPECT_EQ(error_of(request), -EINVAL) << name;
  }
  EXPECT_EQ(psp.seen.size(), 0u);
}

TEST_F(SevTsm, PassesTheDriversErrors) {
  psp.certificates.assign(0x4001, 1);
  EXPECT_EQ(error_of(request_of()), -EIO) << "a table above four pages";
  EXPECT_FALSE(device->key_wiped());
  psp.certificates.clear();
  psp.counter[0] = 100;
  EXPECT_EQ(error_of(request_of()), -EIO);
  EXPECT_EQ(error_of(request_of()), -ENOTTY);
}

TEST_F(SevTsm, ShowsServiceAttributesAwayFromVmplZero) {
  EXPECT_FALSE(SevTsmProvider(*device).shows_service_attributes());
  EXPECT_EQ(SevTsmProvider(*device).privlevel_floor(), 0u);
  boot({.kernel = guest::snp::kDefaultGuestKernel, .vmpl = 2, .vmpck_id = {}});
  EXPECT_TRUE(SevTsmProvider(*device).shows_service_attributes());
  EXPECT_EQ(SevTsmProvider(*device).privlevel_floor(), 2u);
  boot({.kernel = guest::snp::kDefaultGuestKernel, .vmpl = 0, .vmpck_id = 3});
  EXPECT_FALSE(SevTsmProvider(*device).shows_service_attributes());
  EXPECT_EQ(SevTsmProvider(*device).privlevel_floor(), 3u) << "the floor is the key, not the VMPL";
}

TEST_F(SevTsm, ReportsThroughTheFileSystem) {
  SevTsmProvider provider(*device);
  guest::snp::ConfigfsTsm fs(&provider);
  ASSERT_EQ(fs.mkdir("e"), 0);
  const std::vector<std::uint8_t> short_nonce(63, 0x22), nonce(64, 0x22);
  (void)fs.open("e", "inblob", {.write = true}).value()->write(short_nonce, 0);
  std::vector<std::uint8_t> buffer(4096);
  EXPECT_EQ(fs.open("e", "outblob", {.read = true}).value()->read(buffer, 0), -EINVAL);  // row 12
  (void)fs.open("e", "inblob", {.write = true}).value()->write(nonce, 0);
  EXPECT_EQ(fs.open("e", "outblob", {.read = true}).value()->read(buffer, 0), 1184);
  EXPECT_EQ(buffer[0x50], 0x22);
  EXPECT_EQ(fs.open("e", "auxblob", {.read = true}).value()->read(buffer, 0), 0);
  EXPECT_EQ(psp.counter[0], 2u) << "one request for both blobs";
}

}  // namespace
}  // namespace swtee::test
