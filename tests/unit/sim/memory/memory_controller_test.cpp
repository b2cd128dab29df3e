// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/memory_controller.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace swtee::memory {
namespace {

constexpr std::uint64_t kSize = 0x400000;
constexpr Asid kGuest{3};

MemorySettings settings(Backing backing = Backing::ciphertext_at_rest) {
  MemorySettings s;
  s.size = kSize;
  s.backing = backing;
  return s;
}

Bytes<64> key_of(std::uint8_t first) {
  Bytes<64> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(first + i);
  return key;
}

struct Memory {
  MemoryController dram;
  RmpTable& rmp = dram.rmp();

  explicit Memory(Backing backing = Backing::ciphertext_at_rest) : dram(settings(backing)) {
    dram.reset_keys(key_of(0xa0));
    dram.load_key(kGuest, key_of(1));
    dram.load_key({4}, key_of(101));
  }

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

TEST(MemoryController, ReadsUntouchedMemoryAsZeros) {
  Memory m;
  std::array<std::uint8_t, 16> out;
  out.fill(0xff);
  ASSERT_TRUE(m.dram.read(Access::host(), {0x1ff8}, out).ok());
  EXPECT_TRUE(all_zero(out));
}

TEST(MemoryController, KeepsWhatWasWrittenAcrossPages) {
  Memory m;
  std::vector<std::uint8_t> data(3 * kPageSize);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_TRUE(m.dram.write(Access::host(), {0x800}, data).ok());
  std::vector<std::uint8_t> out(data.size());
  ASSERT_TRUE(m.dram.read(Access::psp(), {0x800}, out).ok());
  EXPECT_EQ(out, data);
}

TEST(MemoryController, EndsWhereItEnds) {
  Memory m;
  const std::uint64_t end = m.dram.software_size();
  EXPECT_TRUE(m.dram.contains({end - 8}, 8));
  EXPECT_FALSE(m.dram.contains({end - 8}, 9));
  EXPECT_TRUE(m.dram.contains({end}, 0));
  EXPECT_FALSE(m.dram.contains({end + 1}, 0));
  EXPECT_FALSE(m.dram.contains({~std::uint64_t{0}}, 2));
  EXPECT_FALSE(m.dram.contains({8}, ~std::uint64_t{0}));
  std::array<std::uint8_t, 8> out{};
  const auto read = m.dram.read(Access::psp(), {kSize - 4}, out);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), MemoryFault::out_of_range);
}

TEST(MemoryController, ChangesNothingWhenPartOfAWriteIsRefused) {
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

TEST(MemoryController, LetsEachAgentTouchWhatItMayInEachPageState) {
  struct Row {
    RmpState state;
    bool host_writes, device, guest_private, guest_shared;
  };
  const Row rows[] = {
      {SWTEE_RMP_HYPERVISOR, true, true, false, true},      {SWTEE_RMP_HV_FIXED, true, true, false, true},
      {SWTEE_RMP_RECLAIM, false, false, false, false},      {SWTEE_RMP_FIRMWARE, false, false, false, false},
      {SWTEE_RMP_CONTEXT, false, false, false, false},      {SWTEE_RMP_PRE_GUEST, false, false, false, false},
      {SWTEE_RMP_PRE_SWAP, false, false, false, false},     {SWTEE_RMP_GUEST_INVALID, false, false, false, false},
      {SWTEE_RMP_GUEST_VALID, false, false, true, false},
  };
  for (const Row& row : rows) {
    Memory m;
    const Spa page{0x3000};
    ASSERT_NO_FATAL_FAILURE(m.set(page, row.state));
    EXPECT_TRUE(m.readable(Access::host(), page)) << row.state;
    EXPECT_EQ(m.writable(Access::host(), page), row.host_writes) << row.state;
    EXPECT_EQ(m.readable({Access::Agent::device, {}, 0, false}, page), row.device) << row.state;
    EXPECT_EQ(m.writable({Access::Agent::device, {}, 0, false}, page), row.device) << row.state;
    EXPECT_TRUE(m.readable(Access::psp(), page)) << row.state;
    EXPECT_TRUE(m.writable(Access::psp(), page)) << row.state;
    EXPECT_TRUE(m.readable(Access::bus(), page)) << row.state;
    EXPECT_TRUE(m.writable(Access::bus(), page)) << row.state;
    EXPECT_EQ(m.readable(guest_access(kGuest, 0), page), row.guest_private) << row.state;
    EXPECT_EQ(m.writable(guest_access(kGuest, 0), page), row.guest_private) << row.state;
    EXPECT_EQ(m.readable(guest_access(kGuest, 0, false), page), row.guest_shared) << row.state;
    EXPECT_EQ(m.writable(guest_access(kGuest, 0, false), page), row.guest_shared) << row.state;
    EXPECT_FALSE(m.readable(guest_access({4}, 0), page)) << row.state;
  }
}

TEST(MemoryController, TellsFaultsApart) {
  Memory m;
  std::array<std::uint8_t, 8> out{};
  m.set({0x3000}, SWTEE_RMP_GUEST_INVALID);
  EXPECT_EQ(m.dram.read(guest_access(kGuest, 0), {0x3000}, out).error(), MemoryFault::not_validated);
  m.set({0x3000}, SWTEE_RMP_GUEST_VALID);
  EXPECT_EQ(m.dram.read(guest_access(kGuest, 2), {0x3000}, out).error(), MemoryFault::vmpl_violation);
  EXPECT_EQ(m.dram.read(guest_access({4}, 0), {0x3000}, out).error(), MemoryFault::rmp_violation);
  Access remapped = guest_access(kGuest, 0);
  remapped.mapping = NestedMapping{{0x7000}, false};
  EXPECT_EQ(m.dram.read(remapped, {0x3000}, out).error(), MemoryFault::rmp_violation) << "the host mapped it elsewhere";
}

/// A guest without SNP is not protected by the RMP, and does not get past it either.
TEST(MemoryController, TreatsAGuestWithoutSnpAsTheHost) {
  Memory m;
  Access sev = guest_access({4}, 0);
  sev.snp = false;
  EXPECT_TRUE(m.writable(sev, {0x3000}));
  m.set({0x3000}, SWTEE_RMP_GUEST_VALID);
  EXPECT_FALSE(m.writable(sev, {0x3000}));
  EXPECT_TRUE(m.readable(sev, {0x3000}));
}

TEST(MemoryController, HonoursVmplPermissions) {
  Memory m;
  const Spa page{0x3000};
  m.set(page, SWTEE_RMP_GUEST_VALID);  // VMPL1 may read, VMPL2 and VMPL3 nothing
  EXPECT_TRUE(m.readable(guest_access(kGuest, 1), page));
  EXPECT_FALSE(m.writable(guest_access(kGuest, 1), page));
  EXPECT_FALSE(m.readable(guest_access(kGuest, 2), page));
  EXPECT_FALSE(m.readable(guest_access(kGuest, 3), page));
}

TEST(MemoryController, LetsThePspUseAGuestsKeyOnNoOtherGuestsPages) {
  Memory m;
  m.set({0x3000}, SWTEE_RMP_GUEST_VALID);
  EXPECT_TRUE(m.readable(Access::psp_as_guest(kGuest), {0x3000}));
  EXPECT_FALSE(m.readable(Access::psp_as_guest({4}), {0x3000}));
  EXPECT_TRUE(m.writable(Access::psp_as_guest({4}), {0x4000})) << "nobody's: SEV guests' pages are such";
}

TEST(MemoryController, KeepsTheRmpFromAllSoftware) {
  Memory m;
  const Spa table = m.rmp.layout().base;
  EXPECT_EQ(m.dram.software_size(), table.value);
  EXPECT_FALSE(m.dram.contains(table, 1));
  EXPECT_FALSE(m.dram.contains(table + ~std::uint64_t{7}, 16));
  for (const Access& who : {Access::host(), Access{Access::Agent::device, {}, 0, false}, Access::psp(), guest_access(kGuest, 0, false)})
    EXPECT_FALSE(m.writable(who, table));
  EXPECT_TRUE(m.readable(Access::host(), table)) << "Linux dumps raw entries";
  EXPECT_TRUE(m.writable(Access::bus(), table));
}

struct Observed {
  std::vector<std::uint8_t> guest = std::vector<std::uint8_t>(kPageSize);
  std::vector<std::uint8_t> host = std::vector<std::uint8_t>(kPageSize);
};

Observed write_secret(Memory& m, Spa page, std::uint8_t value = 0x5e) {
  Observed seen;
  m.set(page, SWTEE_RMP_GUEST_VALID);
  EXPECT_TRUE(m.dram.write(guest_access(kGuest, 0), page, std::vector<std::uint8_t>(kPageSize, value)).ok());
  EXPECT_TRUE(m.dram.read(guest_access(kGuest, 0), page, seen.guest).ok());
  EXPECT_TRUE(m.dram.read(Access::host(), page, seen.host).ok());
  return seen;
}

class EachBacking : public ::testing::TestWithParam<Backing> {};
INSTANTIATE_TEST_SUITE_P(Dram, EachBacking, ::testing::Values(Backing::ciphertext_at_rest, Backing::plaintext_at_rest));

TEST_P(EachBacking, ShowsTheHostCiphertextOfAGuestsPage) {
  Memory m(GetParam());
  const Observed seen = write_secret(m, {0x3000});
  EXPECT_EQ(seen.guest, std::vector<std::uint8_t>(kPageSize, 0x5e));
  EXPECT_NE(seen.host, seen.guest);
  EXPECT_EQ(std::count(seen.host.begin(), seen.host.end(), 0x5e) > 64, false);
  std::vector<std::uint8_t> bus(kPageSize);
  ASSERT_TRUE(m.dram.read(Access::bus(), {0x3000}, bus).ok());
  EXPECT_EQ(bus, seen.host);
}

/// AES-128-XTS with the key's halves, data unit number = page number: computed here by OpenSSL itself.
TEST_P(EachBacking, EncryptsAsBareXtsDoes) {
  Memory m(GetParam());
  const Observed seen = write_secret(m, {0x5000});
  Bytes<32> key{};
  const Bytes<64> material = key_of(1);
  std::copy_n(material.begin(), 16, key.begin());
  std::copy_n(material.begin() + 32, 16, key.begin() + 16);
  std::vector<std::uint8_t> expected(kPageSize);
  crypto::AesXts(key).encrypt(5, seen.guest, expected);
  EXPECT_EQ(seen.host, expected);
}

TEST_P(EachBacking, GivesDifferentCiphertextAtDifferentAddresses) {
  Memory m(GetParam());
  EXPECT_NE(write_secret(m, {0x3000}).host, write_secret(m, {0x4000}).host);
}

TEST_P(EachBacking, ChangesOneBlockOfCiphertextForOneBlockOfPlaintext) {
  Memory m(GetParam());
  const Observed before = write_secret(m, {0x3000});
  ASSERT_TRUE(m.dram.write(guest_access(kGuest, 0), {0x3028}, std::array<std::uint8_t, 4>{1, 2, 3, 4}).ok());
  std::vector<std::uint8_t> after(kPageSize);
  ASSERT_TRUE(m.dram.read(Access::host(), {0x3000}, after).ok());
  for (std::size_t i = 0; i < kPageSize; i += 16) {
    const bool same = std::equal(after.begin() + i, after.begin() + i + 16, before.host.begin() + i);
    EXPECT_EQ(same, i != 0x20) << i;
  }
}

TEST_P(EachBacking, GivesNoiseThroughAnotherKey) {
  Memory m(GetParam());
  const Observed seen = write_secret(m, {0x3000});
  m.dram.load_key(kGuest, key_of(55));
  std::vector<std::uint8_t> out(kPageSize);
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), {0x3000}, out).ok());
  EXPECT_NE(out, seen.guest);
  EXPECT_NE(out, seen.host);
  m.dram.load_key(kGuest, key_of(1));
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), {0x3000}, out).ok());
  EXPECT_EQ(out, seen.guest) << "the same key shows it again";
}

TEST_P(EachBacking, ForgetsAKeyThatIsUnloaded) {
  Memory m(GetParam());
  const Observed seen = write_secret(m, {0x3000});
  m.dram.unload_key(kGuest);
  std::vector<std::uint8_t> out(kPageSize);
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), {0x3000}, out).ok());
  EXPECT_NE(out, seen.guest);
}

/// What SNP cannot see: the physical attacker puts back what was there before.
TEST_P(EachBacking, LetsTheBusReplayOldCiphertext) {
  Memory m(GetParam());
  const Observed old = write_secret(m, {0x3000}, 0x11);
  write_secret(m, {0x3000}, 0x22);
  ASSERT_TRUE(m.dram.write(Access::bus(), {0x3000}, old.host).ok());
  std::vector<std::uint8_t> out(kPageSize);
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), {0x3000}, out).ok());
  EXPECT_EQ(out, old.guest);
}

/// BadRAM: a second address for the guest's cells, which the RMP knows nothing of.
TEST_P(EachBacking, LetsAnAliasPastTheRmp) {
  Memory m(GetParam());
  const Observed old = write_secret(m, {0x3000}, 0x11);
  m.dram.lines().alias({0x200000}, {0x3000}, kPageSize);
  std::vector<std::uint8_t> through(kPageSize);
  ASSERT_TRUE(m.dram.read(Access::host(), {0x200000}, through).ok());
  EXPECT_EQ(through, old.host);
  write_secret(m, {0x3000}, 0x22);
  EXPECT_FALSE(m.writable(Access::host(), {0x3000}));
  ASSERT_TRUE(m.dram.write(Access::host(), {0x200000}, old.host).ok());
  std::vector<std::uint8_t> out(kPageSize);
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), {0x3000}, out).ok());
  EXPECT_EQ(out, old.guest);
  m.dram.lines().remove_aliases();
  ASSERT_TRUE(m.dram.read(Access::host(), {0x200000}, through).ok());
  EXPECT_TRUE(all_zero(through));
}

TEST_P(EachBacking, TakesAPageFromAGuestWhoseEntryAnAliasOverwrites) {
  Memory m(GetParam());
  write_secret(m, {0x3000});
  const Spa entry = *m.rmp.address_of_entry({0x3000});
  const Spa page{entry.value & ~(kPageSize - 1)};
  m.dram.lines().alias({0x200000}, page, kPageSize);
  ASSERT_TRUE(m.dram.write(Access::host(), {0x200000 + entry.value % kPageSize}, Bytes<16>{}).ok());
  const RmpEntry taken = m.rmp.entry({0x3000}).value();
  EXPECT_EQ(swtee_rmp_state_of(&taken), SWTEE_RMP_HYPERVISOR);
  EXPECT_TRUE(m.writable(Access::host(), {0x3000}));
}

TEST(MemoryController, HidesCiphertextOfGuestsPagesWhenAsked) {
  Memory m;
  const Observed seen = write_secret(m, {0x3000});
  m.dram.hide_ciphertext(true);
  std::vector<std::uint8_t> out(2 * kPageSize);
  ASSERT_TRUE(m.dram.read(Access::host(), {0x2000}, out).ok());
  EXPECT_TRUE(all_zero(ByteView(out).first(kPageSize)));
  EXPECT_EQ(std::vector<std::uint8_t>(out.begin() + kPageSize, out.end()), std::vector<std::uint8_t>(kPageSize, 0xff));
  ASSERT_TRUE(m.dram.read(Access::bus(), {0x3000}, MutableBytes(out).first(kPageSize)).ok());
  EXPECT_TRUE(std::equal(seen.host.begin(), seen.host.end(), out.begin())) << "a physical attacker sees it";
  ASSERT_TRUE(m.dram.read(guest_access(kGuest, 0), {0x3000}, MutableBytes(out).first(kPageSize)).ok());
  EXPECT_TRUE(std::equal(seen.guest.begin(), seen.guest.end(), out.begin()));
}

TEST(MemoryController, EncryptsWith256BitKeysWhenConfigured) {
  MemorySettings s = settings();
  MemoryController small(s);
  s.key_size = KeySize::aes_256;
  MemoryController large(s);
  std::vector<std::uint8_t> a(kPageSize), b(kPageSize);
  for (MemoryController* m : {&small, &large}) {
    m->load_key({1}, key_of(7));
    ASSERT_TRUE(m->write(Access::psp_as_guest({1}), {0x1000}, std::vector<std::uint8_t>(kPageSize)).ok());
  }
  ASSERT_TRUE(small.read(Access::bus(), {0x1000}, a).ok());
  ASSERT_TRUE(large.read(Access::bus(), {0x1000}, b).ok());
  EXPECT_NE(a, b);
  const Bytes<64> key = key_of(7);
  std::vector<std::uint8_t> expected(kPageSize);
  crypto::AesXts(key).encrypt(1, std::vector<std::uint8_t>(kPageSize), expected);
  EXPECT_EQ(b, expected);
}

TEST(MemoryController, CostsNothingForATebibyteThatNobodyTouches) {
  MemorySettings s = settings();
  s.size = std::uint64_t{1} << 40;
  MemoryController m(s);
  const Spa last{m.software_size() - kPageSize};
  ASSERT_TRUE(m.write(Access::host(), last, std::array<std::uint8_t, 8>{1}).ok());
  RmpEntry entry{};
  entry.assigned = entry.immutable = true;
  m.rmp().set_entry(last, entry);
  EXPECT_FALSE(m.write(Access::host(), last, std::array<std::uint8_t, 8>{1}).ok());
  std::size_t pages = 0;
  m.dram().for_each_page([&](std::uint64_t, ByteView) { ++pages; });
  EXPECT_LE(pages, 3u * 16);
}

}  // namespace
}  // namespace swtee::memory
