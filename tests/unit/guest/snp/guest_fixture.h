// SPDX-License-Identifier: Apache-2.0
/// A guest for tests: secrets page, driver, fake PSP, and a program's memory.
#pragma once

#include "guest/snp/sev_guest_device.h"
#include "tests/support/fake_psp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>

namespace swtee::test {

/// A program's memory as regions at addresses of the test's choice.
class FakeUserMemory final : public guest::snp::UserMemory {
 public:
  struct Region {
    std::vector<std::uint8_t> bytes;
    bool writable = true;
  };

  void map(std::uint64_t address, std::vector<std::uint8_t> bytes) { regions_[address] = {std::move(bytes), true}; }
  void make_read_only(std::uint64_t address) { regions_.at(address).writable = false; }
  const std::vector<std::uint8_t>& at(std::uint64_t address) const { return regions_.at(address).bytes; }

  template <class T>
  void put(std::uint64_t address, const T& value) {
    const ByteView bytes = bytes_of(value);
    map(address, {bytes.begin(), bytes.end()});
  }
  template <class T>
  T get(std::uint64_t address) const {
    return from_bytes<T>(at(address));
  }

  bool copy_in(std::uint64_t address, MutableBytes to) override {
    const auto found = regions_.find(address);
    if (found == regions_.end() || found->second.bytes.size() < to.size()) return false;
    std::copy_n(found->second.bytes.begin(), to.size(), to.begin());
    return true;
  }
  bool copy_out(std::uint64_t address, ByteView from) override {
    const auto found = regions_.find(address);
    if (found == regions_.end() || found->second.bytes.size() < from.size() || !found->second.writable) return false;
    std::copy(from.begin(), from.end(), found->second.bytes.begin());
    ++copies_out;
    return true;
  }

  int copies_out = 0;

 private:
  std::map<std::uint64_t, Region> regions_;
};

class GuestTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kArgument = 0x1000, kRequest = 0x2000, kResponse = 0x3000, kCerts = 0x10000;
  /// What a program leaves in exitinfo2, to see whether the driver wrote to it.
  static constexpr std::uint64_t kUntouched = 0x5a5a'5a5a'5a5a'5a5a;

  void SetUp() override {
    psp.clock = &clock;
    for (std::size_t key = 0; key < 4; ++key)
      std::copy(psp.vmpck[key].begin(), psp.vmpck[key].end(),
                secrets.begin() + static_cast<std::ptrdiff_t>(guest::snp::kSecretsVmpckOffset + 32 * key));
    boot({});
  }

  void boot(const guest::snp::SevGuestOptions& options) {
    auto probed = guest::snp::SevGuestDevice::probe(secrets, options, psp, clock);
    ASSERT_TRUE(probed.ok());
    device = std::move(probed).value();
  }
  void boot_kernel(std::string_view version) { boot({.kernel = *guest::snp::find_guest_kernel(version), .vmpl = 0, .vmpck_id = {}}); }

  void put_argument(std::uint8_t msg_version, std::uint64_t request = kRequest, std::uint64_t response = kResponse) {
    swtee::snp::GuestRequestIoctl argument{};
    argument.msg_version = msg_version;
    argument.req_data = request;
    argument.resp_data = response;
    argument.exitinfo2 = kUntouched;
    memory.put(kArgument, argument);
    memory.copies_out = 0;
  }
  std::uint64_t exit_info_2() const { return memory.get<swtee::snp::GuestRequestIoctl>(kArgument).exitinfo2; }

  static Bytes<64> nonce(std::uint8_t start = 0) {
    Bytes<64> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(start + i);
    return bytes;
  }

  int get_report(std::uint32_t vmpl = 0, std::uint8_t start = 0) {
    swtee::snp::SnpReportReq request{};
    request.user_data = nonce(start);
    request.vmpl = vmpl;
    memory.put(kRequest, request);
    memory.map(kResponse, std::vector<std::uint8_t>(4000, 0xee));
    put_argument(1);
    return device->ioctl(swtee::snp::kIoctlGetReport, kArgument, memory);
  }

  int get_ext_report(std::uint64_t certs_address, std::uint32_t certs_len) {
    swtee::snp::SnpExtReportReq request{};
    request.data.user_data = nonce();
    request.certs_address = certs_address;
    request.certs_len = certs_len;
    memory.put(kRequest, request);
    memory.map(kResponse, std::vector<std::uint8_t>(4000, 0xee));
    memory.map(kCerts, std::vector<std::uint8_t>(0x5000, 0xee));
    put_argument(1);
    return device->ioctl(swtee::snp::kIoctlGetExtReport, kArgument, memory);
  }
  std::uint32_t certs_len() const { return memory.get<swtee::snp::SnpExtReportReq>(kRequest).certs_len; }

  int get_key(const swtee::snp::SnpDerivedKeyReq& request, std::uint8_t msg_version = 1) {
    memory.put(kRequest, request);
    memory.map(kResponse, std::vector<std::uint8_t>(64, 0xee));
    put_argument(msg_version);
    return device->ioctl(swtee::snp::kIoctlGetDerivedKey, kArgument, memory);
  }

  swtee::snp::ReportRsp response() const { return memory.get<swtee::snp::ReportRsp>(kResponse); }

  /// The sequence number that the driver keeps in the secrets page.
  std::uint32_t stored_sequence(std::size_t key = 0) const {
    return from_bytes<le32>(ByteView(secrets).subspan(guest::snp::kSecretsSequenceOffset + 4 * key));
  }
  void store_sequence(std::uint32_t value) {
    const le32 wire = value;
    std::memcpy(secrets.data() + guest::snp::kSecretsSequenceOffset, &wire, sizeof(wire));
  }
  bool page_has_key(std::size_t key = 0) const {
    return !all_zero(ByteView(secrets).subspan(guest::snp::kSecretsVmpckOffset + 32 * key, 32));
  }
  bool response_untouched() const {
    const auto& bytes = memory.at(kResponse);
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0xee; });
  }

  std::array<std::uint8_t, 4096> secrets{};
  FakeClock clock;
  FakePsp psp;
  FakeUserMemory memory;
  std::unique_ptr<guest::snp::SevGuestDevice> device;
};

}  // namespace swtee::test
