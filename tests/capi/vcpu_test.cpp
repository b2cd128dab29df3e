// SPDX-License-Identifier: Apache-2.0
/// Guests' cores, the host's page tables and the attacker at the bus, through the C ABI.
#include "tests/capi/machine_under_test.h"

#include <swtee/rules/rmp.h>

namespace swtee::test {
namespace {

constexpr std::uint64_t kPage = 0x5000, kOther = 0x6000, kGpa = 0x1000;

/// A guest in LAUNCH with one NORMAL page of 0xa5 at GPA 0x1000, mapped where it is.
class CapiVcpu : public testing::Test {
 protected:
  CapiVcpu() : content(0x1000, 0xa5) {
    machine.bring_up();
    machine.begin_launch();
    EXPECT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, kPage, content.data(), content.size()), SWTEE_OK);
    EXPECT_EQ(machine.assign(kPage, 1, kGpa), 0U);
    machine.launch_update(kPage, snp::PageType::normal);
    map(kGpa, kPage);
  }

  void map(std::uint64_t gpa, std::uint64_t paddr) { EXPECT_EQ(swtee_npt_map(machine.handle, 1, gpa, paddr, false), SWTEE_OK); }

  /// A page that the host gives to the guest after launch: Guest-Invalid.
  void give(std::uint64_t paddr, std::uint64_t gpa) {
    EXPECT_EQ(machine.assign(paddr, 1, gpa, false), 0U);
    map(gpa, paddr);
  }

  static swtee_vcpu vcpu(std::uint8_t vmpl = 0) {
    swtee_vcpu vcpu{};
    vcpu.size = sizeof(vcpu);
    vcpu.asid = 1;
    vcpu.vmpl = vmpl;
    return vcpu;
  }

  static swtee_vcpu_outcome room() {
    swtee_vcpu_outcome outcome{};
    outcome.size = sizeof(outcome);
    return outcome;
  }

  swtee_vcpu_outcome read(std::uint64_t gpa, MutableBytes out, std::uint8_t vmpl = 0, std::uint32_t access = 0) {
    const swtee_vcpu core = vcpu(vmpl);
    swtee_vcpu_outcome outcome = room();
    EXPECT_EQ(swtee_vcpu_read(machine.handle, &core, gpa, out.data(), out.size(), access, &outcome), SWTEE_OK) << machine.error();
    return outcome;
  }
  swtee_vcpu_outcome write(std::uint64_t gpa, ByteView data, std::uint8_t vmpl = 0) {
    const swtee_vcpu core = vcpu(vmpl);
    swtee_vcpu_outcome outcome = room();
    EXPECT_EQ(swtee_vcpu_write(machine.handle, &core, gpa, data.data(), data.size(), 0, &outcome), SWTEE_OK) << machine.error();
    return outcome;
  }
  swtee_vcpu_outcome pvalidate(std::uint64_t gpa, std::uint32_t page_size = 0, std::uint8_t vmpl = 0) {
    const swtee_vcpu core = vcpu(vmpl);
    swtee_vcpu_outcome outcome = room();
    EXPECT_EQ(swtee_vcpu_pvalidate(machine.handle, &core, gpa, page_size, true, &outcome), SWTEE_OK) << machine.error();
    return outcome;
  }
  swtee_vcpu_outcome rmpadjust(std::uint64_t gpa, std::uint64_t rdx) {
    const swtee_vcpu core = vcpu();
    swtee_vcpu_outcome outcome = room();
    EXPECT_EQ(swtee_vcpu_rmpadjust(machine.handle, &core, gpa, 0, rdx, &outcome), SWTEE_OK) << machine.error();
    return outcome;
  }

  std::vector<std::uint8_t> seen_by(int agent, std::uint64_t paddr = kPage) {
    std::vector<std::uint8_t> bytes(0x1000);
    EXPECT_EQ(swtee_memory_read(machine.handle, agent, paddr, bytes.data(), bytes.size()), SWTEE_OK) << machine.error();
    return bytes;
  }

  std::vector<std::uint8_t> content;
  MachineUnderTest machine;
};

TEST_F(CapiVcpu, ReadsPlaintextWhereHostAndBusSeeCiphertext) {
  std::vector<std::uint8_t> seen(0x1000);
  EXPECT_EQ(read(kGpa, seen).event, SWTEE_VCPU_DONE);
  EXPECT_EQ(seen, content);
  const auto ciphertext = seen_by(SWTEE_AGENT_BUS);
  EXPECT_NE(ciphertext, content);
  EXPECT_EQ(seen_by(SWTEE_AGENT_HOST), ciphertext);
}

TEST_F(CapiVcpu, FaultsWhenTheHostRemapsAPage) {
  std::vector<std::uint8_t> seen(0x1000, 7);
  map(kGpa, kOther);
  const auto outcome = read(kGpa, seen);
  EXPECT_EQ(outcome.event, SWTEE_VCPU_NPF);
  EXPECT_NE(outcome.error & SWTEE_NPF_RMP, 0U);
  EXPECT_EQ(seen, std::vector<std::uint8_t>(0x1000, 7));
  EXPECT_EQ(swtee_npt_unmap(machine.handle, 1, kGpa, false), SWTEE_OK);
  const auto unmapped = read(kGpa, seen);
  EXPECT_EQ(unmapped.event, SWTEE_VCPU_NPF);
  EXPECT_EQ(unmapped.error & SWTEE_NPF_RMP, 0U);
}

TEST_F(CapiVcpu, LeavesTheResultAloneWhenALaterPageFaults) {
  std::vector<std::uint8_t> seen(0x1001, 7);
  EXPECT_EQ(read(kGpa, seen).event, SWTEE_VCPU_NPF);
  EXPECT_EQ(seen, std::vector<std::uint8_t>(0x1001, 7));
}

TEST_F(CapiVcpu, MustValidateAPageBeforeItsFirstUse) {
  give(kOther, 0x2000);
  std::array<std::uint8_t, 4> word{1, 2, 3, 4};
  const auto before = write(0x2000, word);
  EXPECT_EQ(before.event, SWTEE_VCPU_VC);
  EXPECT_EQ(before.error, 0x404U);
  const auto validated = pvalidate(0x2000);
  EXPECT_EQ(validated.event, SWTEE_VCPU_DONE);
  EXPECT_EQ(validated.eax, 0U);
  EXPECT_EQ(validated.carry, 0);
  EXPECT_EQ(pvalidate(0x2000).carry, 1);
  EXPECT_EQ(pvalidate(0x2000, 2).eax, static_cast<std::uint32_t>(SWTEE_RMP_FAIL_INPUT));
  EXPECT_EQ(pvalidate(0x2000, 0, 1).event, SWTEE_VCPU_GP);
  EXPECT_EQ(write(0x2000, word).event, SWTEE_VCPU_DONE);
  std::array<std::uint8_t, 4> back{};
  EXPECT_EQ(read(0x2000, back).event, SWTEE_VCPU_DONE);
  EXPECT_EQ(back, word);
}

TEST_F(CapiVcpu, GivesALowerVmplWhatRmpadjustSays) {
  std::array<std::uint8_t, 4> word{};
  EXPECT_EQ(read(kGpa, word, 1).event, SWTEE_VCPU_NPF);
  const auto adjusted = rmpadjust(kGpa, 1 | SWTEE_VMPL_READ << 8);
  EXPECT_EQ(adjusted.event, SWTEE_VCPU_DONE);
  EXPECT_EQ(adjusted.eax, 0U);
  EXPECT_EQ(read(kGpa, word, 1).event, SWTEE_VCPU_DONE);
  EXPECT_EQ(read(kGpa, word, 1, SWTEE_VCPU_EXECUTE).event, SWTEE_VCPU_NPF);
  const auto refused = write(kGpa, word, 1);
  EXPECT_EQ(refused.event, SWTEE_VCPU_NPF);
  EXPECT_NE(refused.error & SWTEE_NPF_VMPL, 0U);
  const swtee_vcpu core = vcpu();
  swtee_vcpu_outcome query = room();
  ASSERT_EQ(swtee_vcpu_rmpquery(machine.handle, &core, kGpa, 1, &query), SWTEE_OK);
  EXPECT_EQ(query.event, SWTEE_VCPU_DONE);
  EXPECT_EQ(query.rdx >> 8 & 0xff, static_cast<std::uint64_t>(SWTEE_VMPL_READ));
  EXPECT_EQ(query.page_size, 0);
}

TEST_F(CapiVcpu, SharesWithTheHostWithoutTheCBit) {
  map(0x3000, kOther);
  ASSERT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_HOST, kOther, "hello", 5), SWTEE_OK);
  std::array<std::uint8_t, 5> seen{};
  EXPECT_EQ(read(0x3000, seen).event, SWTEE_VCPU_NPF);
  EXPECT_EQ(read(0x3000, seen, 0, SWTEE_VCPU_SHARED).event, SWTEE_VCPU_DONE);
  EXPECT_EQ(std::string(seen.begin(), seen.end()), "hello");
}

TEST_F(CapiVcpu, KeepsAVmsaThatACoreRunsFromAsItIs) {
  give(kOther, 0x2000);
  ASSERT_EQ(pvalidate(0x2000).eax, 0U);
  ASSERT_EQ(rmpadjust(0x2000, 1 | 1 << 16).eax, 0U);
  ASSERT_EQ(swtee_vcpu_run_vmsa(machine.handle, kOther, true), SWTEE_OK);
  EXPECT_EQ(rmpadjust(0x2000, 1).eax, static_cast<std::uint32_t>(SWTEE_RMP_FAIL_INUSE));
  ASSERT_EQ(swtee_vcpu_run_vmsa(machine.handle, kOther, false), SWTEE_OK);
  EXPECT_EQ(rmpadjust(0x2000, 1).eax, 0U);
}

TEST_F(CapiVcpu, ReplaysOldCiphertextAtTheBus) {
  const auto old = seen_by(SWTEE_AGENT_BUS);
  std::array<std::uint8_t, 4> word{9, 9, 9, 9};
  ASSERT_EQ(write(kGpa, word).event, SWTEE_VCPU_DONE);
  EXPECT_NE(seen_by(SWTEE_AGENT_BUS), old);
  ASSERT_EQ(swtee_memory_write(machine.handle, SWTEE_AGENT_BUS, kPage, old.data(), old.size()), SWTEE_OK);
  std::vector<std::uint8_t> seen(0x1000);
  ASSERT_EQ(read(kGpa, seen).event, SWTEE_VCPU_DONE);
  EXPECT_EQ(seen, content) << "nothing in SNP guards memory against replay at the bus";
}

TEST_F(CapiVcpu, ReachesAPageThroughAnAlias) {
  const auto ciphertext = seen_by(SWTEE_AGENT_BUS);
  ASSERT_EQ(swtee_bus_alias(machine.handle, 0x9000, kPage, 0x1000), SWTEE_OK) << machine.error();
  EXPECT_EQ(seen_by(SWTEE_AGENT_HOST, 0x9000), ciphertext);
  ASSERT_EQ(swtee_bus_remove_aliases(machine.handle), SWTEE_OK);
  EXPECT_NE(seen_by(SWTEE_AGENT_HOST, 0x9000), ciphertext);
  EXPECT_EQ(swtee_bus_alias(machine.handle, 0x9000, kMemory, 0x1000), SWTEE_E_RANGE);
}

TEST_F(CapiVcpu, RmpreadShowsWhatRmpupdateSet) {
  swtee_rmp_attributes seen{};
  seen.size = sizeof(seen);
  std::uint32_t eax = ~0U;
  ASSERT_EQ(swtee_cpu_rmpread(machine.handle, kPage, &seen, &eax), SWTEE_OK);
  EXPECT_EQ(eax, 0U);
  EXPECT_EQ(seen.gpa, kGpa);
  EXPECT_EQ(seen.asid, 1U);
  EXPECT_EQ(seen.assigned, 1);
  EXPECT_EQ(seen.immutable, 0);
  EXPECT_EQ(seen.large, 0);
  seen.asid = 99;
  ASSERT_EQ(swtee_cpu_rmpread(machine.handle, kMemory, &seen, &eax), SWTEE_OK);
  EXPECT_EQ(eax, static_cast<std::uint32_t>(SWTEE_RMP_FAIL_INPUT));
  EXPECT_EQ(seen.asid, 99U);
}

TEST_F(CapiVcpu, PsmashSplitsALargePage) {
  swtee_rmp_attributes large{};
  large.size = sizeof(large);
  large.gpa = 0x200000;
  large.asid = 1;
  large.assigned = large.large = 1;
  std::uint32_t eax = ~0U;
  ASSERT_EQ(swtee_cpu_rmpupdate(machine.handle, 0x400000, &large, &eax), SWTEE_OK);
  ASSERT_EQ(eax, 0U);
  ASSERT_EQ(swtee_cpu_psmash(machine.handle, 0x400000, &eax), SWTEE_OK);
  EXPECT_EQ(eax, 0U);
  swtee_rmp_attributes seen{};
  seen.size = sizeof(seen);
  ASSERT_EQ(swtee_cpu_rmpread(machine.handle, 0x401000, &seen, &eax), SWTEE_OK);
  EXPECT_EQ(eax, 0U);
  EXPECT_EQ(seen.gpa, 0x201000U);
  EXPECT_EQ(seen.large, 0);
  ASSERT_EQ(swtee_cpu_psmash(machine.handle, 0x400000, &eax), SWTEE_OK);
  EXPECT_EQ(eax, static_cast<std::uint32_t>(SWTEE_RMP_FAIL_BADADDR));
}

TEST_F(CapiVcpu, RefusesBadArguments) {
  std::array<std::uint8_t, 4> word{7, 7, 7, 7};
  swtee_vcpu core = vcpu();
  swtee_vcpu_outcome outcome = room();
  outcome.event = 99;
  swtee_machine* const handle = machine.handle;
  EXPECT_EQ(swtee_vcpu_read(nullptr, &core, kGpa, word.data(), 4, 0, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_read(handle, nullptr, kGpa, word.data(), 4, 0, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_read(handle, &core, kGpa, nullptr, 4, 0, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_read(handle, &core, kGpa, word.data(), 4, 0, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_read(handle, &core, kGpa, word.data(), 4, 8, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_read(handle, &core, kGpa, word.data(), SWTEE_ACCESS_MAX + 1, 0, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_write(handle, &core, kGpa, nullptr, 4, 0, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_write(handle, &core, kGpa, word.data(), 4, SWTEE_VCPU_EXECUTE, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_pvalidate(handle, nullptr, kGpa, 0, true, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_rmpadjust(handle, &core, kGpa, 0, 0, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_rmpquery(nullptr, &core, kGpa, 0, &outcome), SWTEE_E_ARGUMENT);
  core.vmpl = 4;
  EXPECT_EQ(swtee_vcpu_pvalidate(handle, &core, kGpa, 0, true, &outcome), SWTEE_E_ARGUMENT);
  core = vcpu();
  core.reserved[1] = 1;
  EXPECT_EQ(swtee_vcpu_pvalidate(handle, &core, kGpa, 0, true, &outcome), SWTEE_E_ARGUMENT);
  core = vcpu();
  core.size = sizeof(core) - 1;
  EXPECT_EQ(swtee_vcpu_pvalidate(handle, &core, kGpa, 0, true, &outcome), SWTEE_E_ARGUMENT);
  core = vcpu();
  outcome.size = sizeof(outcome) - 1;
  EXPECT_EQ(swtee_vcpu_pvalidate(handle, &core, kGpa, 0, false, &outcome), SWTEE_E_ARGUMENT);
  EXPECT_EQ(outcome.event, 99U);
  EXPECT_EQ(swtee_npt_map(nullptr, 1, 0, 0, false), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_npt_unmap(nullptr, 1, 0, false), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_vcpu_run_vmsa(nullptr, 0, true), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_bus_alias(nullptr, 0, 0, 0), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_bus_remove_aliases(nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_cpu_psmash(handle, 0, nullptr), SWTEE_E_ARGUMENT);
  EXPECT_EQ(swtee_cpu_rmpread(handle, 0, nullptr, nullptr), SWTEE_E_ARGUMENT);
  // Still valid: the refused PVALIDATE has not changed the page.
  EXPECT_EQ(read(kGpa, word).event, SWTEE_VCPU_DONE);
}

}  // namespace
}  // namespace swtee::test
