// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_swap.h"

#include <algorithm>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::MetadataEntry;
using snp::Status;
using snp::SwapPageType;

constexpr Asid kAsid{1};
constexpr std::uint64_t kGpa = 0x7000;

std::vector<std::uint8_t> page_of(std::uint8_t value, std::size_t size = kPageSize) { return std::vector<std::uint8_t>(size, value); }

/// A data page that was swapped out, on its way back to another place.
struct SwapIn {
  SnpMachine machine;
  Spa gctx;
  Spa src;
  Spa dst;
  Spa metadata;
  std::vector<std::uint8_t> stored;
  snp::SnpPageSwapInBuffer buffer{};

  SwapIn() {
    machine.init();
    gctx = machine.guest(GuestState::running, kAsid);
    metadata = machine.metadata_page(gctx);
    stored = swapped_out(machine, gctx, machine.guest_page(kAsid, kGpa, page_of(0x5a)), slot(2));
    src = machine.take_page();
    machine.write(src, stored);
    dst = machine.pre_guest_page(kAsid, kGpa);
    buffer = swap_in_buffer(gctx, src, dst, slot(2));
  }
  Status call() { return machine.command(id::kPageSwapIn, buffer); }
  Spa slot(std::uint64_t i) const { return metadata + i * sizeof(MetadataEntry); }
  void from(Spa page) { buffer.src_paddr = page.value; }
  void to(Spa page) { buffer.dst_paddr = page.value; }
  void entry_at(Spa at) { buffer.mdata_paddr = at.value; }
  void type(SwapPageType t) { buffer.flags = (buffer.flags & ~std::uint64_t{6}) | static_cast<std::uint64_t>(t) << 1; }
  void large() { buffer.flags = buffer.flags | 1u; }
  MetadataEntry entry() { return machine.read_as<MetadataEntry>(slot(2)); }
};

const FaultList<SwapIn> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](SwapIn& a) { a.machine.shutdown(); }},
    {"flag 5", "flags", Status::invalid_param, [](SwapIn& a) { a.buffer.flags = a.buffer.flags | 0x20u; }},
    {"flag 63", "flags", Status::invalid_param, [](SwapIn& a) { a.buffer.flags = a.buffer.flags | std::uint64_t{1} << 63; }},
    {"page type 3", "flags", Status::invalid_param, [](SwapIn& a) { a.type(SwapPageType::reserved); }},
    {"reserved field 20h", "reserved", Status::invalid_param, [](SwapIn& a) { a.buffer.reserved_20h = std::uint64_t{1}; }},
    {"context page unaligned", "gctx", Status::invalid_address, [](SwapIn& a) { a.buffer.gctx_paddr = a.gctx.value + 1; }},
    {"no context page", "gctx", Status::invalid_guest, [](SwapIn& a) { a.buffer.gctx_paddr = a.src.value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](SwapIn& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"guest without ASID", "gctx", Status::inactive,
     [](SwapIn& a) {
       const Spa gctx = a.machine.gctx_create();
       ASSERT_EQ(a.machine.launch_start(gctx), Status::success);
       a.buffer.gctx_paddr = gctx.value;
     }},
    {"2 MiB metadata", "flags", Status::invalid_page_size, [](SwapIn& a) { a.type(SwapPageType::metadata), a.large(); }},
    {"2 MiB VMSA", "flags", Status::invalid_page_size, [](SwapIn& a) { a.type(SwapPageType::vmsa), a.large(); }},
    {"source unaligned", "src", Status::invalid_address, [](SwapIn& a) { a.from(a.src + 0x40); }},
    {"source outside memory", "src", Status::invalid_address, [](SwapIn& a) { a.from({kNoMemory}); }},
    {"target unaligned", "dst", Status::invalid_address, [](SwapIn& a) { a.to(a.dst + 0x40); }},
    {"target outside memory", "dst", Status::invalid_address, [](SwapIn& a) { a.to({kNoMemory}); }},
    {"in place at two places", "flags", Status::invalid_param, [](SwapIn& a) { a.buffer.flags = a.buffer.flags | 8u; }},
    {"one place but not in place", "src", Status::invalid_param, [](SwapIn& a) { a.from({a.buffer.dst_paddr}); }},
    {"source is the guest's", "src", Status::invalid_page_state,
     [](SwapIn& a) { a.from(a.machine.guest_page(kAsid, kGpa, a.stored, SWTEE_RMP_GUEST_VALID)); }},
    {"source is the metadata page", "src", Status::invalid_page_state, [](SwapIn& a) { a.from(a.metadata); }},
    {"source is Context", "src", Status::invalid_page_state, [](SwapIn& a) { a.from(a.gctx); }},
    {"target is Hypervisor", "dst", Status::invalid_page_state, [](SwapIn& a) { a.to(a.machine.take_page()); }},
    {"target is Firmware", "dst", Status::invalid_page_state, [](SwapIn& a) { a.to(a.machine.firmware_page()); }},
    {"target is Guest-Valid", "dst", Status::invalid_page_state,
     [](SwapIn& a) { a.to(a.machine.guest_page(kAsid, kGpa, page_of(1), SWTEE_RMP_GUEST_VALID)); }},
    {"target is the metadata page", "dst", Status::invalid_page_state, [](SwapIn& a) { a.to(a.metadata); }},
    {"target is a 2 MiB page", "dst", Status::invalid_page_size, [](SwapIn& a) { a.to(a.machine.pre_guest_page(kAsid, 0x200000, {}, true)); }},
    {"target of another ASID", "dst", Status::invalid_page_owner, [](SwapIn& a) { a.to(a.machine.pre_guest_page({2}, kGpa)); }},
    {"entry between two", "mdata", Status::invalid_address, [](SwapIn& a) { a.entry_at(a.metadata + 0x20); }},
    {"entry outside memory", "mdata", Status::invalid_address, [](SwapIn& a) { a.entry_at({kNoMemory}); }},
    {"entry in the host's page", "mdata", Status::invalid_page_state, [](SwapIn& a) { a.entry_at(a.machine.take_page()); }},
    {"entry in another guest's page", "mdata", Status::invalid_page_owner,
     [](SwapIn& a) { a.entry_at(a.machine.metadata_page(a.machine.guest(GuestState::launch, {3}))); }},
    {"entry that is free", "mdata", Status::invalid_mdata_entry, [](SwapIn& a) { a.entry_at(a.slot(3)); }},
    {"target at another GPA", "dst", Status::invalid_mdata_entry,
     [](SwapIn& a) { a.to(a.machine.pre_guest_page(kAsid, kGpa + kPageSize)); }},
    {"VMSA asked for", "type", Status::invalid_mdata_entry, [](SwapIn& a) { a.type(SwapPageType::vmsa); }},
    {"one bit of the content altered", "content", Status::bad_measurement,
     [](SwapIn& a) {
       a.stored[4095] ^= 1;
       a.machine.write(a.src, a.stored);
     }},
};
SWTEE_COMMAND_TESTS(SnpPageSwapIn, SwapIn, kFaults)

TEST(SnpPageSwapIn, BringsContentAndAttributesBack) {
  SwapIn a;
  ASSERT_EQ(a.call(), Status::success);
  const auto entry = a.machine.machine().rmp().entry(a.dst);
  EXPECT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_GUEST_VALID);
  EXPECT_EQ(entry->gpa, kGpa);
  EXPECT_FALSE(entry->vmsa);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, a.dst, kPageSize), page_of(0x5a));
  EXPECT_TRUE(all_zero(bytes_of(a.entry()))) << "the entry is free again";
}

TEST(SnpPageSwapIn, RefusesTheSamePageASecondTime) {
  SwapIn a;
  ASSERT_EQ(a.call(), Status::success);
  a.to(a.machine.pre_guest_page(kAsid, kGpa));
  expect_refused(a, Status::invalid_mdata_entry, "second time");
}

/// The host keeps the older of two versions of a page and offers it in the place of the newer one.
TEST(SnpPageSwapIn, RefusesAnOlderVersionOfThePage) {
  SwapIn a;
  ASSERT_EQ(a.call(), Status::success);
  ASSERT_EQ(a.machine.rmpupdate(a.dst, true, kAsid, kGpa, true), SWTEE_RMP_OK);
  const auto newer = swapped_out(a.machine, a.gctx, a.dst, a.slot(2));
  expect_refused(a, Status::bad_measurement, "the older version");
  a.machine.write(a.src, newer);
  EXPECT_EQ(a.call(), Status::success);
}

/// A page of the same guest with the right type and size, under another entry for the same GPA.
TEST(SnpPageSwapIn, RefusesOnePageUnderTheEntryOfAnother) {
  SwapIn a;
  swapped_out(a.machine, a.gctx, a.machine.guest_page(kAsid, kGpa, page_of(0x66)), a.slot(5));
  a.entry_at(a.slot(5));
  expect_refused(a, Status::bad_measurement, "another entry");
}

/// No host can change an entry; the tag would notice if one could.
TEST(SnpPageSwapIn, CoversEveryByteOfTheEntry) {
  for (std::size_t at = 0; at < sizeof(MetadataEntry); ++at) {
    SwapIn a;
    MetadataEntry entry = a.entry();
    mutable_bytes_of(entry)[at] ^= 0x80;
    ASSERT_TRUE(a.machine.machine().memory().write(Access::psp(), a.slot(2), bytes_of(entry)).ok());
    const bool gpa = at > 0x20 && at < 0x28;  // compared before the tag is
    expect_refused(a, gpa ? Status::invalid_mdata_entry : Status::bad_measurement, "byte " + std::to_string(at));
  }
}

TEST(SnpPageSwapIn, RefusesAnEntryOfAnotherKind) {
  for (const std::uint64_t bit : {1u, 4u, 8u, 16u}) {
    SwapIn a;
    MetadataEntry entry = a.entry();
    entry.attributes = entry.attributes ^ bit;
    ASSERT_TRUE(a.machine.machine().memory().write(Access::psp(), a.slot(2), bytes_of(entry)).ok());
    expect_refused(a, Status::invalid_mdata_entry, "attribute " + std::to_string(bit));
  }
}

/// Same context page, another guest: its OEK is not that of the page.
TEST(SnpPageSwapIn, RefusesAPageOfTheFormerGuestOfAContextPage) {
  SwapIn a;
  ASSERT_EQ(a.machine.gctx_command(id::kDecommission, a.gctx), Status::success);
  a.machine.wbinvd_and_flush();
  ASSERT_EQ(a.machine.gctx_command(id::kGctxCreate, a.gctx), Status::success);
  ASSERT_EQ(a.machine.launch_start(a.gctx), Status::success);
  ASSERT_EQ(a.machine.activate(a.gctx, kAsid), Status::success);
  expect_refused(a, Status::bad_measurement, "former guest");
}

TEST(SnpPageSwapIn, RefusesAnAddressBesideTheRootEntry) {
  SwapIn a;
  a.buffer.flags = a.buffer.flags | 0x10u;
  expect_refused(a, Status::invalid_param, "root and address");
}

TEST(SnpPageSwapIn, RefusesTheRootEntryWhileItIsFree) {
  SwapIn a;
  a.buffer = swap_in_buffer(a.gctx, a.src, a.dst, kRootEntry);
  expect_refused(a, Status::invalid_mdata_entry, "free root entry");
}

TEST(SnpPageSwapIn, RefusesAGuestWhosePolicyForbidsSwapping) {
  SwapIn a;
  a.machine.context_for_update(a.gctx).policy |= snp::policy::PageSwapDisable::mask;
  expect_refused(a, Status::policy_failure, "policy bit 25");
}

/// The host put the encrypted page where the plain one will be.
TEST(SnpPageSwapIn, WorksInPlace) {
  SwapIn a;
  const Spa page = a.machine.pre_guest_page(kAsid, kGpa, a.stored);
  a.buffer = swap_in_buffer(a.gctx, page, page, a.slot(2));
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, page, kPageSize), page_of(0x5a));
}

TEST(SnpPageSwapIn, BringsAVmsaBack) {
  SwapIn a;
  const Spa vmsa = a.machine.guest_page(kAsid, 0x9000, page_of(0x77), SWTEE_RMP_PRE_SWAP, true);
  a.machine.write(a.src, swapped_out(a.machine, a.gctx, vmsa, a.slot(7), SwapPageType::vmsa));
  const Spa dst = a.machine.pre_guest_page(kAsid, 0x9000);
  a.buffer = swap_in_buffer(a.gctx, a.src, dst, a.slot(7));
  expect_refused(a, Status::invalid_mdata_entry, "as data");
  a.type(SwapPageType::vmsa);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(a.machine.machine().rmp().entry(dst)->vmsa);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, dst, kPageSize), page_of(0x77));
}

TEST(SnpPageSwapIn, BringsAMetadataPageBackWithItsEntries) {
  SwapIn a;
  const auto stored_metadata = swapped_out(a.machine, a.gctx, a.metadata, kRootEntry, SwapPageType::metadata);
  const Spa page = a.machine.take_page();
  a.machine.write(page, stored_metadata);
  ASSERT_EQ(a.machine.rmpupdate(page, true, {}, 0, true), SWTEE_RMP_OK);
  ASSERT_EQ(a.machine.command(id::kPageSwapIn, swap_in_buffer(a.gctx, page, page, kRootEntry, SwapPageType::metadata)), Status::success);
  EXPECT_EQ(a.machine.state_of(page), SWTEE_RMP_METADATA);
  EXPECT_TRUE(all_zero(bytes_of(a.machine.context(a.gctx).root_md_entry)));
  a.entry_at(page + 2 * sizeof(MetadataEntry));
  EXPECT_EQ(a.call(), Status::success) << "the page whose entry went and came back";
}

TEST(SnpPageSwapIn, Brings2MiBBack) {
  SwapIn a;
  std::vector<std::uint8_t> content = page_of(0x31, kLargePageSize);
  content[kLargePageSize - 1] = 0x32;
  const Spa page = a.machine.guest_page(kAsid, 0x400000, content, SWTEE_RMP_PRE_SWAP, false, true);
  const auto stored = swapped_out(a.machine, a.gctx, page, a.slot(7), SwapPageType::data, true);
  EXPECT_NE(stored, content);
  const Spa src = a.machine.take_large_page();
  a.machine.write(src, stored);
  const Spa dst = a.machine.pre_guest_page(kAsid, 0x400000, {}, true);
  a.buffer = swap_in_buffer(a.gctx, src, dst, a.slot(7), SwapPageType::data, true);
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.machine.read_as_guest(kAsid, dst, kLargePageSize), content);
  EXPECT_TRUE(a.machine.machine().rmp().entry(dst)->large);
}

}  // namespace
}  // namespace swtee::test
