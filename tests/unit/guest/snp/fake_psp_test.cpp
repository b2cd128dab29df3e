// SPDX-License-Identifier: Apache-2.0
/// The fake that the other tests lean on must refuse what a firmware refuses.
#include "guest/snp/guest_message.h"
#include "tests/support/fake_psp.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using guest::snp::MessageFields;
using swtee::snp::MessageType;
using Page = std::array<std::uint8_t, 4096>;

Page sealed(const FakePsp& psp, const MessageFields& fields, ByteView payload) {
  Page page{};
  guest::snp::seal_message(crypto::GcmKey(psp.vmpck[fields.vmpck]), fields, payload, page);
  return page;
}

swtee::snp::ReportReq report_request() { return {}; }

TEST(FakePsp, SealsTheKnownAnswerOfTheReferenceInReverse) {
  FakePsp psp;
  Page request = sealed(psp, {1, MessageType::report_req, 1, 0}, bytes_of(report_request()));
  Page response{};
  ASSERT_EQ(psp.guest_request(request, response).exit_info_2(), 0u);
  const auto header = from_bytes<FakePsp::Header>(response);
  EXPECT_EQ(header.msg_seqno, 2u);
  EXPECT_EQ(header.msg_type, 6);
  EXPECT_EQ(header.msg_size, 0x4c0u);
  EXPECT_EQ(psp.counter[0], 2u);
}

TEST(FakePsp, TakesEachSequenceNumberOnceAndInOrder) {
  FakePsp psp;
  Page response{};
  const auto payload = report_request();
  for (const std::uint64_t wrong : {0ull, 2ull, 3ull}) {
    const Page request = sealed(psp, {wrong, MessageType::report_req, 1, 0}, bytes_of(payload));
    EXPECT_EQ(psp.guest_request(request, response).fw_error, 0x1du) << wrong;
  }
  const Page first = sealed(psp, {1, MessageType::report_req, 1, 0}, bytes_of(payload));
  EXPECT_EQ(psp.guest_request(first, response).exit_info_2(), 0u);
  EXPECT_EQ(psp.guest_request(first, response).fw_error, 0x1du);
  EXPECT_EQ(psp.counter[0], 2u);
}

TEST(FakePsp, RefusesWhatItsKeyDidNotSeal) {
  FakePsp psp;
  Page response{};
  Page request = sealed(psp, {1, MessageType::report_req, 1, 0}, bytes_of(report_request()));
  request[0x60] ^= 1;
  EXPECT_EQ(psp.guest_request(request, response).fw_error, 0x16u);
  request[0x60] ^= 1;
  request[0x3d] = 1;
  EXPECT_EQ(psp.guest_request(request, response).fw_error, 0x16u);
  EXPECT_EQ(psp.counter[0], 0u);
}

TEST(FakePsp, CountsForEachKeyApart) {
  FakePsp psp;
  Page response{};
  swtee::snp::ReportReq payload = report_request();
  payload.vmpl = std::uint32_t{2};
  const Page request = sealed(psp, {1, MessageType::report_req, 1, 2}, bytes_of(payload));
  EXPECT_EQ(psp.guest_request(request, response).exit_info_2(), 0u);
  EXPECT_EQ(psp.counter, (std::array<std::uint64_t, 4>{0, 0, 2, 0}));
}

TEST(FakePsp, AnswersInvalidLengthWithoutTouchingTheFirmware) {
  FakePsp psp;
  psp.certificates.assign(5000, 1);
  Page response{};
  const Page request = sealed(psp, {1, MessageType::report_req, 1, 0}, bytes_of(report_request()));
  const auto exit = psp.extended_guest_request(request, response, {});
  EXPECT_EQ(exit.exit_info_2(), 0x1'0000'0000u);
  EXPECT_EQ(exit.certs_pages_needed, 2u);
  EXPECT_EQ(psp.counter[0], 0u);
}

}  // namespace
}  // namespace swtee::test
