// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_fakes.h"
#include "tests/support/snp_state_hash.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

TEST(MemoryNvStore, KeepsTheLastRecordThatWasStored) {
  MemoryNvStore nv;
  EXPECT_FALSE(nv.load().value().has_value());
  ASSERT_TRUE(nv.store(std::array<std::uint8_t, 2>{1, 2}).ok());
  nv.store_fails = true;
  EXPECT_FALSE(nv.store(std::array<std::uint8_t, 1>{3}).ok());
  EXPECT_EQ(*nv.load().value(), (std::vector<std::uint8_t>{1, 2}));
  nv.load_fails = true;
  EXPECT_FALSE(nv.load().ok());
}

TEST(CountingEntropy, RepeatsForTheSameSeedAndStream) {
  CountingEntropy a("x"), b("x"), c("y");
  Bytes<40> first{}, second{}, third{};
  a.fill("s", first);
  b.fill("s", second);
  c.fill("s", third);
  EXPECT_EQ(first, second);
  EXPECT_NE(first, third);
  a.fill("s", second);
  EXPECT_NE(first, second) << "the stream goes on";
  EXPECT_EQ(a.draws, 2u);
}

TEST(ScriptedFaults, ComeOnceAndInOrder) {
  ScriptedFaults faults;
  faults.script = {HardwareFault::unsafe, HardwareFault::none, HardwareFault::platform};
  EXPECT_EQ(faults.on_command(1), HardwareFault::unsafe);
  EXPECT_EQ(faults.on_command(2), HardwareFault::none);
  EXPECT_EQ(faults.on_command(3), HardwareFault::platform);
  EXPECT_EQ(faults.on_command(4), HardwareFault::none);
  EXPECT_EQ(faults.asked, (std::vector<std::uint32_t>{1, 2, 3, 4}));
}

/// The hash that footprint tests rest on must see what they claim it sees.
TEST(StateHash, SeesPagesEntriesStateStorageAndEntropy) {
  SnpMachine machine;
  machine.init();
  const Spa page = machine.take_page();
  std::uint64_t last = state_hash(machine);
  EXPECT_EQ(state_hash(machine), last);
  const auto changed = [&](const char* what) {
    const std::uint64_t now = state_hash(machine);
    EXPECT_NE(now, last) << what;
    last = now;
  };
  machine.write(page + 0xfff, std::array<std::uint8_t, 1>{1});
  changed("content");
  machine.rmpupdate(page, true, {1}, 0x1000, true);
  changed("entry");
  const Spa gctx = machine.gctx_create();
  changed("guest");
  machine.launch_start(gctx);
  changed("launch");
  machine.activate(gctx, {1});
  changed("asid");
  machine.launch_update(gctx, page);
  changed("measured");
  Bytes<1> one{};
  machine.entropy.fill("any", one);
  changed("entropy");
  machine.configure(0, true);
  changed("configuration");
  (*machine.nv.record)[0] ^= 1;
  changed("storage");
}

}  // namespace
}  // namespace swtee::test
