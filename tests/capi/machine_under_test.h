// SPDX-License-Identifier: Apache-2.0
/// A machine behind its C handle, and a host's everyday sequences. Builders expect success; a test breaks one thing.
#pragma once

#include <gtest/gtest.h>
#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/guest_message.h>
#include <swtee/swtee.h>

#include <array>
#include <string>
#include <vector>

namespace swtee::test {

inline constexpr const char* kSeeded = R"({"platform": "snp:genoa", "memory": "0x4000000", "entropy": "capi"})";
inline constexpr std::uint64_t kMemory = 0x4000000;

/// Command ids, written down once more.
namespace id {
inline constexpr std::uint32_t kInit = 0x81, kPlatformStatus = 0x83, kDfFlush = 0x84, kDecommission = 0x90, kActivate = 0x91, kGctxCreate = 0x93,
                               kHvReportReq = 0x96, kLaunchStart = 0xa0, kLaunchUpdate = 0xa1, kLaunchFinish = 0xa2,
                               kCommit = 0xcb;
}  // namespace id

inline swtee_machine_options options_with(const char* config) {
  swtee_machine_options options{};
  options.size = sizeof(options);
  options.config_json = config;
  return options;
}

class MachineUnderTest {
 public:
  static constexpr std::uint64_t kCommand = 0x1000, kGctx = 0x2000, kReport = 0x3000;

  explicit MachineUnderTest(const swtee_machine_options& options = options_with(kSeeded)) {
    std::array<char, 256> why{};
    EXPECT_EQ(swtee_machine_new(&options, &handle, why.data(), why.size()), SWTEE_OK) << why.data();
  }
  ~MachineUnderTest() { swtee_machine_free(handle); }
  MachineUnderTest(const MachineUnderTest&) = delete;
  MachineUnderTest& operator=(const MachineUnderTest&) = delete;

  swtee_machine* handle = nullptr;

  std::string error() const { return swtee_machine_error(handle); }

  std::uint32_t command(std::uint32_t command_id, std::uint64_t buffer = 0) {
    std::uint32_t status = ~0U;
    EXPECT_EQ(swtee_snp_command(handle, command_id, buffer, &status), SWTEE_OK) << error();
    return status;
  }
  template <WireStruct Buffer>
  std::uint32_t command(std::uint32_t command_id, const Buffer& buffer) {
    EXPECT_EQ(swtee_memory_write(handle, SWTEE_AGENT_HOST, kCommand, &buffer, sizeof(buffer)), SWTEE_OK) << error();
    return command(command_id, kCommand);
  }

  std::uint32_t assign(std::uint64_t page, std::uint32_t asid = 0, std::uint64_t gpa = 0, bool immutable = true) {
    swtee_rmp_attributes attributes{};
    attributes.size = sizeof(attributes);
    attributes.gpa = gpa;
    attributes.asid = asid;
    attributes.assigned = 1;
    attributes.immutable = immutable ? 1 : 0;
    std::uint32_t eax = ~0U;
    EXPECT_EQ(swtee_cpu_rmpupdate(handle, page, &attributes, &eax), SWTEE_OK) << error();
    return eax;
  }

  void bring_up() {
    EXPECT_EQ(swtee_cpu_prepare_for_snp(handle, true), SWTEE_OK);
    EXPECT_EQ(swtee_cpu_wbinvd(handle, SWTEE_ALL_CORES), SWTEE_OK);
    ASSERT_EQ(command(id::kInit), 0U);
    EXPECT_EQ(swtee_cpu_wbinvd(handle, SWTEE_ALL_CORES), SWTEE_OK);
    ASSERT_EQ(command(id::kDfFlush), 0U);
  }

  /// A guest in state LAUNCH with ASID 1.
  void begin_launch() {
    ASSERT_EQ(assign(kGctx), 0U);
    snp::GctxBuffer create{};
    create.gctx_paddr = kGctx;
    ASSERT_EQ(command(id::kGctxCreate, create), 0U);
    snp::SnpLaunchStartBuffer start{};
    start.gctx_paddr = kGctx;
    start.policy = 0x30000;
    ASSERT_EQ(command(id::kLaunchStart, start), 0U);
    snp::SnpActivateBuffer activate{};
    activate.gctx_paddr = kGctx;
    activate.asid = 1;
    ASSERT_EQ(command(id::kActivate, activate), 0U);
  }

  void launch_update(std::uint64_t page, snp::PageType type) {
    snp::SnpLaunchUpdateBuffer update{};
    update.gctx_paddr = kGctx;
    update.page_paddr = page;
    update.flags = static_cast<std::uint32_t>(snp::launch_update_bits::PageTypeField::set(static_cast<std::uint64_t>(type)));
    ASSERT_EQ(command(id::kLaunchUpdate, update), 0U);
  }

  void finish_launch() {
    snp::SnpLaunchFinishBuffer finish{};
    finish.gctx_paddr = kGctx;
    ASSERT_EQ(command(id::kLaunchFinish, finish), 0U);
  }

  /// The report that SNP_HV_REPORT_REQ gives.
  snp::AttestationReport host_report() {
    EXPECT_EQ(assign(kReport), 0U);
    snp::SnpHvReportReqBuffer request{};
    request.length = sizeof(request);
    request.gctx_paddr = kGctx;
    request.report_paddr = kReport;
    EXPECT_EQ(command(id::kHvReportReq, request), 0U);
    snp::ReportRsp response{};
    EXPECT_EQ(swtee_memory_read(handle, SWTEE_AGENT_HOST, kReport, &response, sizeof(response)), SWTEE_OK) << error();
    return response.report;
  }
};

inline std::string hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace swtee::test
