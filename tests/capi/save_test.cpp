// SPDX-License-Identifier: Apache-2.0
/// Saving a machine and going on elsewhere, through the C ABI.
#include "tests/capi/machine_under_test.h"

namespace swtee::test {
namespace {

constexpr std::uint64_t kPage = 0x5000, kGpa = 0x1000;

std::vector<std::uint8_t> saved(const MachineUnderTest& machine) {
  std::vector<std::uint8_t> bytes;
  const auto append = [](void* context, const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    auto& to = *static_cast<std::vector<std::uint8_t>*>(context);
    to.insert(to.end(), begin, begin + size);
    return 0;
  };
  EXPECT_EQ(swtee_machine_save(machine.handle, append, &bytes), SWTEE_OK) << machine.error();
  return bytes;
}

swtee_machine_options options_of(const std::vector<std::uint8_t>& bytes) {
  swtee_machine_options options = options_with(kSeeded);
  options.saved = bytes.data();
  options.saved_len = bytes.size();
  return options;
}

/// A guest with a page of secrets in the middle of its launch.
void begin(MachineUnderTest& machine) {
  machine.bring_up();
  machine.begin_launch();
  ASSERT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, kPage, "secret", 6), SWTEE_OK);
  ASSERT_EQ(machine.assign(kPage, 1, kGpa), 0U);
  machine.launch_update(kPage, snp::PageType::normal);
  ASSERT_EQ(swtee_npt_map(machine.handle, 1, kGpa, kPage, false), SWTEE_OK);
}

std::string read_as_guest(MachineUnderTest& machine) {
  swtee_vcpu vcpu{};
  vcpu.size = sizeof(vcpu);
  vcpu.asid = 1;
  swtee_vcpu_outcome outcome{};
  outcome.size = sizeof(outcome);
  std::string text(6, ' ');
  EXPECT_EQ(swtee_vcpu_read(machine.handle, &vcpu, kGpa, text.data(), text.size(), 0, &outcome), SWTEE_OK) << machine.error();
  return text;
}

TEST(CapiSave, AnotherMachineGoesOnWithTheGuest) {
  MachineUnderTest first;
  begin(first);
  const auto bytes = saved(first);
  MachineUnderTest second(options_of(bytes));
  EXPECT_EQ(saved(second), bytes);
  EXPECT_EQ(read_as_guest(second), "secret");
  first.finish_launch();
  second.finish_launch();
  EXPECT_EQ(hex(first.host_report().measurement), hex(second.host_report().measurement));
}

TEST(CapiSave, RefusesBytesThatWereChangedOrCut) {
  MachineUnderTest first;
  begin(first);
  auto bytes = saved(first);
  const auto refusal = [](const std::vector<std::uint8_t>& from) {
    const swtee_machine_options options = options_of(from);
    swtee_machine* machine = nullptr;
    std::array<char, 256> why{};
    const swtee_error error = swtee_machine_new(&options, &machine, why.data(), why.size());
    EXPECT_EQ(machine, nullptr);
    EXPECT_STRNE(why.data(), "");
    return error;
  };
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(refusal(bytes), SWTEE_E_STATE);
  bytes[bytes.size() / 2] ^= 1;
  bytes.pop_back();
  EXPECT_EQ(refusal(bytes), SWTEE_E_STATE);
  EXPECT_EQ(refusal({1}), SWTEE_E_STATE);
}

TEST(CapiSave, RefusesBadArguments) {
  MachineUnderTest machine;
  const auto full = [](void*, const void*, std::size_t) { return 1; };
  EXPECT_EQ(swtee_machine_save(nullptr, full, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_machine_save(machine.handle, nullptr, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_machine_save(machine.handle, full, nullptr), SWTEE_E_CALLBACK);
  const auto bytes = saved(machine);
  swtee_machine* made = nullptr;
  swtee_machine_options options = options_of(bytes);
  options.trace = [](void*, const char*) {};
  EXPECT_EQ(swtee_machine_new(&options, &made, nullptr, 0), SWTEE_E_ARGUMENT);
  options = options_of(bytes);
  options.saved_len = 0;
  EXPECT_EQ(swtee_machine_new(&options, &made, nullptr, 0), SWTEE_E_ARGUMENT);
}

}  // namespace
}  // namespace swtee::test
