// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/guest_message.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace swtee::guest::snp {
namespace {

using swtee::snp::MessageType;

using Page = std::array<std::uint8_t, kPageSize>;

crypto::GcmKey key_of(std::uint8_t byte) {
  Bytes<32> bytes;
  bytes.fill(byte);
  return crypto::GcmKey(bytes);
}

std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

swtee::snp::ReportReq report_request() {
  swtee::snp::ReportReq request{};
  for (std::size_t i = 0; i < 64; ++i) request.report_data[i] = static_cast<std::uint8_t>(i);
  return request;
}

constexpr MessageFields kReportFields{1, MessageType::report_req, 1, 0};

/// A response as a firmware would seal it to `request`.
Page response_to(const MessageFields& request, ByteView payload, const crypto::GcmKey& key = key_of(5)) {
  Page page{};
  const MessageFields fields{request.sequence + 1, MessageType{static_cast<std::uint8_t>(static_cast<int>(request.type) + 1)},
                             request.version, request.vmpck};
  seal_message(key, fields, payload, page);
  return page;
}

// Ciphertext and tag computed with an AES-256-GCM that is not ours, over a request as the specification lays it out.
TEST(GuestMessage, SealsTheKnownAnswer) {
  Page page{};
  const auto request = report_request();
  seal_message(key_of(5), kReportFields, bytes_of(request), page);
  const std::vector<std::uint8_t> tag = from_hex("bc5d062a3cb88a7d0db2880b504e3966");
  const std::vector<std::uint8_t> ciphertext = from_hex(
      "321b7daf4887b27f673edc9d35a194597314f9a204bd84df3b6cbb3c6894e0e5ff8a5cb28f059f0e7662666306530f23a708ba2f1627cf33"
      "542b5086165d4fc23f8a97d2b78761b3b8807afa1b5fc4aff5c976c146c0e38776a5171a871642b0");
  const std::vector<std::uint8_t> additional = from_hex("0101600005016000");
  EXPECT_EQ(std::vector<std::uint8_t>(page.begin(), page.begin() + 16), tag);
  EXPECT_TRUE(all_zero(ByteView(page).subspan(0x10, 0x10)));
  EXPECT_EQ(std::vector<std::uint8_t>(page.begin() + 0x20, page.begin() + 0x28), from_hex("0100000000000000"));
  EXPECT_EQ(std::vector<std::uint8_t>(page.begin() + 0x30, page.begin() + 0x38), additional);
  EXPECT_TRUE(all_zero(ByteView(page).subspan(0x38, 0x28)));
  EXPECT_EQ(std::vector<std::uint8_t>(page.begin() + 0x60, page.begin() + 0x60 + 0x60), ciphertext);
  EXPECT_TRUE(all_zero(ByteView(page).subspan(0xc0)));
}

TEST(GuestMessage, OpensWhatWasSealed) {
  Page page{};
  const auto request = report_request();
  seal_message(key_of(7), {0x1'0000'0001, MessageType::key_req, 2, 3}, bytes_of(request), page);
  const auto header = header_of(page);
  EXPECT_EQ(header.msg_seqno, 0x1'0000'0001u);
  EXPECT_EQ(header.msg_vmpck, 3);
  EXPECT_EQ(header.msg_version, 2);
  Bytes<0x60> plain{};
  const auto opened = open_message(key_of(7), page, plain);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened.value(), 0x60u);
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), bytes_of(request).begin()));
}

TEST(GuestMessage, LeavesTheBufferAloneWhenTheTagDoesNotFit) {
  Page page{};
  const auto request = report_request();
  seal_message(key_of(7), kReportFields, bytes_of(request), page);
  Bytes<0x60> plain;
  plain.fill(0xee);
  const auto opened = open_message(key_of(8), page, plain);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error(), MessageError::not_authentic);
  EXPECT_EQ(std::count(plain.begin(), plain.end(), 0xee), 0x60);
}

TEST(GuestMessage, RefusesEveryFlippedBitOfHeaderDataTagAndCiphertext) {
  const auto request = report_request();
  Page sealed{};
  seal_message(key_of(7), kReportFields, bytes_of(request), sealed);
  Bytes<kPageSize> plain{};
  int tried = 0;
  for (std::size_t byte = 0; byte < 0x60 + 0x60; ++byte) {
    if (byte >= 0x10 && byte < 0x20) continue;  // unused half of AUTHTAG
    if (byte >= 0x28 && byte < 0x30) continue;  // reserved, not authenticated
    for (int bit = 0; bit < 8; ++bit, ++tried) {
      Page changed = sealed;
      changed[byte] = static_cast<std::uint8_t>(changed[byte] ^ (1 << bit));
      EXPECT_FALSE(open_message(key_of(7), changed, plain).ok()) << "byte " << byte << " bit " << bit;
    }
  }
  EXPECT_EQ(tried, (0xc0 - 0x18) * 8);
}

struct FormatCase {
  std::size_t offset;
  std::uint8_t value;
};
class GuestMessageFormat : public testing::TestWithParam<FormatCase> {};

TEST_P(GuestMessageFormat, IsRefusedBeforeTheTagIsLookedAt) {
  Page page{};
  const auto request = report_request();
  seal_message(key_of(7), kReportFields, bytes_of(request), page);
  page[GetParam().offset] = GetParam().value;
  Bytes<kPageSize> plain{};
  const auto opened = open_message(key_of(7), page, plain);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error(), MessageError::format);
}
INSTANTIATE_TEST_SUITE_P(Fields, GuestMessageFormat,
                         testing::Values(FormatCase{0x30, 0}, FormatCase{0x30, 2}, FormatCase{0x31, 0}, FormatCase{0x31, 2},
                                         FormatCase{0x32, 0x5f}, FormatCase{0x33, 0x10}));

TEST(GuestMessage, RefusesAMessageThatClaimsMoreThanThePageOrTheBufferHolds) {
  Page page{};
  const auto request = report_request();
  seal_message(key_of(7), kReportFields, bytes_of(request), page);
  Bytes<0x5f> small{};
  EXPECT_EQ(open_message(key_of(7), page, small).error(), MessageError::too_long);
  std::vector<std::uint8_t> large(0x10000);
  page[0x36] = 0xa1;
  page[0x37] = 0x0f;
  EXPECT_EQ(open_message(key_of(7), page, large).error(), MessageError::too_long);
  page[0x36] = 0xff;
  page[0x37] = 0xff;
  EXPECT_EQ(open_message(key_of(7), page, large).error(), MessageError::too_long);
}

TEST(GuestMessage, TakesTheAnswerToItsRequestOnly) {
  const auto payload = report_request();
  const Page page = response_to(kReportFields, bytes_of(payload));
  Bytes<0x60> plain{};
  EXPECT_TRUE(open_response(key_of(5), kReportFields, page, plain).ok());

  const auto refused = [&](MessageFields request) { return open_response(key_of(5), request, page, plain).error(); };
  EXPECT_EQ(refused({2, MessageType::report_req, 1, 0}), MessageError::wrong_sequence);
  EXPECT_EQ(refused({0, MessageType::report_req, 1, 0}), MessageError::wrong_sequence);
  EXPECT_EQ(refused({1, MessageType::key_req, 1, 0}), MessageError::wrong_type);
  EXPECT_EQ(refused({1, MessageType::report_req, 2, 0}), MessageError::wrong_version);
  EXPECT_EQ(open_response(key_of(6), kReportFields, page, plain).error(), MessageError::not_authentic);
  Bytes<0x5f> small{};
  EXPECT_EQ(open_response(key_of(5), kReportFields, page, small).error(), MessageError::too_long);
}

TEST(GuestMessage, TakesNoResponseThatReachesBeyondThePage) {
  const auto payload = report_request();
  Page page = response_to(kReportFields, bytes_of(payload));
  std::vector<std::uint8_t> large(0x10000);
  page[0x36] = 0xa1;
  page[0x37] = 0x0f;
  EXPECT_EQ(open_response(key_of(5), kReportFields, page, large).error(), MessageError::too_long);
}

// Real firmware has been seen to leave bytes in reserved fields of the response header.
TEST(GuestMessage, IgnoresReservedFieldsOfAResponseThatAreNotAuthenticated) {
  const auto payload = report_request();
  Page page = response_to(kReportFields, bytes_of(payload));
  page[0x10] = 0xaa;
  page[0x28] = 0xbb;
  Bytes<0x60> plain{};
  EXPECT_TRUE(open_response(key_of(5), kReportFields, page, plain).ok());
}

TEST(GuestMessage, CarriesAnEmptyPayload) {
  const Page page = response_to(kReportFields, {});
  Bytes<0x60> plain{};
  const auto opened = open_response(key_of(5), kReportFields, page, plain);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened.value(), 0u);
}

}  // namespace
}  // namespace swtee::guest::snp
