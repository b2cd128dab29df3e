// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

namespace swtee::test {
namespace {

using snp::GuestMessageHeader;
using snp::GuestState;
using snp::MessageType;
using snp::Status;

/// A report request in the request page.
struct Request {
  SnpMachine machine;
  std::unique_ptr<SnpGuest> guest;
  snp::SnpGuestRequestBuffer buffer{};
  std::vector<std::uint8_t> page;

  Request() {
    machine.init();
    guest = std::make_unique<SnpGuest>(machine);
    page = guest->seal(MessageType::report_req, bytes_of(snp::ReportReq{}));
    place();
    buffer.gctx_paddr = guest->gctx.value;
    buffer.request_paddr = guest->request_page.value;
    buffer.response_paddr = guest->response_page.value;
  }
  void place() { machine.write(guest->request_page, page); }
  void header(const std::function<void(GuestMessageHeader&)>& change) {
    auto h = from_bytes<GuestMessageHeader>(page);
    change(h);
    std::memcpy(page.data(), &h, sizeof(h));
    place();
  }
  /// Seals anew, so that only what is asked for is wrong.
  void reseal(MessageType type, ByteView payload, std::uint64_t seqno = 1, std::uint8_t version = 1, std::uint8_t sealed_with = 0,
              std::uint8_t named = 0) {
    guest::snp::seal_message(crypto::GcmKey(guest->vmpck[sealed_with]), {seqno, type, version, named}, payload,
                             guest::snp::MutablePage(page.data(), kPageSize));
    place();
  }
  Status call() { return machine.command(id::kGuestRequest, buffer); }
};

const snp::ReportReq kReport{};

const FaultList<Request> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Request& a) { a.machine.shutdown(); }},
    {"context unaligned", "gctx", Status::invalid_address, [](Request& a) { a.buffer.gctx_paddr = a.guest->gctx.value + 8; }},
    {"context outside memory", "gctx", Status::invalid_address, [](Request& a) { a.buffer.gctx_paddr = kNoMemory; }},
    {"no context", "gctx", Status::invalid_guest, [](Request& a) { a.buffer.gctx_paddr = a.guest->request_page.value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](Request& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"guest in LAUNCH", "gctx", Status::invalid_guest_state,
     [](Request& a) { a.buffer.gctx_paddr = a.machine.guest(GuestState::launch, {2}).value; }},
    {"request unaligned", "request", Status::invalid_address, [](Request& a) { a.buffer.request_paddr = a.guest->request_page.value + 8; }},
    {"request outside memory", "request", Status::invalid_address, [](Request& a) { a.buffer.request_paddr = kNoMemory; }},
    {"response unaligned", "response", Status::invalid_address, [](Request& a) { a.buffer.response_paddr = a.guest->response_page.value + 8; }},
    {"response outside memory", "response", Status::invalid_address, [](Request& a) { a.buffer.response_paddr = kNoMemory; }},
    {"response is Hypervisor", "response", Status::invalid_page_state, [](Request& a) { a.buffer.response_paddr = a.machine.take_page().value; }},
    {"response is Context", "response", Status::invalid_page_state, [](Request& a) { a.buffer.response_paddr = a.guest->gctx.value; }},
    {"response is the guest's", "response", Status::invalid_page_state, [](Request& a) { a.buffer.response_paddr = a.guest->secrets_page.value; }},
    {"request is private", "request", Status::invalid_param, [](Request& a) { a.buffer.request_paddr = a.guest->secrets_page.value; }},
    {"algorithm 0", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.algo = 0; }); }},
    {"algorithm 2", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.algo = 2; }); }},
    {"header version 2", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.hdr_version = 2; }); }},
    {"header size 61h", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.hdr_size = std::uint16_t{0x61}; }); }},
    {"payload one byte too long", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_size = std::uint16_t{0xfa1}; }); }},
    {"payload of 65535", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_size = std::uint16_t{0xffff}; }); }},
    {"VMPCK 4", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_vmpck = 4; }); }},
    {"VMPCK 255", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_vmpck = 255; }); }},
    {"reserved 28h", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.reserved_28h = std::uint64_t{1}; }); }},
    {"reserved 38h", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.reserved_38h = 1u; }); }},
    {"reserved 5fh", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.reserved_3dh[34] = 1; }); }},
    {"second half of the tag", "header", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.authtag[16] = 1; }); }},
    {"sequence number 0", "sequence", Status::aead_oflow, [](Request& a) { a.reseal(MessageType::report_req, bytes_of(kReport), 0); }},
    {"sequence number 2", "sequence", Status::aead_oflow, [](Request& a) { a.reseal(MessageType::report_req, bytes_of(kReport), 2); }},
    {"sequence number 3", "sequence", Status::aead_oflow, [](Request& a) { a.reseal(MessageType::report_req, bytes_of(kReport), 3); }},
    {"highest sequence number", "sequence", Status::aead_oflow, [](Request& a) { a.reseal(MessageType::report_req, bytes_of(kReport), ~0ull); }},
    {"tag", "tag", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.authtag[0] ^= 1; }); }},
    {"another guest key", "tag", Status::invalid_param,
     [](Request& a) { a.reseal(MessageType::report_req, bytes_of(kReport), 1, 1, /*sealed_with=*/1, /*named=*/0); }},
    {"type changed on the way", "tag", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_type = 3; }); }},
    {"version changed on the way", "tag", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_version = 2; }); }},
    {"size changed on the way", "tag", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_size = std::uint16_t{0x5f}; }); }},
    {"key changed on the way", "tag", Status::invalid_param, [](Request& a) { a.header([](auto& h) { h.msg_vmpck = 3; }); }},
    {"first byte of the ciphertext", "tag", Status::invalid_param, [](Request& a) { a.page[0x60] ^= 0x80, a.place(); }},
    {"last byte of the ciphertext", "tag", Status::invalid_param, [](Request& a) { a.page[0xbf] ^= 1, a.place(); }},
};
SWTEE_COMMAND_TESTS(SnpGuestRequest, Request, kFaults)

/// Refusals after the message was opened: they come from commit, so the hardware was asked, and still nothing changes.
TEST(SnpGuestRequest, ChangesNothingForMessagesOfAnotherTypeOrSize) {
  struct Case {
    std::uint8_t type;
    Status status;
  };
  const Case cases[] = {{0, Status::invalid_param},  {2, Status::invalid_param},   {4, Status::invalid_param},  {6, Status::invalid_param},
                        {7, Status::invalid_param},  {8, Status::invalid_param},   {9, Status::invalid_param},  {10, Status::invalid_param},
                        {11, Status::invalid_param}, {12, Status::invalid_param},  {14, Status::invalid_param}, {15, Status::invalid_param},
                        {16, Status::invalid_param}, {18, Status::invalid_param},  {19, Status::invalid_param}, {255, Status::invalid_param}};
  Request a;
  for (const Case& c : cases) {
    a.reseal(static_cast<MessageType>(c.type), bytes_of(kReport));
    const std::uint64_t before = state_hash(a.machine);
    EXPECT_EQ(a.call(), c.status) << "type " << int{c.type};
    EXPECT_EQ(state_hash(a.machine), before) << "type " << int{c.type};
  }
  a.reseal(MessageType::report_req, bytes_of(kReport));
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpGuestRequest, ChangesNothingForVersionsAndSizesItDoesNotKnow) {
  Request a;
  const struct {
    MessageType type;
    std::size_t size;
  } known[] = {{MessageType::report_req, sizeof(snp::ReportReq)}, {MessageType::key_req, sizeof(snp::KeyReq)},
               {MessageType::cpuid_req, sizeof(snp::CpuidTable)}, {MessageType::tsc_info_req, snp::kTscInfoReqSize},
               {MessageType::vmrk_req, sizeof(snp::VmrkReq)}};
  const std::uint64_t before = state_hash(a.machine);
  const auto refuse = [&](MessageType type, std::size_t size, std::uint8_t version) {
    const std::vector<std::uint8_t> payload(size);
    a.reseal(type, payload, 1, version);
    EXPECT_EQ(a.call(), Status::invalid_param) << static_cast<int>(type) << " version " << int{version} << " size " << size;
  };
  for (const auto& [type, size] : known) {
    refuse(type, size - 1, 1);
    refuse(type, size + 1, 1);
    refuse(type, 0, 1);
    refuse(type, size, 0);
    refuse(type, size, type == MessageType::key_req ? 3 : 2);
    refuse(type, size, 255);
  }
  refuse(MessageType::key_req, sizeof(snp::KeyReq), 2);
  refuse(MessageType::key_req, sizeof(snp::KeyReqV2), 1);
  a.machine.write(a.guest->request_page, std::vector<std::uint8_t>(kPageSize));
  a.reseal(MessageType::report_req, bytes_of(kReport));
  EXPECT_EQ(a.call(), Status::success);
  EXPECT_NE(state_hash(a.machine), before);
}

TEST(SnpGuestRequest, AnswersTheFirstRequestWithSequenceNumberTwo) {
  Request a;
  ASSERT_EQ(a.call(), Status::success);
  const auto header = a.machine.read_as<GuestMessageHeader>(a.guest->response_page);
  EXPECT_EQ(header.msg_seqno, 2u);
  EXPECT_EQ(header.msg_type, 6);
  EXPECT_EQ(header.msg_version, 1);
  EXPECT_EQ(header.msg_size, 0x4c0);
  EXPECT_EQ(header.msg_vmpck, 0);
  EXPECT_EQ(header.algo, 1);
  EXPECT_EQ(header.hdr_version, 1);
  EXPECT_EQ(header.hdr_size, 0x60);
  EXPECT_TRUE(header.reserved_28h == 0 && header.reserved_38h == 0 && all_zero(header.reserved_3dh));
  const auto response = from_bytes<snp::ReportRsp>(a.guest->open(MessageType::report_req));
  EXPECT_EQ(response.status, 0u);
  EXPECT_EQ(response.report_size, 0x4a0u);
  EXPECT_TRUE(all_zero(response.reserved_8h));
  EXPECT_EQ(a.machine.state_of(a.guest->response_page), SWTEE_RMP_FIRMWARE);
}

TEST(SnpGuestRequest, RefusesReplaysAndSkipsAndGoesOn) {
  Request a;
  const std::vector<std::uint8_t> first = a.page;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.guest->context().message_count[0], 2u);
  a.place();
  EXPECT_EQ(a.call(), Status::aead_oflow) << "replay";
  a.reseal(MessageType::report_req, bytes_of(kReport), 5);
  EXPECT_EQ(a.call(), Status::aead_oflow) << "skip";
  EXPECT_EQ(a.guest->context().message_count[0], 2u);
  a.reseal(MessageType::report_req, bytes_of(kReport), 3);
  EXPECT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.guest->context().message_count[0], 4u);
}

TEST(SnpGuestRequest, AnswersTheSameCiphertextAgainAfterAHardwareError) {
  Request a;
  a.machine.faults.script = {HardwareFault::platform};
  ASSERT_EQ(a.call(), Status::hwerror_platform);
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpGuestRequest, CountsForEachKeyByItself) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  snp::ReportReq request{};
  request.vmpl = 3u;
  for (int round = 0; round < 3; ++round)
    for (std::uint8_t key = 0; key < 4; ++key) {
      if (key == 2 && round > 0) continue;
      EXPECT_EQ(guest.send(MessageType::report_req, request, key).command, Status::success);
    }
  EXPECT_EQ(guest.context().message_count, (std::array<std::uint64_t, 4>{6, 6, 2, 6}));
}

TEST(SnpGuestRequest, UsesOneResponsePageForAHundredRequests) {
  SnpMachine machine;
  machine.init();
  SnpGuest guest(machine);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(guest.send(MessageType::key_req, snp::KeyReq{}).command, Status::success) << i;
}

TEST(SnpGuestRequest, KeepsGuestsApart) {
  SnpMachine machine;
  machine.init();
  SnpGuest one(machine);
  LaunchOptions options;
  options.asid = {2};
  SnpGuest two(machine, options);
  EXPECT_EQ(two.request(one.seal(MessageType::report_req, bytes_of(kReport))), Status::invalid_param);
  EXPECT_EQ(two.send(MessageType::report_req, kReport).command, Status::success);
}

TEST(SnpGuestRequest, AnswersWithTheStatusesThatTheKnobsName) {
  auto config = small_platform();
  config.knobs.message_bad_header = Status::invalid_len;
  config.knobs.message_bad_tag = Status::bad_measurement;
  config.knobs.message_bad_seqno = Status::invalid_param;
  SnpMachine machine(config);
  machine.init();
  SnpGuest guest(machine);
  auto page = guest.seal(MessageType::report_req, bytes_of(kReport));
  page[0x30] = 9;
  EXPECT_EQ(guest.request(page), Status::invalid_len);
  page = guest.seal(MessageType::report_req, bytes_of(kReport));
  page[0x60] ^= 1;
  EXPECT_EQ(guest.request(page), Status::bad_measurement);
  guest.next_seqno[0] = 9;
  EXPECT_EQ(guest.request(guest.seal(MessageType::report_req, bytes_of(kReport))), Status::invalid_param);
}

/// Bits of the first 60h bytes one by one: none may be accepted.
TEST(SnpGuestRequest, RefusesEveryFlippedBitOfTheHeader) {
  Request a;
  const std::vector<std::uint8_t> good = a.page;
  for (std::size_t bit = 0; bit < sizeof(GuestMessageHeader) * 8; ++bit) {
    a.page = good;
    a.page[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    a.place();
    EXPECT_NE(a.call(), Status::success) << "bit " << bit;
  }
  a.page = good;
  a.place();
  EXPECT_EQ(a.call(), Status::success);
}

/// The counter's end cannot be reached by 2^63 messages here, so it is set.
TEST(SnpGuestRequest, StopsWhenTheCounterCannotGoOn) {
  Request a;
  auto& count = const_cast<snp::GuestContext&>(a.guest->context()).message_count[0];
  count = ~std::uint64_t{0} - 1;
  a.reseal(MessageType::report_req, bytes_of(kReport), ~std::uint64_t{0});
  EXPECT_EQ(a.call(), Status::aead_oflow);
  count = ~std::uint64_t{0} - 3;
  a.reseal(MessageType::report_req, bytes_of(kReport), ~std::uint64_t{0} - 2);
  EXPECT_EQ(a.call(), Status::success);
}

}  // namespace
}  // namespace swtee::test
