// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_swap.h"

#include "firmware/crypto/aead.h"

#include <algorithm>
#include <limits>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::MetadataEntry;
using snp::Status;
using snp::SwapPageType;

constexpr Asid kAsid{1};
constexpr std::uint64_t kGpa = 0x7000;
constexpr std::uint64_t kSwapDisabled = snp::policy::kDefault | snp::policy::PageSwapDisable::mask;

std::vector<std::uint8_t> page_of(std::uint8_t value, std::size_t size = kPageSize) { return std::vector<std::uint8_t>(size, value); }

/// One data page, with its entry the third of a metadata page.
struct SwapOut {
  SnpMachine machine;
  Spa gctx;
  Spa src;
  Spa dst;
  Spa metadata;
  snp::SnpPageSwapOutBuffer buffer{};

  SwapOut() {
    machine.init();
    gctx = machine.guest(GuestState::running, kAsid);
    metadata = machine.metadata_page(gctx);
    src = machine.guest_page(kAsid, kGpa, page_of(0x5a));
    dst = machine.firmware_page();
    buffer = swap_out_buffer(gctx, src, dst, slot(2));
  }
  Status call() { return machine.command(id::kPageSwapOut, buffer); }
  Spa slot(std::uint64_t i) const { return metadata + i * sizeof(MetadataEntry); }
  void from(Spa page) { buffer.src_paddr = page.value; }
  void to(Spa page) { buffer.dst_paddr = page.value; }
  void entry_at(Spa at) { buffer.mdata_paddr = at.value; }
  void type(SwapPageType t) { buffer.flags = (buffer.flags & ~std::uint64_t{6}) | static_cast<std::uint64_t>(t) << 1; }
  void large() { buffer.flags = buffer.flags | 1u; }
  MetadataEntry entry(std::uint64_t i = 2) { return machine.read_as<MetadataEntry>(slot(i)); }
};

const FaultList<SwapOut> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](SwapOut& a) { a.machine.shutdown(); }},
    {"flag 3, which is SWAP_IN's", "flags", Status::invalid_param, [](SwapOut& a) { a.buffer.flags = a.buffer.flags | 8u; }},
    {"flag 5", "flags", Status::invalid_param, [](SwapOut& a) { a.buffer.flags = a.buffer.flags | 0x20u; }},
    {"flag 63", "flags", Status::invalid_param, [](SwapOut& a) { a.buffer.flags = a.buffer.flags | std::uint64_t{1} << 63; }},
    {"page type 3", "flags", Status::invalid_param, [](SwapOut& a) { a.type(SwapPageType::reserved); }},
    {"context page unaligned", "gctx", Status::invalid_address, [](SwapOut& a) { a.buffer.gctx_paddr = a.gctx.value + 1; }},
    {"no context page", "gctx", Status::invalid_guest, [](SwapOut& a) { a.buffer.gctx_paddr = a.src.value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](SwapOut& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"guest without ASID", "gctx", Status::inactive,
     [](SwapOut& a) {
       const Spa gctx = a.machine.gctx_create();
       ASSERT_EQ(a.machine.launch_start(gctx), Status::success);
       a.buffer.gctx_paddr = gctx.value;
     }},
    {"2 MiB metadata", "flags", Status::invalid_page_size, [](SwapOut& a) { a.type(SwapPageType::metadata), a.large(); }},
    {"2 MiB VMSA", "flags", Status::invalid_page_size, [](SwapOut& a) { a.type(SwapPageType::vmsa), a.large(); }},
    {"source unaligned", "src", Status::invalid_address, [](SwapOut& a) { a.from(a.src + 0x40); }},
    {"source outside memory", "src", Status::invalid_address, [](SwapOut& a) { a.from({kNoMemory}); }},
    {"target unaligned", "dst", Status::invalid_address, [](SwapOut& a) { a.to(a.dst + 0x40); }},
    {"target outside memory", "dst", Status::invalid_address, [](SwapOut& a) { a.to({kNoMemory}); }},
    {"source is Hypervisor", "src", Status::invalid_page_state, [](SwapOut& a) { a.from(a.machine.take_page()); }},
    {"source is Guest-Valid", "src", Status::invalid_page_state,
     [](SwapOut& a) { a.from(a.machine.guest_page(kAsid, kGpa, page_of(1), SWTEE_RMP_GUEST_VALID)); }},
    {"source is Pre-Guest", "src", Status::invalid_page_state, [](SwapOut& a) { a.from(a.machine.pre_guest_page(kAsid, kGpa)); }},
    {"source is the target", "src", Status::invalid_page_state, [](SwapOut& a) { a.from(a.dst); }},
    {"source is a metadata page", "src", Status::invalid_page_state, [](SwapOut& a) { a.from(a.metadata); }},
    {"source is a VMSA", "src", Status::invalid_page_state,
     [](SwapOut& a) { a.from(a.machine.guest_page(kAsid, kGpa, page_of(1), SWTEE_RMP_PRE_SWAP, true)); }},
    {"source is a 2 MiB page", "src", Status::invalid_page_size,
     [](SwapOut& a) { a.from(a.machine.guest_page(kAsid, 0x200000, page_of(1), SWTEE_RMP_PRE_SWAP, false, true)); }},
    {"source of another ASID", "src", Status::invalid_page_owner, [](SwapOut& a) { a.from(a.machine.guest_page({2}, kGpa, page_of(1))); }},
    {"target is Hypervisor", "dst", Status::invalid_page_state, [](SwapOut& a) { a.to(a.machine.take_page()); }},
    {"target is the source", "dst", Status::invalid_page_state, [](SwapOut& a) { a.to(a.src); }},
    {"target is the metadata page", "dst", Status::invalid_page_state, [](SwapOut& a) { a.to(a.metadata); }},
    {"target is Context", "dst", Status::invalid_page_state, [](SwapOut& a) { a.to(a.gctx); }},
    {"target in a 2 MiB page", "dst", Status::invalid_page_size, [](SwapOut& a) { a.to(a.machine.firmware_page(true)); }},
    {"entry between two", "mdata", Status::invalid_address, [](SwapOut& a) { a.entry_at(a.metadata + 0x20); }},
    {"entry outside memory", "mdata", Status::invalid_address, [](SwapOut& a) { a.entry_at({kNoMemory}); }},
    {"entry in the host's page", "mdata", Status::invalid_page_state, [](SwapOut& a) { a.entry_at(a.machine.take_page()); }},
    {"entry in the target", "mdata", Status::invalid_page_state, [](SwapOut& a) { a.entry_at(a.dst); }},
    {"entry in the source", "mdata", Status::invalid_page_state, [](SwapOut& a) { a.entry_at(a.src); }},
    {"entry in another guest's page", "mdata", Status::invalid_page_owner,
     [](SwapOut& a) { a.entry_at(a.machine.metadata_page(a.machine.guest(GuestState::launch, {3}))); }},
    {"entry in use", "mdata", Status::invalid_mdata_entry,
     [](SwapOut& a) { swapped_out(a.machine, a.gctx, a.machine.guest_page(kAsid, 0x9000, page_of(1)), a.slot(2)); }},
};
SWTEE_COMMAND_TESTS(SnpPageSwapOut, SwapOut, kFaults)

TEST(SnpPageSwapOut, RefusesAGuestWhosePolicyForbidsSwapping) {
  SwapOut a;
  const Spa gctx = a.machine.guest(GuestState::running, {2}, kSwapDisabled);
  a.buffer = swap_out_buffer(gctx, a.machine.guest_page({2}, kGpa, page_of(1)), a.dst, kRootEntry);
  expect_refused(a, Status::policy_failure, "policy bit 25");
}

TEST(SnpPageSwapOut, RefusesAnAddressBesideTheRootEntry) {
  SwapOut a;
  a.buffer.flags = a.buffer.flags | 0x10u;
  expect_refused(a, Status::invalid_param, "root and address");
}

TEST(SnpPageSwapOut, RefusesTheRootEntryInUse) {
  SwapOut a;
  swapped_out(a.machine, a.gctx, a.machine.guest_page(kAsid, 0x9000, page_of(1)), kRootEntry);
  a.buffer = swap_out_buffer(a.gctx, a.src, a.dst, kRootEntry);
  expect_refused(a, Status::invalid_mdata_entry, "root entry in use");
}

/// The entry would leave with the page that it describes.
TEST(SnpPageSwapOut, RefusesAMetadataPageWithItsOwnEntryInside) {
  SwapOut a;
  a.from(a.metadata);
  a.type(SwapPageType::metadata);
  expect_refused(a, Status::invalid_param, "entry inside the page");
}

TEST(SnpPageSwapOut, RefusesAnotherGuestsMetadataPage) {
  SwapOut a;
  a.buffer = swap_out_buffer(a.gctx, a.machine.metadata_page(a.machine.guest(GuestState::launch, {3})), a.dst, kRootEntry,
                             SwapPageType::metadata);
  expect_refused(a, Status::invalid_page_owner, "another guest's metadata");
}

TEST(SnpPageSwapOut, RefusesDataAsVmsa) {
  SwapOut a;
  a.type(SwapPageType::vmsa);
  expect_refused(a, Status::invalid_page_state, "data as VMSA");
}

TEST(SnpPageSwapOut, RefusesDataAsMetadata) {
  SwapOut a;
  a.type(SwapPageType::metadata);
  expect_refused(a, Status::invalid_page_state, "data as metadata");
}

/// What the host stores opens under the OEK, the published IV and the whole entry as additional data. Done here by hand, from
/// the layout alone.
TEST(SnpPageSwapOut, EncryptsUnderTheOekAndDescribesThePage) {
  SwapOut a;
  RmpEntry permissions = *a.machine.machine().rmp().entry(a.src);
  permissions.vmpl_permissions[1] = 7;
  a.machine.machine().rmp().set_entry(a.src, permissions);
  ASSERT_EQ(a.call(), Status::success);
  const MetadataEntry entry = a.entry();
  EXPECT_EQ(entry.software_data, 0x1122334455667788u);
  EXPECT_EQ(entry.iv, 0u);
  EXPECT_EQ(entry.attributes, kGpa | 3u) << "valid, validated, GPA";
  EXPECT_EQ(entry.vmpl_permissions, (std::array<std::uint8_t, 4>{15, 7, 0, 0}));
  EXPECT_TRUE(all_zero(entry.reserved_2ch) && all_zero(entry.reserved_30h));

  const auto& guest = a.machine.context(a.gctx);
  std::vector<std::uint8_t> stored = a.machine.read(a.dst, kPageSize);
  EXPECT_NE(stored, page_of(0x5a));
  MetadataEntry additional = entry;
  additional.auth_tag = {};
  std::vector<std::uint8_t> plain(kPageSize);
  EXPECT_TRUE(crypto::aes256_gcm_open(guest.oek, crypto::GcmIv{}, bytes_of(additional), stored, entry.auth_tag, plain));
  EXPECT_EQ(plain, page_of(0x5a));
  EXPECT_EQ(guest.oek_iv_count, 1u);
  EXPECT_TRUE(all_zero(bytes_of(a.entry(1))) && all_zero(bytes_of(a.entry(3)))) << "only the named entry";
}

TEST(SnpPageSwapOut, LeavesNothingInTheSource) {
  SwapOut a;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.state_of(a.src), SWTEE_RMP_PRE_GUEST);
  EXPECT_EQ(a.machine.state_of(a.dst), SWTEE_RMP_FIRMWARE);
  std::vector<std::uint8_t> through_the_key(kPageSize);
  ASSERT_TRUE(a.machine.machine().memory().read(Access::psp_as_guest(kAsid), a.src, through_the_key).ok());
  EXPECT_NE(through_the_key, page_of(0x5a));
  ASSERT_EQ(a.machine.reclaim(a.src), Status::success);
  ASSERT_EQ(a.machine.rmpupdate(a.src, false), SWTEE_RMP_OK);
  EXPECT_TRUE(all_zero(a.machine.read(a.src, kPageSize)));
}

/// The same plaintext twice: another IV, another ciphertext.
TEST(SnpPageSwapOut, NeverUsesAnIvTwice) {
  SwapOut a;
  const auto first = swapped_out(a.machine, a.gctx, a.src, a.slot(0));
  const auto second = swapped_out(a.machine, a.gctx, a.machine.guest_page(kAsid, kGpa, page_of(0x5a)), a.slot(1));
  EXPECT_NE(first, second);
  EXPECT_EQ(a.entry(0).iv, 0u);
  EXPECT_EQ(a.entry(1).iv, 1u);
  EXPECT_EQ(a.machine.context(a.gctx).oek_iv_count, 2u);
}

TEST(SnpPageSwapOut, EndsWhenTheOekHasNoIvLeft) {
  SwapOut a;
  a.machine.context_for_update(a.gctx).oek_iv_count = std::numeric_limits<std::uint64_t>::max() - 1;
  EXPECT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.entry().iv, std::numeric_limits<std::uint64_t>::max() - 1);
  a.buffer = swap_out_buffer(a.gctx, a.machine.guest_page(kAsid, 0x9000, page_of(1)), a.dst, a.slot(9));
  expect_refused(a, Status::aead_oflow, "no IV left");
}

TEST(SnpPageSwapOut, GivesAMetadataPageBackToTheHost) {
  SwapOut a;
  ASSERT_EQ(a.call(), Status::success);
  const Spa out = a.machine.firmware_page();
  ASSERT_EQ(a.machine.command(id::kPageSwapOut, swap_out_buffer(a.gctx, a.metadata, out, kRootEntry, SwapPageType::metadata)), Status::success);
  EXPECT_EQ(a.machine.state_of(a.metadata), SWTEE_RMP_RECLAIM);
  EXPECT_EQ(a.machine.rmpupdate(a.metadata, false), SWTEE_RMP_OK);
  EXPECT_TRUE(all_zero(a.machine.read(a.metadata, kPageSize)));
  EXPECT_EQ(a.machine.context(a.gctx).root_md_entry.attributes, 9u) << "valid, metadata";
}

}  // namespace
}  // namespace swtee::test
