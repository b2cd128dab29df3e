// SPDX-License-Identifier: Apache-2.0
/// A launched guest and its channel to the firmware, as guest software and its host work it.
#pragma once

#include "guest/snp/guest_message.h"
#include "tests/support/snp_machine.h"

#include <functional>
#include <optional>

namespace swtee::test {

/// What is said at launch.
struct LaunchOptions {
  Asid asid{1};
  std::uint64_t policy = snp::policy::kDefault;
  std::uint32_t start_flags = 0;  ///< MA_EN, IMI_EN
  Spa agent{};
  std::uint32_t tsc_khz = 0;
  Bytes<16> gosvw{};
  Bytes<32> host_data{};
  std::uint8_t content = 0;  ///< of the one measured page
  std::optional<std::uint8_t> imi_content;  ///< of a page of the initial migration image; needs IMI_EN
  bool vcek_disabled = false;
  bool with_id_block = false;
  bool with_author_key = false;
  std::uint32_t guest_svn = 7;
  std::uint8_t family_id = 0x11;
  std::uint8_t image_id = 0x22;
  std::uint8_t id_key = 1;
};

/// What came back for a request.
struct Reply {
  snp::Status command{};
  std::vector<std::uint8_t> payload;  ///< plaintext of the response; empty unless the command succeeded

  template <WireStruct T>
  T as() const {
    return from_bytes<T>(payload);
  }
};

/// A running guest with one measured page, a secrets page, and the two pages of its channel.
class SnpGuest {
 public:
  /// Launches through the whole command sequence; expects success.
  explicit SnpGuest(SnpMachine& machine, const LaunchOptions& options = {});
  /// The channel of a guest that came from elsewhere, with what its software knows. It has no pages here.
  static SnpGuest arrived(SnpMachine& machine, Spa gctx, const std::array<Bytes<32>, 4>& vmpck, const std::array<std::uint64_t, 4>& next_seqno);

  Spa gctx;
  Asid asid;
  Spa secrets_page;
  Spa request_page;
  Spa response_page;
  Bytes<48> measurement{};
  std::array<Bytes<32>, 4> vmpck{};             ///< read by the guest from its secrets page
  std::array<std::uint64_t, 4> next_seqno{1, 1, 1, 1};

  const snp::GuestContext& context() const { return machine_.context(gctx); }

  /// The page with this message sealed for the current sequence number.
  std::vector<std::uint8_t> seal(snp::MessageType type, ByteView payload, std::uint8_t key = 0, std::uint8_t version = 1) const;
  /// SNP_GUEST_REQUEST with this page. Nothing of the channel's own state moves.
  snp::Status request(ByteView page);
  /// Opens the response with everything that Linux checks, and counts it.
  std::vector<std::uint8_t> open(snp::MessageType type, std::uint8_t key = 0, std::uint8_t version = 1);
  /// Seal, request, and when that succeeded open.
  Reply send(snp::MessageType type, ByteView payload, std::uint8_t key = 0, std::uint8_t version = 1);

  template <WireStruct Request>
  Reply send(snp::MessageType type, const Request& request, std::uint8_t key = 0, std::uint8_t version = 1) {
    return send(type, bytes_of(request), key, version);
  }

  /// A report for this VMPL with REPORT_DATA all `data`; expects success.
  snp::AttestationReport report(std::uint8_t data = 0, std::uint32_t vmpl = 0, snp::KeySelect key = snp::KeySelect::vlek_or_vcek);

  /// SNP_DECOMMISSION and everything that gives the guest's pages back.
  void destroy();

 private:
  /// Not an aggregate, so that `{}` never means it.
  class Arrived {
   public:
    explicit Arrived(Spa page) : gctx(page) {}
    Spa gctx;
  };
  SnpGuest(SnpMachine& machine, const Arrived& from);
  void launch(const LaunchOptions& options);
  void finish(const LaunchOptions& options);

  SnpMachine& machine_;
  Spa measured_page_;
};

}  // namespace swtee::test
