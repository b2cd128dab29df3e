// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/machine_under_test.h"

#include <thread>

namespace swtee::test {
namespace {

/// The report of a guest whose one page is NORMAL and zero, at GPA 0x1000.
std::vector<std::uint8_t> report_of_one_page(const swtee_machine_options& options) {
  MachineUnderTest machine(options);
  machine.bring_up();
  machine.begin_launch();
  EXPECT_EQ(machine.assign(0x5000, 1, 0x1000), 0U);
  machine.launch_update(0x5000, snp::PageType::normal);
  machine.finish_launch();
  const snp::AttestationReport report = machine.host_report();
  const ByteView bytes = bytes_of(report);
  return {bytes.begin(), bytes.end()};
}

TEST(CapiMachine, GivesTheSameReportForTheSameSeed) {
  const auto first = report_of_one_page(options_with(kSeeded));
  EXPECT_EQ(first, report_of_one_page(options_with(kSeeded)));
  const auto other = R"({"platform": "snp:genoa", "memory": "0x4000000", "entropy": "another seed"})";
  EXPECT_NE(first, report_of_one_page(options_with(other)));
}

TEST(CapiMachine, ServesSeveralMachinesInSeveralThreads) {
  const auto expected = report_of_one_page(options_with(kSeeded));
  std::array<std::vector<std::uint8_t>, 4> reports;
  std::vector<std::thread> threads;
  for (auto& report : reports) threads.emplace_back([&report] { report = report_of_one_page(options_with(kSeeded)); });
  for (auto& thread : threads) thread.join();
  for (const auto& report : reports) EXPECT_EQ(report, expected);
}

TEST(CapiMachine, TellsTheFactsOfThePlatform) {
  MachineUnderTest machine(options_with(R"({"platform": "snp:turin", "memory": "0x4000000", "cores": 6, "sockets": 2, "entropy": "x"})"));
  swtee_platform_facts facts{};
  facts.size = sizeof(facts);
  ASSERT_EQ(swtee_machine_facts(machine.handle, &facts), SWTEE_OK) << machine.error();
  EXPECT_EQ(facts.size, sizeof(facts));
  EXPECT_STREQ(facts.platform, "snp:turin");
  EXPECT_EQ(facts.chip_id_size, 8U);
  EXPECT_FALSE(all_zero(ByteView(facts.chip_id).first(8)));
  EXPECT_TRUE(all_zero(ByteView(facts.chip_id).subspan(8)));
  EXPECT_EQ(facts.memory_size, kMemory);
  EXPECT_EQ(facts.cores, 6U);
  EXPECT_EQ(facts.sockets, 2U);
  EXPECT_EQ(facts.c_bit, 51);
  machine.bring_up();
  machine.begin_launch();
  machine.finish_launch();
  EXPECT_EQ(hex(machine.host_report().chip_id), hex(facts.chip_id));
}

TEST(CapiMachine, KeepsTheHostAndDevicesFromAGuestsPage) {
  MachineUnderTest machine;
  machine.bring_up();
  const std::uint32_t word = 0x12345678;
  ASSERT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, 0x5000, &word, sizeof(word)), SWTEE_OK);
  ASSERT_EQ(machine.assign(0x5000, 1, 0x1000), 0U);
  EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, 0x5ffc, &word, sizeof(word)), SWTEE_E_REFUSED);
  EXPECT_NE(machine.error().find("0x5ffc"), std::string::npos) << machine.error();
  EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_DEVICE, 0x5000, &word, sizeof(word)), SWTEE_E_REFUSED);
  EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, 0x6000, &word, sizeof(word)), SWTEE_OK);
  EXPECT_EQ(machine.error(), "");
}

TEST(CapiMachine, LetsTheHostReadAPageOfTheFirmwareButNoDevice) {
  MachineUnderTest machine;
  machine.bring_up();
  ASSERT_EQ(machine.assign(0x5000), 0U);
  std::uint32_t word = 7;
  EXPECT_EQ(swtee_memory_read(machine.handle, SWTEE_AGENT_DEVICE, 0x5000, &word, sizeof(word)), SWTEE_E_REFUSED);
  EXPECT_EQ(word, 7U);
  EXPECT_EQ(swtee_memory_read(machine.handle, SWTEE_AGENT_HOST, 0x5000, &word, sizeof(word)), SWTEE_OK);
  EXPECT_EQ(word, 0U);
}

TEST(CapiMachine, WritesAllOrNothing) {
  MachineUnderTest machine;
  machine.bring_up();
  ASSERT_EQ(machine.assign(0x6000), 0U);
  const std::vector<std::uint8_t> data(0x2000, 0xa5);
  EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, 0x5000, data.data(), data.size()), SWTEE_E_REFUSED);
  std::vector<std::uint8_t> page(0x1000, 1);
  ASSERT_EQ(swtee_memory_read(machine.handle, SWTEE_AGENT_HOST, 0x5000, page.data(), page.size()), SWTEE_OK);
  EXPECT_TRUE(all_zero(page));
}

TEST(CapiMachine, AnswersWithTheCodesOfFirmwareAndInstructions) {
  MachineUnderTest machine;
  EXPECT_STREQ(swtee_snp_status_name(machine.command(id::kInit)), "INVALID_CONFIG");  // cores are not prepared
  machine.bring_up();
  EXPECT_STREQ(swtee_snp_status_name(machine.command(0x5f)), "INVALID_COMMAND");
  EXPECT_STREQ(swtee_snp_status_name(machine.command(id::kPlatformStatus, kMemory)), "INVALID_ADDRESS");
  EXPECT_EQ(machine.assign(0x2001), 1U) << "RMPUPDATE: FAIL_INPUT";
  EXPECT_EQ(machine.assign(kMemory), 1U) << "RMPUPDATE: FAIL_INPUT";
  EXPECT_EQ(machine.assign(0x2000), 0U);
  EXPECT_EQ(machine.assign(0x2000), 2U) << "RMPUPDATE: FAIL_PERMISSION";
}

TEST(CapiMachine, WantsWbinvdOnEveryCoreAfterAGuestIsGone) {
  MachineUnderTest machine;
  machine.bring_up();
  machine.begin_launch();
  snp::GctxBuffer guest{};
  guest.gctx_paddr = MachineUnderTest::kGctx;
  ASSERT_EQ(machine.command(id::kDecommission, guest), 0U);
  for (std::uint32_t core = 0; core < 3; ++core) ASSERT_EQ(swtee_cpu_wbinvd(machine.handle, core), SWTEE_OK);
  EXPECT_STREQ(swtee_snp_status_name(machine.command(id::kDfFlush)), "WBINVD_REQUIRED");
  ASSERT_EQ(swtee_cpu_wbinvd(machine.handle, 3), SWTEE_OK);
  EXPECT_STREQ(swtee_snp_status_name(machine.command(id::kDfFlush)), "SUCCESS");
}

TEST(CapiNames, AreThoseOfTheDocuments) {
  EXPECT_STREQ(swtee_snp_status_name(0), "SUCCESS");
  EXPECT_STREQ(swtee_snp_status_name(0x27), "INVALID_KEY");
  EXPECT_EQ(swtee_snp_status_name(0x1e), nullptr);
  EXPECT_EQ(swtee_snp_status_name(~0U), nullptr);
  EXPECT_STREQ(swtee_snp_command_name(0xa2), "SNP_LAUNCH_FINISH");
  EXPECT_EQ(swtee_snp_command_name(0), nullptr);
  EXPECT_STREQ(swtee_error_name(SWTEE_E_INTERNAL), "SWTEE_E_INTERNAL");
  EXPECT_EQ(swtee_error_name(SWTEE_E_INTERNAL + 1), nullptr);
  EXPECT_EQ(swtee_error_name(-1), nullptr);
  EXPECT_EQ(std::string(swtee_version()), std::to_string(SWTEE_VERSION_MAJOR) + "." + std::to_string(SWTEE_VERSION_MINOR) + "." +
                                              std::to_string(SWTEE_VERSION_PATCH));
}

}  // namespace
}  // namespace swtee::test
