// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/dram.h"

#include <gtest/gtest.h>

namespace swtee::memory {
namespace {

constexpr std::uint64_t kSize = 0x400000;
constexpr Asid kGuest{3};

struct Memory {
  RmpTable rmp{kSize};
  Dram dram{kSize, rmp};

  void set(Spa page, RmpState state) {
    RmpEntry e{};
    e.assigned = state != SWTEE_RMP_HYPERVISOR && state != SWTEE_RMP_HV_FIXED;
    e.immutable = state == SWTEE_RMP_FIRMWARE || state == SWTEE_RMP_CONTEXT || state == SWTEE_RMP_PRE_GUEST ||
                  state == SWTEE_RMP_PRE_SWAP || state == SWTEE_RMP_HV_FIXED;
    e.vmsa = state == SWTEE_RMP_CONTEXT;
    e.validated = state == SWTEE_RMP_GUEST_VALID || state == SWTEE_RMP_PRE_SWAP;
    if (e.validated || state == SWTEE_RMP_GUEST_INVALID || state == SWTEE_RMP_PRE_GUEST) {
      e.asid = kGuest.value;
      e.vmpl_permissions[0] = SWTEE_VMPL_ALL;
      e.vmpl_permissions[1] = SWTEE_VMPL_READ;
    }
    ASSERT_EQ(swtee_rmp_state_of(&e), state);
    rmp.set_entry(page, e);
  }
  bool readable(const Access& access, Spa at) {
    std::array<std::uint8_t, 8> out{};
    return dram.read(access, at, out).ok();
  }
  bool writable(const Access& access, Spa at) { return dram.write(access, at, std::array<std::uint8_t, 8>{1}).ok(); }
};

Access guest_access(Asid asid, std::uint8_t vmpl, bool c_bit = true) { return {Access::Agent::cpu, asid, vmpl, c_bit}; }

TEST(Dram, ReadsUntouchedMemoryAsZeros) {
  Memory m;
  std::array<std::uint8_t, 16> out;
  out.fill(0xff);
  ASSERT_TRUE(m.dram.read(Access::host(), {0x1ff8}, out).ok());
  EXPECT_TRUE(all_zero(out));
}

TEST(Dram, KeepsWhatWasWrittenAcrossPages) {
  Memory m;
  std::vector<std::uint8_t> data(3 * kPageSize);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_TRUE(m.dram.write(Access::host(), {0x800}, data).ok());
  std::vector<std::uint8_t> out(data.size());
  ASSERT_TRUE(m.dram.read(Access::psp(), {0x800}, out).ok());
  EXPECT_EQ(out, data);
}

TEST(Dram, EndsWhereItEnds) {
  Memory m;
  EXPECT_TRUE(m.dram.contains({kSize - 8}, 8));
  EXPECT_FALSE(m.dram.contains({kSize - 8}, 9));
  EXPECT_TRUE(m.dram.contains({kSize}, 0));
  EXPECT_FALSE(m.dram.contains({kSize + 1}, 0));
  EXPECT_FALSE(m.dram.contains({~std::uint64_t{0}}, 2));
  EXPECT_FALSE(m.dram.contains({8}, ~std::uint64_t{0}));
  std::array<std::uint8_t, 8> out{};
  const auto read = m.dram.read(Access::psp(), {kSize - 4}, out);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), MemoryFault::out_of_range);
}

TEST(Dram, ChangesNothingWhenPartOfAWriteIsRefused) {
  Memory m;
  m.set({0x2000}, SWTEE_RMP_FIRMWARE);
  std::vector<std::uint8_t> data(2 * kPageSize, 0x5a);
  const auto written = m.dram.write(Access::host(), {0x1000}, data);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error(), MemoryFault::rmp_violation);
  std::vector<std::uint8_t> out(kPageSize, 1);
  ASSERT_TRUE(m.dram.read(Access::host(), {0x1000}, out).ok());
  EXPECT_TRUE(all_zero(out));
}

TEST(Dram, LetsEachAgentTouchWhatItMayInEachPageState) {
  struct Row {
    RmpState state;
    bool host_reads, host_writes, device, psp_reads, guest_private, guest_shared;
  };
  const Row rows[] = {
      {SWTEE_RMP_HYPERVISOR, true, true, true, true, false, true},
      {SWTEE_RMP_HV_FIXED, true, true, true, true, false, true},
      {SWTEE_RMP_RECLAIM, true, false, false, true, false, false},
      {SWTEE_RMP_FIRMWARE, true, false, false, true, false, false},
      {SWTEE_RMP_CONTEXT, true, false, false, true, false, false},
      {SWTEE_RMP_PRE_GUEST, true, false, false, true, false, false},
      {SWTEE_RMP_PRE_SWAP, false, false, false, false, false, false},
      {SWTEE_RMP_GUEST_INVALID, false, false, false, false, false, false},
      {SWTEE_RMP_GUEST_VALID, false, false, false, false, true, false},
  };
  for (const Row& row : rows) {
    Memory m;
    const Spa page{0x3000};
    ASSERT_NO_FATAL_FAILURE(m.set(page, row.state));
    EXPECT_EQ(m.readable(Access::host(), page), row.host_reads) << row.state;
    EXPECT_EQ(m.writable(Access::host(), page), row.host_writes) << row.state;
    EXPECT_EQ(m.readable({Access::Agent::device, {}, 0, false}, page), row.device) << row.state;
    EXPECT_EQ(m.writable({Access::Agent::device, {}, 0, false}, page), row.device) << row.state;
    EXPECT_EQ(m.readable(Access::psp(), page), row.psp_reads) << row.state;
    EXPECT_TRUE(m.writable(Access::psp(), page)) << row.state;
    EXPECT_EQ(m.readable(guest_access(kGuest, 0), page), row.guest_private) << row.state;
    EXPECT_EQ(m.writable(guest_access(kGuest, 0), page), row.guest_private) << row.state;
    EXPECT_EQ(m.readable(guest_access(kGuest, 0, false), page), row.guest_shared) << row.state;
    EXPECT_EQ(m.writable(guest_access(kGuest, 0, false), page), row.guest_shared) << row.state;
    EXPECT_FALSE(m.readable(guest_access({4}, 0), page)) << row.state;
  }
}

TEST(Dram, HonoursVmplPermissions) {
  Memory m;
  const Spa page{0x3000};
  m.set(page, SWTEE_RMP_GUEST_VALID);  // VMPL1 may read, VMPL2 and VMPL3 nothing
  EXPECT_TRUE(m.readable(guest_access(kGuest, 1), page));
  EXPECT_FALSE(m.writable(guest_access(kGuest, 1), page));
  EXPECT_FALSE(m.readable(guest_access(kGuest, 2), page));
  EXPECT_FALSE(m.readable(guest_access(kGuest, 3), page));
}

TEST(Dram, LetsThePspUseAGuestsKeyOnItsPagesAndOnNobodys) {
  Memory m;
  m.set({0x3000}, SWTEE_RMP_GUEST_VALID);
  EXPECT_TRUE(m.readable(Access::psp_as_guest(kGuest), {0x3000}));
  EXPECT_FALSE(m.readable(Access::psp_as_guest({4}), {0x3000}));
  EXPECT_FALSE(m.writable(Access::psp_as_guest({4}), {0x3000}));
  EXPECT_TRUE(m.writable(Access::psp_as_guest(kGuest), {0x4000})) << "as those of legacy guests are";
}

/// Hardware would give noise.
TEST(Dram, DoesNotShowAnotherOwnerWhatWasWrittenThroughAKey) {
  Memory m;
  const Spa page{0x3000};
  m.set(page, SWTEE_RMP_GUEST_VALID);
  const std::vector<std::uint8_t> secret(kPageSize, 0x5e);
  ASSERT_TRUE(m.dram.write(guest_access(kGuest, 0), page, secret).ok());
  m.set(page, SWTEE_RMP_HYPERVISOR);
  std::vector<std::uint8_t> out(kPageSize, 1);
  ASSERT_TRUE(m.dram.read(Access::host(), page, out).ok());
  EXPECT_TRUE(all_zero(out));
  ASSERT_TRUE(m.writable(Access::host(), page));
  ASSERT_TRUE(m.dram.read(Access::host(), page, out).ok());
  EXPECT_EQ(out[0], 1);
  EXPECT_TRUE(all_zero(ByteView(out).subspan(8))) << "the rest of a partly written page";
}

TEST(Dram, LosesWhatWasWrittenThroughAKeyThatIsRenewed) {
  Memory m;
  const Spa page{0x3000};
  m.set(page, SWTEE_RMP_GUEST_VALID);
  ASSERT_TRUE(m.writable(guest_access(kGuest, 0), page));
  m.dram.renew_key({4});
  std::array<std::uint8_t, 8> out{};
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), page, out).ok());
  EXPECT_EQ(out[0], 1) << "another ASID's key";
  m.dram.renew_key(kGuest);
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), page, out).ok());
  EXPECT_TRUE(all_zero(out));
}

}  // namespace
}  // namespace swtee::memory
