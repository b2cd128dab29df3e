// SPDX-License-Identifier: Apache-2.0
/// The guest's end of the channel against a hostile host and a hostile program.
///
/// Input: a sequence of steps. Each begins with one byte:
///   00-3f  ioctl: u8 which pointers are good (bits 0-2: argument, request, response), u8 msg_version, u32 certs_len,
///          then up to 96 bytes of request; the low 2 bits of the step choose the ioctl, 3 an unknown one
///   40-7f  the host's next answer is an exit: u32 firmware error, u32 VMM error, u32 pages
///   80-bf  the host's next response is changed: 1 + (step & 7) times u16 offset, u8 xor
///   c0-df  the host's next response is these bytes: u16 length, then the bytes
///   e0-ef  the host gets certificates: u16 length
///   f0-ff  a message made of the input is opened under the key: u16 length, then the bytes
#include "guest/snp/sev_tsm_provider.h"
#include "tests/fuzz/harness.h"
#include "tests/support/fake_psp.h"

#include <cerrno>
#include <map>

namespace swtee::fuzz {
namespace {

using test::FakeClock;
using test::FakePsp;
using Page = std::array<std::uint8_t, guest::snp::kPageSize>;

constexpr std::uint64_t kArgument = 0x1000, kRequest = 0x2000, kResponse = 0x3000, kCerts = 0x10000;

/// The program's memory: four regions, some of them switched off.
class Program final : public guest::snp::UserMemory {
 public:
  bool copy_in(std::uint64_t address, MutableBytes to) override {
    auto* region = find(address);
    if (region == nullptr || region->size() < to.size()) return false;
    std::copy_n(region->begin(), to.size(), to.begin());
    return true;
  }
  bool copy_out(std::uint64_t address, ByteView from) override {
    auto* region = find(address);
    if (region == nullptr || region->size() < from.size()) return false;
    std::copy(from.begin(), from.end(), region->begin());
    return true;
  }
  std::vector<std::uint8_t>* find(std::uint64_t address) {
    const auto found = regions.find(address);
    return found == regions.end() ? nullptr : &found->second;
  }
  std::map<std::uint64_t, std::vector<std::uint8_t>> regions;
};

class Session {
 public:
  Session() {
    psp_.clock = &clock_;
    for (std::size_t key = 0; key < 4; ++key)
      std::copy(psp_.vmpck[key].begin(), psp_.vmpck[key].end(),
                secrets_.begin() + static_cast<std::ptrdiff_t>(guest::snp::kSecretsVmpckOffset + 32 * key));
    auto probed = guest::snp::SevGuestDevice::probe(secrets_, {}, psp_, clock_);
    FUZZ_REQUIRE(probed.ok());
    device_ = std::move(probed).value();
  }

  void step(InputReader& input) {
    const std::uint8_t kind = input.u8();
    if (kind < 0x40) call(kind & 3, input);
    else if (kind < 0x80) script_exit(input);
    else if (kind < 0xc0) script_changes(1u + (kind & 7), input);
    else if (kind < 0xe0) script_response(input);
    else if (kind < 0xf0) psp_.certificates.assign(input.u16(), 0xcc);
    else open(input);
  }

  /// Two messages under one sequence number would break AES-GCM.
  void require_fresh_numbers() const {
    std::map<std::uint64_t, const std::vector<std::uint8_t>*> by_number;
    for (const auto& page : psp_.seen) {
      const auto [at, fresh] = by_number.emplace(from_bytes<FakePsp::Header>(page).msg_seqno, &page);
      FUZZ_REQUIRE(fresh || *at->second == page);
    }
  }

 private:
  void call(unsigned which, InputReader& input) {
    static constexpr std::uint32_t kNumbers[] = {swtee::snp::kIoctlGetReport, swtee::snp::kIoctlGetDerivedKey,
                                                 swtee::snp::kIoctlGetExtReport, 0xc0a01181};
    const std::uint8_t good = input.u8();
    swtee::snp::GuestRequestIoctl argument{};
    argument.msg_version = input.u8();
    argument.req_data = good & 0x10 ? 0 : kRequest;
    argument.resp_data = good & 0x20 ? 0 : kResponse;
    swtee::snp::SnpExtReportReq request{};
    request.certs_len = input.u32();
    request.certs_address = good & 8 ? ~std::uint64_t{0} : kCerts;
    const ByteView body = input.bytes(sizeof(request.data));
    std::copy(body.begin(), body.end(), mutable_bytes_of(request).begin());

    Program program;
    program.regions[kCerts].resize(0x4000);
    if (good & 1) put(program, kArgument, argument);
    if (good & 2) put(program, kRequest, request);
    if (good & 4) program.regions[kResponse].resize(4000);
    run(kNumbers[which], argument, program);
  }

  template <class T>
  static void put(Program& program, std::uint64_t address, const T& value) {
    const ByteView bytes = bytes_of(value);
    program.regions[address].assign(bytes.begin(), bytes.end());
  }

  void run(std::uint32_t number, const swtee::snp::GuestRequestIoctl& argument, Program& program) {
    const bool wiped = device_->key_wiped();
    const std::size_t seen = psp_.seen.size();
    const int sleeps = clock_.sleeps;
    forged_ = false;
    const int result = device_->ioctl(number, kArgument, program);
    psp_.on_response = nullptr;

    FUZZ_REQUIRE(result == 0 || result == -EINVAL || result == -EFAULT || result == -ENOTTY || result == -EIO ||
                 result == -EBADMSG || result == -ETIMEDOUT);
    FUZZ_REQUIRE(!(wiped && psp_.seen.size() != seen));
    FUZZ_REQUIRE(!wiped || device_->key_wiped());
    FUZZ_REQUIRE(clock_.sleeps - sleeps <= 31);
    if (result == 0) FUZZ_REQUIRE(!forged_);
    if (result == 0) FUZZ_REQUIRE(argument.msg_version != 0 && psp_.seen.size() > seen);
    if (result == -EBADMSG || result == -ETIMEDOUT) FUZZ_REQUIRE(device_->key_wiped());
  }

  void script_exit(InputReader& input) {
    if (psp_.scripted.size() >= 8) return;
    const std::uint32_t firmware = input.u32(), vmm = input.u32(), pages = input.u32();
    psp_.scripted.push_back({firmware, guest::snp::VmmError{vmm}, pages});
  }

  /// AUTHTAG's second half, reserved bytes before ALGO and whatever follows the ciphertext are not authenticated.
  static bool authenticated(std::size_t offset, std::size_t message_end) {
    return offset < 0x10 || (offset >= 0x20 && offset < 0x28) || (offset >= 0x30 && offset < message_end);
  }

  void script_changes(unsigned count, InputReader& input) {
    std::vector<std::pair<std::uint16_t, std::uint8_t>> changes;
    for (unsigned i = 0; i < count; ++i) {
      const std::uint16_t offset = input.u16() % guest::snp::kPageSize;
      changes.emplace_back(offset, input.u8());
    }
    psp_.on_response = [this, changes](guest::snp::MutablePage page) {
      Page before;
      std::copy(page.begin(), page.end(), before.begin());
      for (const auto& [offset, change] : changes) page[offset] = static_cast<std::uint8_t>(page[offset] ^ change);
      note_forgery(before, page);
    };
  }

  void script_response(InputReader& input) {
    const ByteView bytes = input.bytes(input.u16());
    const std::vector<std::uint8_t> content(bytes.begin(), bytes.end());
    psp_.on_response = [this, content](guest::snp::MutablePage page) {
      Page before;
      std::copy(page.begin(), page.end(), before.begin());
      std::copy_n(content.begin(), std::min(content.size(), page.size()), page.begin());
      note_forgery(before, page);
    };
  }

  void note_forgery(const Page& honest, guest::snp::PageView given) {
    const std::size_t end = 0x60 + guest::snp::header_of(honest).msg_size;
    for (std::size_t i = 0; i < end; ++i)
      if (honest[i] != given[i] && authenticated(i, end)) forged_ = true;
  }

  void open(InputReader& input) {
    const ByteView bytes = input.bytes(input.u16());
    Page page{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), page.size()), page.begin());
    const crypto::GcmKey key(psp_.vmpck[3]);
    std::vector<std::uint8_t> plain(bytes.size(), 0xee);
    const auto opened = guest::snp::open_message(key, page, plain);
    FUZZ_REQUIRE(!opened.ok());  // nobody without the key makes a message
    FUZZ_REQUIRE(std::count(plain.begin(), plain.end(), 0xee) == static_cast<std::ptrdiff_t>(plain.size()));

    const ByteView payload = bytes.first(std::min<std::size_t>(bytes.size(), 0xf90));
    guest::snp::seal_message(key, {1, swtee::snp::MessageType::report_req, 1, 3}, payload, page);
    plain.resize(payload.size());
    const auto again = guest::snp::open_message(key, page, plain);
    FUZZ_REQUIRE(again.ok() && std::equal(plain.begin(), plain.end(), payload.begin(), payload.end()));
  }

  std::array<std::uint8_t, guest::snp::kPageSize> secrets_{};
  FakeClock clock_;
  FakePsp psp_;
  std::unique_ptr<guest::snp::SevGuestDevice> device_;
  bool forged_ = false;
};

}  // namespace

void fuzz_one(ByteView bytes) {
  InputReader input(bytes);
  Session session;
  for (int steps = 0; steps < 64 && !input.empty(); ++steps) session.step(input);
  session.require_fresh_numbers();
}

}  // namespace swtee::fuzz
