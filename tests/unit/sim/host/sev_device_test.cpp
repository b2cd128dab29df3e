// SPDX-License-Identifier: Apache-2.0
/// /dev/sev over a real machine: errnos and what the driver does around commands, transcribed from Linux 6.16's sev-dev.c.
#include "sim/host/sev_device.h"

#include "firmware/keys/vlek.h"
#include "tests/support/snp_machine.h"
#include "tests/unit/guest/snp/guest_fixture.h"

#include <swtee/abi/sev/certificate.h>

namespace swtee::test {
namespace {

constexpr std::uint32_t kIssueCmd = 0xc0105300;
// Command numbers of include/uapi/linux/psp-sev.h.
constexpr std::uint32_t kFactoryReset = 0, kPlatformStatus = 1, kPekGen = 2, kPekCsr = 3, kPdhGen = 4, kPdhExport = 5, kPekImport = 6,
                        kGetId = 7, kGetId2 = 8, kSnpStatus = 9, kCommit = 10, kSetConfig = 11, kVlekLoad = 12;
constexpr std::uint32_t kUntouched = 0x5a5a5a5a;
constexpr std::uint64_t kArgument = 0x1000, kData = 0x2000, kFirst = 0x10000, kSecond = 0x20000;

class SevDeviceTest : public testing::Test {
 protected:
  explicit SevDeviceTest(const config::PlatformConfig& platform = small_platform()) : machine_(platform), hypervisor_(machine_.machine()) {
    EXPECT_TRUE(hypervisor_.bring_up().ok());
    auto loaded = host::SevDevice::load(hypervisor_);
    EXPECT_TRUE(loaded.ok());
    device_ = std::move(loaded).value();
  }

  /// The ioctl; `error_` is what the field holds afterwards.
  int call(std::uint32_t command, std::uint64_t data = kData, bool writable = true) {
    snp::SevIssueCmd argument{};
    argument.cmd = command;
    argument.data = data;
    argument.error = kUntouched;
    memory_.put(kArgument, argument);
    const int result = device_->ioctl(kIssueCmd, kArgument, writable, memory_);
    error_ = memory_.get<snp::SevIssueCmd>(kArgument).error;
    return result;
  }
  snp::PlatformStatus snp_status() {
    memory_.put(kData, snp::PlatformStatus{});
    EXPECT_EQ(call(kSnpStatus), 0);
    return memory_.get<snp::PlatformStatus>(kData);
  }
  sev::PlatformStatusBuffer legacy_status() {
    memory_.put(kData, sev::PlatformStatusBuffer{});
    EXPECT_EQ(call(kPlatformStatus), 0);
    return memory_.get<sev::PlatformStatusBuffer>(kData);
  }
  int pdh_export(std::uint32_t pdh_length = sizeof(sev::Certificate), std::uint32_t chain_length = sizeof(sev::CertificateChain),
                 bool writable = true) {
    snp::SevUserPdhCertExport input{};
    input.pdh_cert_address = kFirst;
    input.pdh_cert_len = pdh_length;
    input.cert_chain_address = kSecond;
    input.cert_chain_len = chain_length;
    memory_.put(kData, input);
    memory_.map(kFirst, std::vector<std::uint8_t>(sizeof(sev::Certificate)));
    memory_.map(kSecond, std::vector<std::uint8_t>(sizeof(sev::CertificateChain)));
    return call(kPdhExport, kData, writable);
  }
  void put_buffer(std::uint64_t address, std::uint32_t length) {
    snp::SevUserBuffer input{};
    input.address = address;
    input.length = length;
    memory_.put(kData, input);
    memory_.map(kFirst, std::vector<std::uint8_t>(4096));
  }
  std::uint32_t length_back() { return memory_.get<snp::SevUserBuffer>(kData).length; }

  SnpMachine machine_;
  host::Hypervisor hypervisor_;
  FakeUserMemory memory_;
  std::unique_ptr<host::SevDevice> device_;
  std::uint32_t error_ = 0;
};

TEST_F(SevDeviceTest, LoadingBringsLegacySevUpWithEncryptedState) {
  const auto status = legacy_status();
  EXPECT_EQ(status.state, 1);
  EXPECT_EQ(status.config, 1u);
  EXPECT_EQ(status.owner, 0);
}

TEST_F(SevDeviceTest, RefusesOtherRequestsAndUnknownCommandsWithoutAnAnswer) {
  EXPECT_EQ(device_->ioctl(kIssueCmd + 1, kArgument, true, memory_), -EINVAL);
  EXPECT_EQ(device_->ioctl(kIssueCmd, 0xdead000, true, memory_), -EFAULT);
  for (const std::uint32_t command : {13u, 14u, 256u, 0xffffffffu}) {
    const int before = memory_.copies_out;
    EXPECT_EQ(call(command), -EINVAL) << command;
    EXPECT_EQ(memory_.copies_out, before) << command;
  }
}

TEST_F(SevDeviceTest, WantsAWritableDescriptorForWhatChangesThePlatform) {
  memory_.map(kData, std::vector<std::uint8_t>(64));
  for (const std::uint32_t command : {kFactoryReset, kPekGen, kPekCsr, kPdhGen, kPekImport, kSetConfig, kVlekLoad}) {
    EXPECT_EQ(call(command, kData, false), -EPERM) << command;
    EXPECT_EQ(error_, kUntouched) << command;
  }
  for (const std::uint32_t command : {kPlatformStatus, kSnpStatus, kCommit}) EXPECT_EQ(call(command, kData, false), 0) << command;
}

TEST_F(SevDeviceTest, WantsAnArgumentForSnpCommandsThatHaveOne) {
  for (const std::uint32_t command : {kSnpStatus, kSetConfig, kVlekLoad}) EXPECT_EQ(call(command, 0), -EINVAL) << command;
  EXPECT_EQ(call(kCommit, 0), 0);
  EXPECT_EQ(call(kPlatformStatus, 0), -EFAULT);
  EXPECT_EQ(error_, 0u);
}

TEST_F(SevDeviceTest, SaysWhatTheMachineIsAndGivesTheStatusPageBack) {
  const auto status = snp_status();
  const snp::World& world = machine_.world();
  EXPECT_EQ(status.api_major, world.current().version.major);
  EXPECT_EQ(status.state, 1);
  EXPECT_EQ(status.current_tcb, world.encoded(world.current().tcb));
  EXPECT_EQ(status.reported_tcb, world.encoded(world.reported_tcb));
  EXPECT_EQ(status.guest_count, 0u);
  for (int i = 0; i < 3; ++i) snp_status();
}

TEST_F(SevDeviceTest, PassesTheFirmwaresStatusWithEio) {
  snp::SevUserSnpConfig config{};
  config.reported_tcb = ~std::uint64_t{0};
  memory_.put(kData, config);
  EXPECT_EQ(call(kSetConfig), -EIO);
  EXPECT_EQ(error_, 0x16u);
  config.reported_tcb = 0;
  config.flags = 1;
  memory_.put(kData, config);
  EXPECT_EQ(call(kSetConfig), 0);
  EXPECT_EQ(error_, 0u);
  EXPECT_EQ(snp_status().flags & 1u, 1u);
}

TEST_F(SevDeviceTest, LoadsAVlekAndRefusesAnotherLengthOrVersion) {
  const auto& platform = machine_.machine().config();
  const auto wrapped = keys::wrap_vlek(machine_.machine().chip(), keys::vlek_stick(platform.universe_keys(), *platform.product, "CN=x",
                                                                                  machine_.world().reported_tcb));
  const ByteView bytes = bytes_of(wrapped);
  memory_.map(kFirst, {bytes.begin(), bytes.end()});
  snp::SevUserSnpVlekLoad input{};
  input.len = sizeof(input);
  input.vlek_wrapped_address = kFirst;
  for (const auto& [length, version, address, expected] :
       {std::tuple{15u, 0u, kFirst, -EINVAL}, {16u, 1u, kFirst, -EINVAL}, {16u, 0u, std::uint64_t{0}, -EINVAL}, {16u, 0u, std::uint64_t{0x77000}, -EFAULT}}) {
    auto bad = input;
    bad.len = length;
    bad.vlek_wrapped_version = static_cast<std::uint8_t>(version);
    bad.vlek_wrapped_address = address;
    memory_.put(kData, bad);
    EXPECT_EQ(call(kVlekLoad), expected);
    EXPECT_EQ(error_, kUntouched);
  }
  memory_.put(kData, input);
  EXPECT_EQ(call(kVlekLoad), 0);
  EXPECT_EQ(snp_status().flags & 4u, 4u);
}

TEST_F(SevDeviceTest, GivesTheIdAndItsLength) {
  put_buffer(kFirst, 4096);
  EXPECT_EQ(call(kGetId2, kData, false), 0);
  EXPECT_EQ(length_back(), 64u);
  const Bytes<64>& id = machine_.machine().chip().id;
  EXPECT_TRUE(std::equal(id.begin(), id.end(), memory_.at(kFirst).begin()));
  put_buffer(0, 0);
  EXPECT_EQ(call(kGetId2), -EIO);
  EXPECT_EQ(error_, 4u);
  EXPECT_EQ(length_back(), 64u);
  put_buffer(kFirst, 63);
  EXPECT_EQ(call(kGetId2), -EIO);
  EXPECT_EQ(memory_.at(kFirst), std::vector<std::uint8_t>(4096));
  put_buffer(kFirst, 0x400001);
  EXPECT_EQ(call(kGetId2), -ENOMEM);
  put_buffer(0x77000, 64);
  EXPECT_EQ(call(kGetId2), -EFAULT);
  memory_.map(kData, std::vector<std::uint8_t>(128));
  EXPECT_EQ(call(kGetId), 0);
  EXPECT_TRUE(std::equal(id.begin(), id.end(), memory_.at(kData).begin()));
}

TEST_F(SevDeviceTest, ExportsCertificatesAndTheirLengths) {
  EXPECT_EQ(pdh_export(sizeof(sev::Certificate), sizeof(sev::CertificateChain), false), 0);
  EXPECT_EQ(memory_.get<sev::Certificate>(kFirst).key_usage, static_cast<std::uint32_t>(sev::Usage::pdh));
  EXPECT_EQ(memory_.get<sev::CertificateChain>(kSecond).pek.key_usage, static_cast<std::uint32_t>(sev::Usage::pek));
  EXPECT_EQ(pdh_export(0, 0), -EIO);
  EXPECT_EQ(error_, 4u);
  EXPECT_EQ(memory_.get<snp::SevUserPdhCertExport>(kData).pdh_cert_len, 0x824u);
  EXPECT_EQ(memory_.get<snp::SevUserPdhCertExport>(kData).cert_chain_len, 3 * 0x824u);
  EXPECT_EQ(pdh_export(0x4001, 1), -EFAULT);
  EXPECT_EQ(pdh_export(1, 0x4001), -EFAULT);
}

TEST_F(SevDeviceTest, MakesNewKeys) {
  ASSERT_EQ(pdh_export(), 0);
  const auto pdh = memory_.at(kFirst);
  const auto chain = memory_.at(kSecond);
  ASSERT_EQ(call(kPdhGen), 0);
  ASSERT_EQ(pdh_export(), 0);
  EXPECT_NE(memory_.at(kFirst), pdh);
  EXPECT_EQ(memory_.at(kSecond), chain);
  ASSERT_EQ(call(kPekGen), 0);
  ASSERT_EQ(pdh_export(), 0);
  EXPECT_NE(memory_.at(kSecond), chain);
}

TEST_F(SevDeviceTest, GivesTheCsrOrItsLength) {
  put_buffer(kFirst, 4096);
  EXPECT_EQ(call(kPekCsr), 0);
  EXPECT_EQ(length_back(), 0x824u);
  EXPECT_EQ(from_bytes<sev::Certificate>(ByteView(memory_.at(kFirst)).first(0x824)).key_usage, static_cast<std::uint32_t>(sev::Usage::pek));
  put_buffer(0, 4096);
  EXPECT_EQ(call(kPekCsr), -EIO);
  EXPECT_EQ(length_back(), 0x824u);
  put_buffer(kFirst, 0x4001);
  EXPECT_EQ(call(kPekCsr), -EFAULT);
  EXPECT_EQ(error_, kUntouched);
}

TEST_F(SevDeviceTest, ChecksCertificatesToImportBeforeTheFirmwareSeesThem) {
  snp::SevUserPekCertImport input{};
  memory_.map(kFirst, std::vector<std::uint8_t>(0x824));
  const auto attempt = [&](std::uint64_t pek, std::uint32_t pek_length, std::uint64_t oca, std::uint32_t oca_length) {
    input.pek_cert_address = pek;
    input.pek_cert_len = pek_length;
    input.oca_cert_address = oca;
    input.oca_cert_len = oca_length;
    memory_.put(kData, input);
    return call(kPekImport);
  };
  EXPECT_EQ(attempt(0, 0x824, kFirst, 0x824), -EINVAL);
  EXPECT_EQ(attempt(kFirst, 0, kFirst, 0x824), -EINVAL);
  EXPECT_EQ(attempt(kFirst, 0x4001, kFirst, 0x824), -EINVAL);
  EXPECT_EQ(attempt(kFirst, 0x824, 0x77000, 0x824), -EFAULT);
  EXPECT_EQ(error_, kUntouched);
  EXPECT_EQ(attempt(kFirst, 0x824, kFirst, 0x824), -EIO);
  EXPECT_EQ(error_, 6u);
}

TEST_F(SevDeviceTest, ResetTakesLegacySevDownAndLaterCommandsBringItUpForThemselves) {
  ASSERT_EQ(pdh_export(), 0);
  const auto chain = memory_.at(kSecond);
  ASSERT_EQ(call(kFactoryReset), 0);
  EXPECT_EQ(legacy_status().state, 0);
  EXPECT_EQ(snp_status().state, 1);

  EXPECT_EQ(pdh_export(0x824, 3 * 0x824, false), -EPERM);
  ASSERT_EQ(pdh_export(), 0);
  EXPECT_NE(memory_.at(kSecond), chain);
  EXPECT_EQ(legacy_status().state, 0);
  // Linux takes SNP down too, and SNP's commands bring it up for themselves.
  EXPECT_EQ(machine_.world().state(), snp::PlatformState::uninit);
  EXPECT_EQ(snp_status().state, 1);
  EXPECT_EQ(machine_.world().state(), snp::PlatformState::uninit);
  EXPECT_EQ(call(kCommit), 0);
  EXPECT_EQ(machine_.world().state(), snp::PlatformState::uninit);
  ASSERT_EQ(call(kPdhGen), 0);
  put_buffer(kFirst, 64);
  EXPECT_EQ(call(kGetId2), 0);
  EXPECT_EQ(machine_.world().state(), snp::PlatformState::uninit);
}

TEST_F(SevDeviceTest, CountsGuests) {
  host::LaunchPlan plan;
  ASSERT_TRUE(plan.add_blank_pages(snp::PageType::secrets, Gpa{0x80d000}, kPageSize, "secrets").ok());
  ASSERT_TRUE(hypervisor_.launch(plan, {}).ok());
  EXPECT_EQ(snp_status().guest_count, 1u);
}

}  // namespace
}  // namespace swtee::test
