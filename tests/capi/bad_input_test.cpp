// SPDX-License-Identifier: Apache-2.0
/// What the C functions do with what they must not be given.
#include "tests/capi/machine_under_test.h"

#include <cstring>

namespace swtee::test {
namespace {

struct Refusal {
  swtee_error error;
  std::string why;
};

Refusal refusal(const swtee_machine_options* options) {
  std::array<char, 256> why{};
  swtee_machine* machine = reinterpret_cast<swtee_machine*>(0x1234);
  const swtee_error error = swtee_machine_new(options, &machine, why.data(), why.size());
  EXPECT_EQ(machine, nullptr);
  EXPECT_NE(std::memchr(why.data(), 0, why.size()), nullptr);
  return {error, why.data()};
}

Refusal refusal(const char* config) {
  const swtee_machine_options options = options_with(config);
  return refusal(&options);
}

TEST(CapiBadInput, EveryFunctionRefusesANullMachine) {
  std::uint32_t word = 7;
  std::size_t size = 7;
  swtee_platform_facts facts{};
  facts.size = sizeof(facts);
  swtee_rmp_attributes attributes{};
  attributes.size = sizeof(attributes);
  swtee_machine_free(nullptr);
  EXPECT_EQ(swtee_machine_error(nullptr), nullptr);
  EXPECT_EQ(swtee_machine_facts(nullptr, &facts), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_machine_nv_record(nullptr, &word, sizeof(word), &size), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_snp_command(nullptr, id::kInit, 0, &word), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_memory_read(nullptr, SWTEE_AGENT_HOST, 0, &word, sizeof(word)), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_memory_write(nullptr, SWTEE_AGENT_HOST, 0, &word, sizeof(word)), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_cpu_prepare_for_snp(nullptr, true), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_cpu_wbinvd(nullptr, 0), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_cpu_rmpupdate(nullptr, 0, &attributes, &word), SWTEE_E_ARGUMENT);
  EXPECT_EQ(word, 7U);
  EXPECT_EQ(size, 7U);
}

TEST(CapiBadInput, EveryFunctionRefusesNullResultsAndInputs) {
  MachineUnderTest machine;
  swtee_rmp_attributes attributes{};
  attributes.size = sizeof(attributes);
  attributes.assigned = attributes.immutable = 1;
  std::uint32_t eax = 7;
  const swtee_machine_options options = options_with(kSeeded);
  EXPECT_EQ(swtee_machine_new(&options, nullptr, nullptr, 0), SWTEE_E_ARGUMENT);
  EXPECT_EQ(refusal(static_cast<const swtee_machine_options*>(nullptr)).error, SWTEE_E_ARGUMENT);
  EXPECT_EQ(refusal(static_cast<const char*>(nullptr)).why, "options.config_json is null");
  EXPECT_EQ(swtee_machine_facts(machine.handle, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(machine.error(), "facts is null");
  EXPECT_EQ(swtee_machine_nv_record(machine.handle, &eax, 0, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_snp_command(machine.handle, id::kDfFlush, 0, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(machine.error(), "status is null");
  EXPECT_EQ(swtee_memory_read(machine.handle, SWTEE_AGENT_HOST, 0, nullptr, 1), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, 0, nullptr, 1), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_memory_read(machine.handle, SWTEE_AGENT_HOST, 0, nullptr, 0), SWTEE_OK);
  EXPECT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x2000, nullptr, &eax), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x2000, &attributes, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(eax, 7U);
  EXPECT_EQ(machine.assign(0x2000), 0U) << "the refused call has not changed the page";
}

TEST(CapiBadInput, SizesOfStructuresAreChecked) {
  struct Newer {
    swtee_machine_options known;
    std::uint64_t member;
  } newer{options_with(kSeeded), 0};
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}, sizeof(swtee_machine_options) - 1, std::size_t{4097}, ~std::size_t{0}}) {
    newer.known.size = size;
    EXPECT_EQ(refusal(&newer.known).error, SWTEE_E_ARGUMENT) << size;
  }
  newer.known.size = sizeof(newer);
  newer.member = 1;
  EXPECT_EQ(refusal(&newer.known).why, "options has a member at byte 88 that this library does not know");
  newer.member = 0;
  const MachineUnderTest machine(newer.known);

  struct NewerAttributes {
    swtee_rmp_attributes known;
    std::uint64_t member;
  } attributes{};
  std::uint32_t eax = 7;
  attributes.known.size = sizeof(attributes.known) - 1;
  EXPECT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x2000, &attributes.known, &eax), SWTEE_E_ARGUMENT);
  attributes.known.size = sizeof(attributes);
  attributes.member = std::uint64_t{1} << 63;
  EXPECT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x2000, &attributes.known, &eax), SWTEE_E_ARGUMENT);
  EXPECT_EQ(eax, 7U);
  attributes.member = 0;
  EXPECT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x2000, &attributes.known, &eax), SWTEE_OK);
  EXPECT_EQ(eax, 0U);
}

TEST(CapiBadInput, ANewerProgramsResultsAreZeroWhereTheLibraryKnowsNothing) {
  const MachineUnderTest machine;
  struct {
    swtee_platform_facts known;
    std::uint64_t member;
    std::uint64_t guard;
  } newer{{}, ~std::uint64_t{0}, ~std::uint64_t{0}};
  newer.known.size = offsetof(decltype(newer), guard);
  ASSERT_EQ(swtee_machine_facts(machine.handle, &newer.known), SWTEE_OK);
  EXPECT_EQ(newer.known.cores, 4U);
  EXPECT_EQ(newer.member, 0U);
  EXPECT_EQ(newer.guard, ~std::uint64_t{0});
  newer.known.size = sizeof(swtee_platform_facts) - 1;
  newer.known.cores = 99;
  EXPECT_EQ(swtee_machine_facts(machine.handle, &newer.known), SWTEE_E_ARGUMENT);
  EXPECT_EQ(newer.known.cores, 99U);
}

TEST(CapiBadInput, ConfigurationsAreRefusedWithTheNameOfTheMember) {
  EXPECT_EQ(refusal("").error, SWTEE_E_CONFIG);
  EXPECT_EQ(refusal("{").error, SWTEE_E_CONFIG);
  EXPECT_EQ(refusal("\xff\xfe").error, SWTEE_E_CONFIG);
  const Refusal unknown = refusal(R"({"platform": "snp:genoa", "colour": "red"})");
  EXPECT_EQ(unknown.error, SWTEE_E_CONFIG);
  EXPECT_NE(unknown.why.find("colour"), std::string::npos) << unknown.why;
  const Refusal order = refusal(R"({"platform": "snp:genoa", "entropy": "x", "tcb": {"reported": {"snp": 99}}})");
  EXPECT_EQ(order.error, SWTEE_E_CONFIG) << order.why;
  const Refusal random = refusal(R"({"platform": "snp:genoa"})");
  EXPECT_EQ(random.error, SWTEE_E_CONFIG);
  EXPECT_NE(random.why.find("entropy"), std::string::npos) << random.why;
}

TEST(CapiBadInput, StoredStateIsCheckedBeforeItIsUsed) {
  const std::array<std::uint8_t, 64> garbage{1, 2, 3};
  swtee_machine_options options = options_with(kSeeded);
  options.nv_record = garbage.data();
  options.nv_record_len = garbage.size();
  EXPECT_EQ(refusal(&options).error, SWTEE_E_STATE);
  options.nv_record_len = 0;
  EXPECT_EQ(refusal(&options).error, SWTEE_E_ARGUMENT);
  options.nv_record = nullptr;
  options.nv_record_len = 1;
  EXPECT_EQ(refusal(&options).error, SWTEE_E_ARGUMENT);
}

TEST(CapiBadInput, TheReasonIsCutWhereItDoesNotFit) {
  const swtee_machine_options options = options_with("{");
  swtee_machine* machine = nullptr;
  std::array<char, 8> why;
  why.fill('x');
  EXPECT_EQ(swtee_machine_new(&options, &machine, why.data(), 4), SWTEE_E_CONFIG);
  EXPECT_EQ(why[3], '\0');
  EXPECT_EQ(why[4], 'x');
  EXPECT_EQ(swtee_machine_new(&options, &machine, why.data(), 0), SWTEE_E_CONFIG);
  EXPECT_EQ(swtee_machine_new(&options, &machine, nullptr, 8), SWTEE_E_CONFIG);
}

TEST(CapiBadInput, AddressesOutsideMemoryAreOutOfRange) {
  MachineUnderTest machine;
  std::array<std::uint8_t, 16> bytes{};
  for (const int agent : {SWTEE_AGENT_HOST, SWTEE_AGENT_DEVICE, SWTEE_AGENT_BUS}) {
    for (const std::uint64_t at : {kMemory - 15, kMemory, std::uint64_t{1} << 52, ~std::uint64_t{0} - 7}) {
      bytes.fill(7);
      EXPECT_EQ(swtee_memory_read(machine.handle, agent, at, bytes.data(), bytes.size()), SWTEE_E_RANGE) << agent << " " << at;
      EXPECT_EQ(swtee_memory_write(machine.handle, agent, at, bytes.data(), bytes.size()), SWTEE_E_RANGE) << agent << " " << at;
      for (const std::uint8_t byte : bytes) EXPECT_EQ(byte, 7);
    }
    EXPECT_EQ(swtee_memory_read(machine.handle, agent, kMemory - 16, bytes.data(), bytes.size()), SWTEE_OK) << agent;
    EXPECT_EQ(swtee_memory_read(machine.handle, agent, 1, bytes.data(), SWTEE_ACCESS_MAX), SWTEE_E_RANGE) << agent;
    EXPECT_EQ(swtee_memory_read(machine.handle, agent, 0, bytes.data(), SWTEE_ACCESS_MAX + 1), SWTEE_E_ARGUMENT) << agent;
    EXPECT_EQ(swtee_memory_write(machine.handle, agent, 0, bytes.data(), ~std::size_t{0}), SWTEE_E_ARGUMENT) << agent;
  }
  EXPECT_EQ(swtee_memory_read(machine.handle, 0, 0, bytes.data(), 1), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_memory_write(machine.handle, 4, 0, bytes.data(), 1), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_memory_write(machine.handle, -1, 0, bytes.data(), 1), SWTEE_E_ARGUMENT);
}

TEST(CapiBadInput, CoresThatDoNotExistAreOutOfRange) {
  MachineUnderTest machine;
  EXPECT_EQ(swtee_cpu_wbinvd(machine.handle, 3), SWTEE_OK);
  EXPECT_EQ(swtee_cpu_wbinvd(machine.handle, 4), SWTEE_E_RANGE);
  EXPECT_EQ(machine.error(), "core 4 of 4");
  EXPECT_EQ(swtee_cpu_wbinvd(machine.handle, 0xfffffffe), SWTEE_E_RANGE);
}

TEST(CapiBadInput, FlagsOfAnRmpEntryAreZeroOrOne) {
  MachineUnderTest machine;
  for (const std::size_t at : {offsetof(swtee_rmp_attributes, assigned), offsetof(swtee_rmp_attributes, immutable),
                               offsetof(swtee_rmp_attributes, large), offsetof(swtee_rmp_attributes, mixed)}) {
    swtee_rmp_attributes attributes{};
    attributes.size = sizeof(attributes);
    reinterpret_cast<std::uint8_t*>(&attributes)[at] = 2;
    std::uint32_t eax = 7;
    EXPECT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x2000, &attributes, &eax), SWTEE_E_ARGUMENT) << at;
    EXPECT_EQ(eax, 7U);
  }
}

}  // namespace
}  // namespace swtee::test
