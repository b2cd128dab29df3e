// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/permanent_state.h"

#include "firmware/crypto/digest.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace swtee::snp {
namespace {

const PermanentState kState{{1, 58, 3}, {.fmc = 1, .boot_loader = 2, .tee = 3, .snp = 4, .microcode = 5}, {}};

/// The record with a byte changed and the checksum made anew.
std::vector<std::uint8_t> with_byte(std::size_t at, std::uint8_t value) {
  auto record = encode(kState);
  record[at] = value;
  const auto sum = crypto::sha256(ByteView(record).first(0x20));
  std::copy(sum.begin(), sum.end(), record.begin() + 0x20);
  return record;
}

std::string error_of(ByteView record) {
  const auto state = decode_permanent_state(record);
  return state.ok() ? "" : state.error().what();
}

TEST(PermanentState, ComesBackAsItWas) {
  const auto state = decode_permanent_state(encode(kState));
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state.value().committed_version, kState.committed_version);
  EXPECT_EQ(state.value().committed_tcb, kState.committed_tcb);
}

/// Files of each release load for ever: these bytes must never need to change.
TEST(PermanentState, IsTheseBytes) {
  const std::vector<std::uint8_t> fixed{'s', 'w', 't', 'e', 'e', 'n', 'v', 0, 1, 0, 0, 0, 1, 0, 0, 0,
                                        1,   58,  3,   1,   2,   3,   4,   5, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto record = encode(kState);
  EXPECT_EQ(std::vector<std::uint8_t>(record.begin(), record.begin() + 0x20), fixed);
}

TEST(PermanentState, SaysWhatIsWrongWithARecord) {
  auto record = encode(kState);
  EXPECT_EQ(error_of(ByteView(record).first(10)), "permanent state has 10 bytes instead of 64");
  EXPECT_EQ(error_of(with_byte(0, 'x')), "permanent state does not begin with the magic \"swteenv\"");
  record[0x12] ^= 1;
  EXPECT_EQ(error_of(record), "permanent state is damaged: its checksum does not fit");
  EXPECT_EQ(error_of(with_byte(0xc, 3)), "permanent state needs a reader of version 3; this is version 2");
}

TEST(PermanentState, OfALaterVersionLoadsWhenThisReaderIsStillEnough) {
  EXPECT_TRUE(decode_permanent_state(with_byte(8, 9)).ok());
}

TEST(PermanentState, KeepsTheSealedOwnerBehindTheRecord) {
  PermanentState state = kState;
  state.sev_owner = {7, 8, 9};
  auto record = encode(state);
  ASSERT_EQ(record.size(), 67u);
  EXPECT_EQ(record[8], 2) << "version 1 does not know what follows";
  EXPECT_EQ(record[0xc], 2);
  EXPECT_EQ(decode_permanent_state(record).value().sev_owner, state.sev_owner);
  EXPECT_EQ(error_of(ByteView(record).first(66)), "permanent state has 66 bytes instead of 67");
  record.push_back(0);
  EXPECT_EQ(error_of(record), "permanent state has 68 bytes instead of 67");
}

/// Written by swtee 0.1.0, `swtee run --state`, on a Milan with its default firmware.
TEST(PermanentState, OfVersion1Loads) {
  std::ifstream file(SWTEE_SOURCE_DIR "/tests/state/permanent-1.bin", std::ios::binary);
  const std::vector<std::uint8_t> record((std::istreambuf_iterator<char>(file)), {});
  ASSERT_EQ(record.size(), 64u);
  const auto state = decode_permanent_state(record);
  ASSERT_TRUE(state.ok()) << state.error().what();
  EXPECT_EQ(state.value().committed_version, (FirmwareVersion{1, 55, 29}));
  EXPECT_EQ(state.value().committed_tcb, (Tcb{.fmc = 0, .boot_loader = 4, .tee = 0, .snp = 24, .microcode = 115}));
  EXPECT_TRUE(state.value().sev_owner.empty());
  EXPECT_EQ(encode(state.value()), record) << "and is written as it was as long as there is no owner";
}

}  // namespace
}  // namespace swtee::snp
