// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/aead.h"
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/commands/guest_states.h"
#include "firmware/snp/messages/messages.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

#include <algorithm>
#include <limits>

namespace swtee::snp::commands {
namespace {

using Page = std::array<std::uint8_t, kPageSize>;

/// A request that was read once, opened and found in sequence.
struct Plan {
  Spa gctx;
  Spa response_page;
  GuestMessageHeader header{};
  std::vector<std::uint8_t> payload;
};

crypto::GcmIv iv_of(std::uint64_t seqno) {
  crypto::GcmIv iv{};
  const le64 wire = seqno;
  std::memcpy(iv.data(), &wire, sizeof(wire));
  return iv;
}

ByteView aad_of(const GuestMessageHeader& header) { return bytes_of(header).subspan(kMessageAadOffset, kMessageAadSize); }

Checked check_header(const World& world, const GuestMessageHeader& header) {
  const Status bad = world.settings.knobs.message_bad_header;
  SWTEE_REQUIRE(header.algo == kMessageAlgoAes256Gcm && header.hdr_version == kMessageHeaderVersion, bad);
  SWTEE_REQUIRE(header.hdr_size == sizeof(GuestMessageHeader) && header.msg_size <= kMessagePayloadMax, bad);
  SWTEE_REQUIRE(header.msg_vmpck <= 3, bad);
  SWTEE_REQUIRE(header.reserved_28h == 0 && header.reserved_38h == 0 && all_zero(header.reserved_3dh), bad);
  SWTEE_REQUIRE(all_zero(ByteView(header.authtag).subspan(16)), bad);
  return {};
}

Checked check_sequence(const World& world, const GuestContext& guest, const GuestMessageHeader& header) {
  const std::uint64_t count = guest.message_count[header.msg_vmpck];
  SWTEE_REQUIRE(count <= std::numeric_limits<std::uint64_t>::max() - 2, Status::aead_oflow);
  SWTEE_REQUIRE(header.msg_seqno == count + 1, world.settings.knobs.message_bad_seqno);
  return {};
}

Result<std::vector<std::uint8_t>, Status> open(const World& world, const GuestContext& guest, const GuestMessageHeader& header,
                                               ByteView page) {
  crypto::GcmTag tag{};
  std::copy_n(header.authtag.begin(), tag.size(), tag.begin());
  std::vector<std::uint8_t> payload(header.msg_size);
  const bool authentic = crypto::aes256_gcm_open(guest.vmpck[header.msg_vmpck], iv_of(header.msg_seqno), aad_of(header),
                                                 page.subspan(sizeof(header), payload.size()), tag, payload);
  SWTEE_REQUIRE(authentic, world.settings.knobs.message_bad_tag);
  return payload;
}

Result<Plan, Status> check(const World& world, const SnpGuestRequestBuffer& buffer) {
  Plan plan;
  plan.gctx = SWTEE_TRY(guest_in_state(world, buffer.gctx_paddr, kRunningState));
  const GuestContext& guest = *world.guest(plan.gctx);
  const Spa request_page = SWTEE_TRY(memory_range(world, buffer.request_paddr, kPageSize, kPageSize));
  plan.response_page = SWTEE_TRY(page_in_state(world, buffer.response_paddr, {SWTEE_RMP_FIRMWARE}));
  Page page;
  // A page that the guest still holds private is ciphertext to the firmware: like a message with a wrong tag.
  SWTEE_REQUIRE(world.ports.memory.read(Access::psp(), request_page, page).ok(), world.settings.knobs.message_bad_tag);
  plan.header = from_bytes<GuestMessageHeader>(page);
  SWTEE_TRY(check_header(world, plan.header));
  SWTEE_TRY(check_sequence(world, guest, plan.header));
  plan.payload = SWTEE_TRY(open(world, guest, plan.header, page));
  return plan;
}

void write_response(World& world, const crypto::GcmKey& key, const Plan& plan, const std::vector<std::uint8_t>& payload) {
  GuestMessageHeader header{};
  header.msg_seqno = plan.header.msg_seqno + 1;
  header.algo = kMessageAlgoAes256Gcm;
  header.hdr_version = kMessageHeaderVersion;
  header.hdr_size = sizeof(GuestMessageHeader);
  header.msg_type = static_cast<std::uint8_t>(plan.header.msg_type + 1);
  header.msg_version = plan.header.msg_version;
  header.msg_size = static_cast<std::uint16_t>(payload.size());
  header.msg_vmpck = plan.header.msg_vmpck;
  Page page{};
  const crypto::GcmTag tag = crypto::aes256_gcm_seal(key, iv_of(header.msg_seqno), aad_of(header), payload,
                                                     MutableBytes(page).subspan(sizeof(header), payload.size()));
  std::copy(tag.begin(), tag.end(), header.authtag.begin());
  std::memcpy(page.data(), &header, sizeof(header));
  write_memory(world, plan.response_page, page);
}

Status commit(World& world, Plan plan) noexcept {
  const MessageRow* row = find_message(plan.header.msg_type);
  Status status = row == nullptr ? Status::invalid_param : Status::unsupported;
  Status payload_status = Status::success;
  if (row != nullptr && row->handler != nullptr) {
    // The answer goes to who asked, under the key that asked: a message can replace the sender's context.
    const crypto::GcmKey key = world.guest(plan.gctx)->vmpck[plan.header.msg_vmpck].copy();
    auto response = row->handler(world, {plan.gctx, plan.header.msg_vmpck, plan.header.msg_version, plan.payload});
    status = response.ok() ? Status::success : response.error();
    if (response.ok()) {
      payload_status = response.value().status;
      write_response(world, key, plan, response.value().payload);
      if (response.value().counts) world.guest(plan.gctx)->message_count[plan.header.msg_vmpck] += 2;
      crypto::cleanse(response.value().payload);
    }
  }
  crypto::cleanse(plan.payload);
  if (world.ports.trace != nullptr)
    world.ports.trace->message({plan.header.msg_type, plan.header.msg_vmpck, plan.header.msg_seqno, static_cast<std::uint32_t>(status),
                                static_cast<std::uint32_t>(payload_status)});
  return status;
}

}  // namespace

/// SNP_GUEST_REQUEST: opens a guest's message, answers it, seals the answer.  [SNP-ABI r1.58 §SNP_GUEST_REQUEST]
///
/// States    platform INIT; guest RUNNING.
/// Failures  INVALID_ADDRESS, INVALID_GUEST, INVALID_GUEST_STATE; INVALID_PAGE_STATE the response page is not Firmware; by
///           knob, default INVALID_PARAM: a wrong or reserved header field, a tag that does not fit, a request page that the
///           firmware cannot read; by knob, default AEAD_OFLOW: a sequence number that is not the counter + 1; AEAD_OFLOW
///           the counter cannot go on; INVALID_PARAM an unknown message type, or what the message's own contract says;
///           UNSUPPORTED a message that is not modelled.
/// Effects   of a success only: the response page is written and stays Firmware, the counter of the key moves by 2.
Status snp_guest_request(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpGuestRequestBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
