// SPDX-License-Identifier: Apache-2.0
/// What the driver does about a host that is busy, broken or hostile: the sequence number moves or the key goes.
#include "tests/unit/guest/snp/guest_fixture.h"

#include <atomic>
#include <set>
#include <thread>

namespace swtee::test {
namespace {

using guest::snp::MutablePage;
using guest::snp::VmmError;

class SevGuestChannel : public GuestTest {
 protected:
  void expect_wiped() {
    EXPECT_TRUE(device->key_wiped());
    EXPECT_FALSE(page_has_key());
    const auto asked = psp.seen.size();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(get_report(), -ENOTTY);
    EXPECT_EQ(get_ext_report(kCerts, 0x4000), -ENOTTY);
    EXPECT_EQ(get_key({}), -ENOTTY);
    EXPECT_EQ(psp.seen.size(), asked) << "nothing may leave under a wiped key";
  }
};

TEST_F(SevGuestChannel, RetriesWhileTheHostIsBusyForFiveSeconds) {  // row 8
  psp.busy_until_ms = clock.now_ms() + 5'000;
  ASSERT_EQ(get_report(), 0);
  EXPECT_EQ(clock.sleeps, 3);
  EXPECT_EQ(exit_info_2(), kUntouched);
  EXPECT_EQ(stored_sequence(), 2u);
  const std::set<std::vector<std::uint8_t>> distinct(psp.seen.begin(), psp.seen.end());
  EXPECT_EQ(psp.seen.size(), 4u);
  EXPECT_EQ(distinct.size(), 1u) << "a retry must send the same ciphertext";
}

TEST_F(SevGuestChannel, GivesUpOnAHostThatIsBusyForSixtyOneSeconds) {  // row 8
  psp.busy_until_ms = clock.now_ms() + 61'000;
  EXPECT_EQ(get_report(), -ETIMEDOUT);
  EXPECT_EQ(exit_info_2(), 0x2'0000'0000u);
  EXPECT_EQ(clock.sleeps, 30);
  expect_wiped();
}

TEST_F(SevGuestChannel, RetriesAnExtendedRequestAsAnExtendedOne) {
  psp.certificates.assign(100, 0xcc);
  psp.busy_until_ms = clock.now_ms() + 1;
  ASSERT_EQ(get_ext_report(kCerts, 0x1000), 0);
  EXPECT_EQ(psp.extended_requests, 2);
  EXPECT_EQ(psp.plain_requests, 0);
  EXPECT_EQ(memory.at(kCerts)[99], 0xcc);
}

TEST_F(SevGuestChannel, WaitsForThePlainRequestBehindATableThatDoesNotFit) {
  psp.certificates.assign(0x3001, 0xcc);
  psp.busy_until_ms = clock.now_ms() + 3'000;
  EXPECT_EQ(get_ext_report(kCerts, 0x1000), -EIO);
  EXPECT_EQ(exit_info_2(), 0x1'0000'0000u);
  EXPECT_EQ(certs_len(), 0x4000u);
  EXPECT_EQ(psp.plain_requests, 3);
  EXPECT_EQ(get_ext_report(kCerts, 0x4000), 0);
}

TEST_F(SevGuestChannel, WipesTheKeyWhenTheFirmwareRefusesTheMessage) {
  psp.counter[0] = 4;
  EXPECT_EQ(get_report(), -EIO);
  EXPECT_EQ(exit_info_2(), 0x1du);
  EXPECT_TRUE(response_untouched());
  expect_wiped();
}

struct HostAnswer {
  std::uint32_t fw_error;
  std::uint32_t vmm_error;
};
class SevGuestHostError : public SevGuestChannel, public testing::WithParamInterface<HostAnswer> {};

TEST_P(SevGuestHostError, PassesTheNumberAndWipesTheKey) {
  psp.scripted.push_back({GetParam().fw_error, VmmError{GetParam().vmm_error}, 7});
  EXPECT_EQ(get_report(), -EIO);
  EXPECT_EQ(exit_info_2(), std::uint64_t{GetParam().vmm_error} << 32 | GetParam().fw_error);
  EXPECT_EQ(stored_sequence(), 2u);
  expect_wiped();
}
INSTANTIATE_TEST_SUITE_P(Answers, SevGuestHostError,
                         testing::Values(HostAnswer{0x16, 0}, HostAnswer{0xffffffff, 0xffffffff}, HostAnswer{0, 3},
                                         HostAnswer{1, 1}, HostAnswer{1, 2}, HostAnswer{0x1d, 0}));

// Linux compares the error alone, so the key outlives a host that says "too small" to a request without a buffer.
TEST_F(SevGuestChannel, KeepsTheKeyWhenTheHostSaysTooSmallToAPlainRequest) {
  psp.scripted.push_back({0, VmmError::invalid_len, 9});
  EXPECT_EQ(get_report(), -EIO);
  EXPECT_EQ(exit_info_2(), 0x1'0000'0000u);
  EXPECT_TRUE(page_has_key());
  EXPECT_EQ(stored_sequence(), 2u);
  EXPECT_EQ(get_report(), -EIO) << "the firmware has not seen number 1";
  expect_wiped();
}

// … and when the plain request that was to use the number up fails as well.
TEST_F(SevGuestChannel, ReportsTooSmallEvenIfThePlainRequestFails) {
  psp.scripted = {{0, VmmError::invalid_len, 2}, {0x16, {}, 0}};
  EXPECT_EQ(get_ext_report(kCerts, 0x1000), -EIO);
  EXPECT_EQ(exit_info_2(), 0x1'0000'0000u);
  EXPECT_EQ(certs_len(), 0x2000u);
  EXPECT_TRUE(page_has_key());
}

TEST_F(SevGuestChannel, WipesTheKeyWhenThePlainRequestTimesOut) {
  psp.scripted = {{0, VmmError::invalid_len, 2}};
  psp.busy_until_ms = clock.now_ms() + 100'000;
  EXPECT_EQ(get_ext_report(kCerts, 0x1000), -ETIMEDOUT);
  EXPECT_EQ(exit_info_2(), 0x1'0000'0000u);
  EXPECT_EQ(certs_len(), 0x2000u);
  expect_wiped();
}

TEST_F(SevGuestChannel, KeepsToThirtyTwoBitsWhateverNumberOfPagesTheHostNames) {
  psp.scripted = {{0, VmmError::invalid_len, 0xffffffff}};
  EXPECT_EQ(get_ext_report(kCerts, 0x1000), -EIO);
  EXPECT_EQ(certs_len(), 0xfffff000u);
  psp.scripted = {{0, VmmError::invalid_len, 0}};
  EXPECT_EQ(get_ext_report(kCerts, 0x1000), -EIO);
  EXPECT_EQ(certs_len(), 0u);
}

struct Tampering {
  const char* what;
  std::size_t offset;
  std::uint8_t change;
};
class SevGuestTampering : public SevGuestChannel, public testing::WithParamInterface<Tampering> {};

TEST_P(SevGuestTampering, IsABadMessageAndWipesTheKey) {
  psp.on_response = [](MutablePage page) { page[GetParam().offset] ^= GetParam().change; };
  EXPECT_EQ(get_report(), -EBADMSG);
  EXPECT_EQ(exit_info_2(), kUntouched) << "the host itself reported success";
  EXPECT_TRUE(response_untouched());
  expect_wiped();
}
INSTANTIATE_TEST_SUITE_P(
    Fields, SevGuestTampering,
    testing::Values(Tampering{"tag", 0, 1}, Tampering{"sequence", 0x20, 1}, Tampering{"sequence high", 0x27, 0x80},
                    Tampering{"algo", 0x30, 3}, Tampering{"header version", 0x31, 1}, Tampering{"type", 0x34, 2},
                    Tampering{"version", 0x35, 3}, Tampering{"size", 0x36, 1}, Tampering{"size beyond", 0x37, 0x80},
                    Tampering{"vmpck", 0x3c, 1}, Tampering{"ciphertext", 0x60, 0x10}),
    [](const auto& test) {
      std::string name = test.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST_F(SevGuestChannel, TakesNoReplayOfAnOlderResponse) {
  std::vector<std::uint8_t> old;
  psp.on_response = [&](MutablePage page) { old.assign(page.begin(), page.end()); };
  ASSERT_EQ(get_report(), 0);
  psp.on_response = [&](MutablePage page) { std::copy(old.begin(), old.end(), page.begin()); };
  EXPECT_EQ(get_report(), -EBADMSG);
  expect_wiped();
}

TEST_F(SevGuestChannel, TakesNoAnswerThatIsOnlyASuccessCode) {
  psp.scripted.push_back({});
  EXPECT_EQ(get_report(), -EBADMSG);
  expect_wiped();
}

TEST_F(SevGuestChannel, StopsBeforeTheSequenceNumberOverflows) {
  psp.counter[0] = 0xfffffffc;
  store_sequence(0xfffffffc);
  ASSERT_EQ(get_report(), 0);
  EXPECT_EQ(stored_sequence(), 0xfffffffeu);
  EXPECT_EQ(get_report(), -EIO);
  EXPECT_EQ(exit_info_2(), 0xffu);
  EXPECT_TRUE(page_has_key());
  EXPECT_EQ(psp.seen.size(), 1u);
}

TEST_F(SevGuestChannel, GoesOnFromTheNumberInTheSecretsPage) {
  ASSERT_EQ(get_report(), 0);
  boot({});
  EXPECT_EQ(get_report(), 0) << "a second boot stage continues, it does not start at 1";
  EXPECT_EQ(stored_sequence(), 4u);
}

TEST_F(SevGuestChannel, NeverSendsTwoMessagesUnderOneNumber) {
  psp.certificates.assign(5000, 1);
  for (int i = 0; i < 20; ++i) {
    if (i % 3 == 0) psp.busy_until_ms = clock.now_ms() + 4'000;
    (void)(i % 2 ? get_report(0, static_cast<std::uint8_t>(i)) : get_ext_report(kCerts, i % 4 ? 0 : 0x2000));
  }
  std::map<std::uint64_t, std::vector<std::uint8_t>> by_number;
  for (const auto& page : psp.seen) {
    const std::uint64_t number = from_bytes<FakePsp::Header>(page).msg_seqno;
    const auto [at, fresh] = by_number.emplace(number, page);
    EXPECT_EQ(at->second, page) << number;
  }
  EXPECT_EQ(by_number.size(), 20u);
}

TEST_F(SevGuestChannel, OldKernelsAnswerAWipedKeyBeforeAnythingElse) {
  for (const char* version : {"6.1", "6.12"}) {
    SetUp();
    boot_kernel(version);
    psp.scripted.push_back({0x16, {}, 0});
    EXPECT_EQ(get_report(), -EIO);
    psp.scripted.clear();
    put_argument(1, 0, 0);
    EXPECT_EQ(device->ioctl(swtee::snp::kIoctlGetReport, kArgument, memory), -ENOTTY) << version;
    EXPECT_EQ(memory.copies_out, 0) << version;
    put_argument(0);
    EXPECT_EQ(device->ioctl(swtee::snp::kIoctlGetReport, kArgument, memory), -EINVAL) << version;
  }
}

TEST_F(SevGuestChannel, NewKernelsLookAtTheRequestFirstAndWriteExitInfo) {
  psp.scripted.push_back({0x16, {}, 0});
  EXPECT_EQ(get_report(), -EIO);
  put_argument(1, 0, 0);
  EXPECT_EQ(device->ioctl(swtee::snp::kIoctlGetReport, kArgument, memory), -EINVAL);
  EXPECT_EQ(get_report(), -ENOTTY);
  EXPECT_EQ(exit_info_2(), 0xffu);
}

TEST_F(SevGuestChannel, EveryKernelServesTheSameRequests) {
  for (const auto& kernel : guest::snp::kGuestKernels) {
    boot_kernel(kernel.version);
    EXPECT_EQ(get_report(), 0) << kernel.version;
    EXPECT_EQ(get_ext_report(kCerts, 0x1000), 0) << kernel.version;
    EXPECT_TRUE(device->get_ext_report(nonce(), 0).ok()) << kernel.version;
  }
  EXPECT_EQ(stored_sequence(), 2 * 3 * guest::snp::kGuestKernels.size());
}

TEST_F(SevGuestChannel, ServesManyThreadsOneAfterTheOther) {
  constexpr int kThreads = 8, kCalls = 50;
  for (const auto& kernel : guest::snp::kGuestKernels) {
    const std::uint64_t before = stored_sequence();
    boot_kernel(kernel.version);
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < kCalls; ++i) {
          const auto data = nonce(static_cast<std::uint8_t>(t * 31 + i));
          const auto answer = device->get_ext_report(data, 0);
          if (answer.ok() && from_bytes<swtee::snp::ReportRsp>(answer.value().response.data).report.report_data == data) ++good;
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, kThreads * kCalls);
    EXPECT_EQ(stored_sequence() - before, 2u * kThreads * kCalls);
  }
}

}  // namespace
}  // namespace swtee::test
