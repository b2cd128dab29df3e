// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_guest.h"

#include "tests/support/snp_owner.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace swtee::test {

using snp::MessageType;
using snp::PageType;
using snp::Status;

namespace {
constexpr std::uint64_t kMeasuredGpa = 0x1000;
constexpr std::uint64_t kSecretsGpa = 0x2000;
}  // namespace

SnpGuest::SnpGuest(SnpMachine& machine, const LaunchOptions& options) : asid(options.asid), machine_(machine) {
  launch(options);
  finish(options);
  const auto secrets = machine_.read_as_guest(asid, secrets_page, sizeof(snp::SecretsPage));
  vmpck = from_bytes<snp::SecretsPage>(secrets).vmpck;
  request_page = machine_.take_page();
  response_page = machine_.firmware_page();
}

SnpGuest::SnpGuest(SnpMachine& machine, const Arrived& from) : gctx(from.gctx), machine_(machine) {
  request_page = machine_.take_page();
  response_page = machine_.firmware_page();
}

SnpGuest SnpGuest::arrived(SnpMachine& machine, Spa gctx, const std::array<Bytes<32>, 4>& vmpck,
                           const std::array<std::uint64_t, 4>& next_seqno) {
  SnpGuest guest(machine, Arrived(gctx));
  guest.vmpck = vmpck;
  guest.next_seqno = next_seqno;
  return guest;
}

void SnpGuest::launch(const LaunchOptions& options) {
  gctx = machine_.gctx_create();
  snp::SnpLaunchStartBuffer start{};
  start.gctx_paddr = gctx.value;
  start.policy = options.policy;
  start.flags = options.start_flags;
  start.ma_gctx_paddr = options.agent.value;
  start.desired_tsc_khz = options.tsc_khz;
  start.gosvw = options.gosvw;
  ASSERT_EQ(machine_.command(id::kLaunchStart, start), Status::success);
  ASSERT_EQ(machine_.activate(gctx, asid), Status::success);
  const std::vector<std::uint8_t> content(kPageSize, options.content);
  measured_page_ = machine_.pre_guest_page(asid, kMeasuredGpa, content);
  ASSERT_EQ(machine_.launch_update(gctx, measured_page_), Status::success);
  if (options.imi_content.has_value()) {
    const Spa image = machine_.pre_guest_page(asid, kMeasuredGpa, std::vector<std::uint8_t>(kPageSize, *options.imi_content));
    ASSERT_EQ(machine_.launch_update(gctx, image, PageType::normal, false, {}, /*imi=*/true), Status::success);
  }
  secrets_page = machine_.pre_guest_page(asid, kSecretsGpa);
  ASSERT_EQ(machine_.launch_update(gctx, secrets_page, PageType::secrets), Status::success);
  measurement = context().launch_digest;
}

void SnpGuest::finish(const LaunchOptions& options) {
  snp::SnpLaunchFinishBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.host_data = options.host_data;
  std::uint64_t flags = options.vcek_disabled ? 4 : 0;
  if (options.with_id_block) {
    snp::IdBlock block{};
    block.ld = measurement;
    block.family_id.fill(options.family_id);
    block.image_id.fill(options.image_id);
    block.version = 1u;
    block.guest_svn = options.guest_svn;
    block.policy = options.policy;
    std::optional<crypto::EcPrivateKey> author;
    if (options.with_author_key) author = owner_key(99);
    const Spa block_page = machine_.take_page();
    const Spa auth_page = machine_.take_page();
    machine_.write(block_page, bytes_of(block));
    machine_.write(auth_page, bytes_of(sign_identity(block, owner_key(options.id_key), author)));
    buffer.id_block_paddr = block_page.value;
    buffer.id_auth_paddr = auth_page.value;
    flags |= options.with_author_key ? 3 : 1;
  }
  buffer.flags = flags;
  ASSERT_EQ(machine_.command(id::kLaunchFinish, buffer), Status::success);
}

std::vector<std::uint8_t> SnpGuest::seal(MessageType type, ByteView payload, std::uint8_t key, std::uint8_t version) const {
  std::vector<std::uint8_t> page(kPageSize);
  guest::snp::seal_message(crypto::GcmKey(vmpck[key]), {next_seqno[key], type, version, key}, payload,
                           guest::snp::MutablePage(page.data(), kPageSize));
  return page;
}

Status SnpGuest::request(ByteView page) {
  machine_.write(request_page, page);
  snp::SnpGuestRequestBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.request_paddr = request_page.value;
  buffer.response_paddr = response_page.value;
  return machine_.command(id::kGuestRequest, buffer);
}

std::vector<std::uint8_t> SnpGuest::open(MessageType type, std::uint8_t key, std::uint8_t version) {
  const std::vector<std::uint8_t> page = machine_.read(response_page, kPageSize);
  std::vector<std::uint8_t> payload(snp::kMessagePayloadMax);
  const auto size = guest::snp::open_response(crypto::GcmKey(vmpck[key]), {next_seqno[key], type, version, key},
                                              guest::snp::PageView(page.data(), kPageSize), payload);
  EXPECT_TRUE(size.ok()) << "the response is not one to this request: " << (size.ok() ? 0 : static_cast<int>(size.error()));
  payload.resize(size.ok() ? size.value() : 0);
  next_seqno[key] += 2;
  return payload;
}

Reply SnpGuest::send(MessageType type, ByteView payload, std::uint8_t key, std::uint8_t version) {
  Reply reply;
  reply.command = request(seal(type, payload, key, version));
  if (reply.command == Status::success) reply.payload = open(type, key, version);
  return reply;
}

snp::AttestationReport SnpGuest::report(std::uint8_t data, std::uint32_t vmpl, snp::KeySelect key) {
  snp::ReportReq request{};
  request.report_data.fill(data);
  request.vmpl = vmpl;
  request.flags = static_cast<std::uint32_t>(key);
  const Reply reply = send(MessageType::report_req, request);
  EXPECT_EQ(reply.command, Status::success);
  EXPECT_EQ(reply.payload.size(), sizeof(snp::ReportRsp));
  const auto response = reply.as<snp::ReportRsp>();
  EXPECT_EQ(response.status, 0u);
  return response.report;
}

void SnpGuest::destroy() {
  ASSERT_EQ(machine_.gctx_command(id::kDecommission, gctx), Status::success);
  for (const Spa page : {gctx, response_page}) {
    ASSERT_EQ(machine_.reclaim(page), Status::success);
    ASSERT_EQ(machine_.rmpupdate(page, false), SWTEE_RMP_OK);
    machine_.give_back(page);
  }
  for (const Spa page : {measured_page_, secrets_page}) {
    ASSERT_EQ(machine_.rmpupdate(page, false), SWTEE_RMP_OK);
    machine_.give_back(page);
  }
  machine_.wbinvd_and_flush();
}

}  // namespace swtee::test
