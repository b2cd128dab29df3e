// SPDX-License-Identifier: Apache-2.0
/// A host and its firmware as far as the guest's channel goes, for tests of guest software: own code for the messages,
/// no chip behind it. Reports are unsigned; each carries the number of its request, so that no two are equal.
#pragma once

#include "firmware/crypto/aead.h"
#include "firmware/crypto/digest.h"
#include "guest/snp/guest_request_transport.h"
#include "guest/snp/sleeper.h"

#include <swtee/abi/snp/guest_message.h>
#include <swtee/abi/snp/status.h>

#include <array>
#include <deque>
#include <functional>
#include <vector>

namespace swtee::test {

/// Time that moves only when somebody sleeps, and then, as Linux's timers do, to the tick after.
class FakeClock final : public guest::snp::Sleeper {
 public:
  void sleep_ms(std::uint32_t milliseconds) override {
    now_ += milliseconds + kTickMs;
    ++sleeps;
  }
  std::uint64_t now_ms() const override { return now_; }

  static constexpr std::uint32_t kTickMs = 4;
  int sleeps = 0;

 private:
  std::uint64_t now_ = 1'000'000;
};

class FakePsp final : public guest::snp::GuestRequestTransport {
 public:
  using Exit = guest::snp::GuestRequestExit;
  using Header = swtee::snp::GuestMessageHeader;

  FakePsp() {
    for (std::size_t key = 0; key < vmpck.size(); ++key) vmpck[key].fill(static_cast<std::uint8_t>(key + 5));
  }

  std::array<Bytes<32>, 4> vmpck;
  std::array<std::uint64_t, 4> counter{};    ///< last sequence number used, for each VMPCK
  bool vlek_loaded = false;
  std::uint32_t payload_status = 0;          ///< STATUS of the next responses, when not 0
  std::uint32_t report_size = 0x4a0;         ///< REPORT_SIZE of the next reports
  std::vector<std::uint8_t> certificates;    ///< the host's table; empty: it has none
  std::uint64_t busy_until_ms = 0;           ///< the host throttles until then
  const FakeClock* clock = nullptr;
  std::deque<Exit> scripted;                 ///< the host's next answers; nothing reaches the firmware
  /// Changes the response page on its way back.
  std::function<void(guest::snp::MutablePage)> on_response;

  int plain_requests = 0;
  int extended_requests = 0;
  std::vector<std::vector<std::uint8_t>> seen;  ///< every request page that the host saw

  Exit guest_request(guest::snp::PageView request, guest::snp::MutablePage response) override {
    ++plain_requests;
    return hypervisor(request, response);
  }

  Exit extended_guest_request(guest::snp::PageView request, guest::snp::MutablePage response, MutableBytes certs) override {
    ++extended_requests;
    if (certificates.size() > certs.size()) {
      seen.emplace_back(request.begin(), request.end());
      const std::size_t pages = (certificates.size() + guest::snp::kPageSize - 1) / guest::snp::kPageSize;
      return {0, guest::snp::VmmError::invalid_len, static_cast<std::uint32_t>(pages)};
    }
    const Exit exit = hypervisor(request, response);
    if (exit.exit_info_2() == 0) std::copy(certificates.begin(), certificates.end(), certs.begin());
    return exit;
  }

 private:
  static crypto::GcmIv iv_of(std::uint64_t sequence) {
    crypto::GcmIv iv{};
    for (std::size_t i = 0; i < 8; ++i) iv[i] = static_cast<std::uint8_t>(sequence >> (8 * i));
    return iv;
  }

  static Exit firmware_error(swtee::snp::Status status) { return {static_cast<std::uint32_t>(status), {}, 0}; }

  Exit hypervisor(guest::snp::PageView request, guest::snp::MutablePage response) {
    seen.emplace_back(request.begin(), request.end());
    if (!scripted.empty()) {
      const Exit exit = scripted.front();
      scripted.pop_front();
      return exit;
    }
    if (clock != nullptr && clock->now_ms() < busy_until_ms) return {0, guest::snp::VmmError::busy, 0};
    const Exit exit = firmware(request, response);
    if (exit.exit_info_2() == 0 && on_response) on_response(response);
    return exit;
  }

  Exit firmware(guest::snp::PageView page, guest::snp::MutablePage response) {
    using swtee::snp::Status;
    const auto header = from_bytes<Header>(page);
    if (header.algo != 1 || header.hdr_version != 1 || header.hdr_size != 0x60 || header.msg_vmpck > 3 ||
        header.msg_size > 0xfa0 || header.reserved_38h != 0 || !all_zero(header.reserved_3dh))
      return firmware_error(Status::invalid_param);
    if (header.msg_seqno != counter[header.msg_vmpck] + 1) return firmware_error(Status::aead_oflow);

    const crypto::GcmKey key{vmpck[header.msg_vmpck]};
    crypto::GcmTag tag;
    std::copy_n(header.authtag.begin(), tag.size(), tag.begin());
    std::vector<std::uint8_t> payload(header.msg_size);
    if (!crypto::aes256_gcm_open(key, iv_of(header.msg_seqno), page.subspan(0x30, 0x30), page.subspan(0x60, payload.size()),
                                 tag, payload))
      return firmware_error(Status::invalid_param);

    const std::vector<std::uint8_t> answer = this->answer(header, payload);
    if (answer.empty()) return firmware_error(Status::invalid_param);
    counter[header.msg_vmpck] += 2;
    respond(header, key, answer, response);
    return {};
  }

  void respond(const Header& request, const crypto::GcmKey& key, ByteView payload, guest::snp::MutablePage page) {
    Header header{};
    header.msg_seqno = request.msg_seqno + 1;
    header.algo = 1;
    header.hdr_version = 1;
    header.hdr_size = std::uint16_t{0x60};
    header.msg_type = static_cast<std::uint8_t>(request.msg_type + 1);
    header.msg_version = request.msg_version;
    header.msg_size = static_cast<std::uint16_t>(payload.size());
    header.msg_vmpck = request.msg_vmpck;
    const crypto::GcmTag tag = crypto::aes256_gcm_seal(key, iv_of(header.msg_seqno), bytes_of(header).subspan(0x30, 0x30),
                                                       payload, page.subspan(0x60, payload.size()));
    std::copy(tag.begin(), tag.end(), header.authtag.begin());
    std::memcpy(page.data(), &header, sizeof(header));
  }

  std::vector<std::uint8_t> answer(const Header& header, ByteView payload) {
    using swtee::snp::MessageType;
    if (header.msg_type == static_cast<std::uint8_t>(MessageType::report_req)) return report(header, payload);
    if (header.msg_type == static_cast<std::uint8_t>(MessageType::key_req)) return derived_key(header, payload);
    return {};
  }

  template <class T>
  static std::vector<std::uint8_t> to_vector(const T& wire) {
    const ByteView bytes = bytes_of(wire);
    return {bytes.begin(), bytes.end()};
  }

  std::vector<std::uint8_t> report(const Header& header, ByteView payload) {
    using swtee::snp::Status;
    if (payload.size() != sizeof(swtee::snp::ReportReq)) return {};
    const auto request = from_bytes<swtee::snp::ReportReq>(payload);
    swtee::snp::ReportRsp response{};
    const std::uint32_t key_select = request.flags & 3;
    if (request.vmpl < header.msg_vmpck || request.vmpl > 3 || key_select == 3 || request.flags > 3 ||
        !all_zero(request.reserved_48h))
      response.status = static_cast<std::uint32_t>(Status::invalid_param);
    else if (key_select == 2 && !vlek_loaded)
      response.status = static_cast<std::uint32_t>(Status::invalid_key);
    else if (payload_status != 0)
      response.status = payload_status;
    if (response.status != 0) return to_vector(response);
    response.report_size = report_size;
    response.report.version = std::uint32_t{2};
    response.report.vmpl = request.vmpl;
    response.report.report_data = request.report_data;
    response.report.report_id[0] = static_cast<std::uint8_t>(header.msg_seqno);
    response.report.report_id[1] = static_cast<std::uint8_t>(header.msg_seqno >> 8);
    return to_vector(response);
  }

  std::vector<std::uint8_t> derived_key(const Header& header, ByteView payload) {
    const std::size_t size = header.msg_version == 1 ? sizeof(swtee::snp::KeyReq) : sizeof(swtee::snp::KeyReqV2);
    if (payload.size() != size) return {};
    const auto request = from_bytes<swtee::snp::KeyReq>(payload);
    swtee::snp::KeyRsp response{};
    if (request.vmpl < header.msg_vmpck || request.vmpl > 3 || request.guest_field_select > 0x7f)
      response.status = static_cast<std::uint32_t>(swtee::snp::Status::invalid_param);
    else
      response.derived_key = crypto::hmac_sha256(ByteView(Bytes<4>{'c', 'h', 'i', 'p'}), payload);
    return to_vector(response);
  }
};

}  // namespace swtee::test
