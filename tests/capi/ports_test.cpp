// SPDX-License-Identifier: Apache-2.0
/// Callbacks: random numbers, permanent state, hardware faults.
#include "tests/capi/machine_under_test.h"

#include <map>

namespace swtee::test {
namespace {

constexpr const char* kRandom = R"({"platform": "snp:milan", "memory": "0x4000000", "tcb": {"committed": {"snp": 23}}})";

/// The world outside of one machine.
struct Outside {
  std::map<std::string, std::size_t> drawn;  ///< bytes, by stream
  std::vector<std::vector<std::uint8_t>> stored;
  int store_answer = 0;
  std::uint32_t fault = 0;
  std::vector<std::uint32_t> asked;
  swtee_machine* machine = nullptr;
  std::vector<swtee_error> reentered;

  swtee_machine_options options() {
    swtee_machine_options options = options_with(kRandom);
    options.context = this;
    options.entropy = [](void* context, const char* stream, void* out, std::size_t size) {
      auto& self = *static_cast<Outside*>(context);
      self.drawn[stream] += size;
      for (std::size_t i = 0; i < size; ++i) static_cast<std::uint8_t*>(out)[i] = static_cast<std::uint8_t>(i * 3 + 1);
      self.call_back();
    };
    options.nv_store = [](void* context, const void* record, std::size_t size) {
      auto& self = *static_cast<Outside*>(context);
      const auto* bytes = static_cast<const std::uint8_t*>(record);
      if (self.store_answer == 0) self.stored.emplace_back(bytes, bytes + size);
      self.call_back();
      return self.store_answer;
    };
    options.fault = [](void* context, std::uint32_t command_id) {
      auto& self = *static_cast<Outside*>(context);
      self.asked.push_back(command_id);
      self.call_back();
      return self.fault;
    };
    return options;
  }

  /// What a callback must not do, once `machine` is set.
  void call_back() {
    if (machine == nullptr) return;
    std::uint32_t status = 7;
    std::uint8_t byte = 7;
    std::size_t size = 7;
    swtee_platform_facts facts{};
    facts.size = sizeof(facts);
    reentered.push_back(swtee_snp_command(machine, id::kCommit, 0, &status));
    reentered.push_back(swtee_memory_read(machine, SWTEE_AGENT_HOST, 0, &byte, 1));
    reentered.push_back(swtee_memory_write(machine, SWTEE_AGENT_HOST, 0, &byte, 1));
    reentered.push_back(swtee_cpu_wbinvd(machine, 0));
    reentered.push_back(swtee_machine_nv_record(machine, nullptr, 0, &size));
    reentered.push_back(swtee_machine_facts(machine, &facts));
    swtee_machine_free(machine);
    EXPECT_EQ(status, 7U);
    EXPECT_EQ(byte, 7);
    EXPECT_EQ(size, 7U);
  }
};

std::uint32_t commit(MachineUnderTest& machine) {
  snp::SnpCommitBuffer buffer{};
  buffer.length = sizeof(buffer);
  return machine.command(id::kCommit, buffer);
}

std::vector<std::uint8_t> record_of(swtee_machine* machine) {
  std::size_t size = 0;
  EXPECT_EQ(swtee_machine_nv_record(machine, nullptr, 0, &size), SWTEE_E_ARGUMENT);
  std::vector<std::uint8_t> record(size);
  EXPECT_EQ(swtee_machine_nv_record(machine, record.data(), record.size(), &size), SWTEE_OK);
  EXPECT_EQ(size, record.size());
  return record;
}

TEST(CapiEntropy, ComesFromTheCallbackByNamedStreams) {
  Outside outside;
  MachineUnderTest machine(outside.options());
  machine.bring_up();
  machine.begin_launch();
  machine.finish_launch();
  EXPECT_GE(outside.drawn.size(), 2U) << "a guest's keys and its report id are streams of their own";
  for (const auto& [stream, size] : outside.drawn) EXPECT_FALSE(stream.empty() || size == 0);
  // REPORT_ID is what the callback gave.
  const Bytes<32> id = machine.host_report().report_id;
  for (std::size_t i = 0; i < id.size(); ++i) EXPECT_EQ(id[i], static_cast<std::uint8_t>(i * 3 + 1));
}

TEST(CapiEntropy, IsNotAskedWhenTheConfigurationHasASeed) {
  Outside outside;
  swtee_machine_options options = outside.options();
  options.config_json = kSeeded;
  MachineUnderTest machine(options);
  machine.bring_up();
  machine.begin_launch();
  EXPECT_TRUE(outside.drawn.empty());
}

TEST(CapiNvStore, GetsEachRecordAndTheNextMachineStartsFromIt) {
  Outside outside;
  {
    MachineUnderTest machine(outside.options());
    ASSERT_EQ(outside.stored.size(), 1U) << "the factory's state";
    ASSERT_EQ(commit(machine), 0U);
    ASSERT_EQ(outside.stored.size(), 2U);
    EXPECT_NE(outside.stored[0], outside.stored[1]);
    EXPECT_EQ(record_of(machine.handle), outside.stored[1]);
  }
  const std::vector<std::uint8_t> record = outside.stored[1];
  swtee_machine_options options = outside.options();
  options.nv_record = record.data();
  options.nv_record_len = record.size();
  MachineUnderTest next(options);
  EXPECT_EQ(outside.stored.size(), 2U) << "nothing has changed";
  EXPECT_EQ(record_of(next.handle), record);
}

TEST(CapiNvStore, RefusesFirmwareThatIsOlderThanWhatWasCommitted) {
  Outside outside;
  {
    MachineUnderTest machine(outside.options());
    ASSERT_EQ(commit(machine), 0U);
  }
  const std::vector<std::uint8_t> record = outside.stored[1];
  swtee_machine_options options = options_with(R"({"platform": "snp:milan", "entropy": "x", "tcb": {"current": {"snp": 22}}})");
  options.nv_record = record.data();
  options.nv_record_len = record.size();
  swtee_machine* machine = nullptr;
  std::array<char, 256> why{};
  EXPECT_EQ(swtee_machine_new(&options, &machine, why.data(), why.size()), SWTEE_E_STATE);
  EXPECT_EQ(machine, nullptr);
  EXPECT_STRNE(why.data(), "");
}

TEST(CapiNvStore, MakesACommitFailWithoutEffectWhenTheRecordCannotBeStored) {
  Outside outside;
  MachineUnderTest machine(outside.options());
  const auto before = record_of(machine.handle);
  outside.store_answer = -1;
  EXPECT_STREQ(swtee_snp_status_name(commit(machine)), "HWERROR_PLATFORM");
  EXPECT_EQ(record_of(machine.handle), before);
  outside.store_answer = 0;
  EXPECT_EQ(commit(machine), 0U);
  EXPECT_NE(record_of(machine.handle), before);
}

TEST(CapiNvStore, MakesANewPlatformFailWhenItsStateCannotBeStored) {
  Outside outside;
  outside.store_answer = 5;
  const swtee_machine_options options = outside.options();
  swtee_machine* machine = nullptr;
  std::array<char, 256> why{};
  EXPECT_EQ(swtee_machine_new(&options, &machine, why.data(), why.size()), SWTEE_E_CALLBACK);
  EXPECT_EQ(machine, nullptr);
  EXPECT_NE(std::string(why.data()).find("nv_store"), std::string::npos) << why.data();
}

TEST(CapiFaults, AreAskedForEachCommandThatPassedItsChecks) {
  Outside outside;
  MachineUnderTest machine(outside.options());
  outside.asked.clear();
  ASSERT_EQ(commit(machine), 0U);
  EXPECT_EQ(outside.asked, std::vector<std::uint32_t>{id::kCommit});
  outside.fault = 1;
  EXPECT_STREQ(swtee_snp_status_name(commit(machine)), "HWERROR_PLATFORM");
  outside.fault = 2;
  EXPECT_STREQ(swtee_snp_status_name(commit(machine)), "HWERROR_UNSAFE");
  outside.fault = 3;
  EXPECT_STREQ(swtee_snp_status_name(commit(machine)), "SUCCESS");
}

TEST(CapiCallbacks, CannotCallTheMachineThatCalledThem) {
  Outside outside;
  MachineUnderTest machine(outside.options());
  machine.bring_up();
  outside.machine = machine.handle;
  ASSERT_EQ(commit(machine), 0U);
  machine.begin_launch();
  outside.machine = nullptr;
  EXPECT_GE(outside.reentered.size(), 12U);
  for (const swtee_error error : outside.reentered) EXPECT_EQ(error, SWTEE_E_BUSY);
  machine.finish_launch();
}

}  // namespace
}  // namespace swtee::test
