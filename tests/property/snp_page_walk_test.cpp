// SPDX-License-Identifier: Apache-2.0
/// A hostile host tries the page commands, RMPUPDATE and stored pages of two guests in any order and combination. Whatever it
/// does, a page that is validated holds what its guest wrote last at this address, and is the only one there.
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_swap.h"
#include "tests/support/snp_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

namespace swtee::test {
namespace {

using snp::MetadataEntry;
using snp::Status;
using snp::SwapPageType;

constexpr std::size_t kGpas = 4;
constexpr std::uint64_t kFirstGpa = 0x10000;

class HostileHost {
 public:
  explicit HostileHost(std::uint64_t seed) : random_(seed) {
    machine_.init();
    for (const std::uint32_t asid : {1u, 2u}) {
      const Spa gctx = machine_.guest(snp::GuestState::running, {asid});
      guests_.push_back(gctx);
      for (std::size_t i = 0; i < kGpas; ++i) {
        const std::uint64_t gpa = kFirstGpa + i * kPageSize;
        content_[{asid, gpa}] = std::vector<std::uint8_t>(kPageSize, static_cast<std::uint8_t>(random_()));
        pages_.push_back(machine_.guest_page({asid}, gpa, content_[{asid, gpa}], SWTEE_RMP_GUEST_VALID, i == 0));
      }
      pages_.push_back(machine_.metadata_page(gctx));
    }
    for (int i = 0; i < 8; ++i) pages_.push_back(machine_.take_page());
  }

  std::map<std::string, int> succeeded;

  void step() {
    choose();
    const std::uint64_t before = state_hash(machine_);
    const std::uint32_t result = make();
    if (result == 0) ++succeeded[what_];
    if (result != 0 && what_ != "write") {
      ASSERT_EQ(state_hash(machine_), before) << what_ << " was refused with " << result << " and changed something";
    }
    ASSERT_NO_FATAL_FAILURE(expect_each_validated_page_is_the_latest_and_only_one());
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  Spa any_page() { return pages_[below(pages_.size())]; }
  Spa any_guest() { return guests_[below(guests_.size())]; }
  std::uint64_t any_gpa() { return kFirstGpa + below(kGpas) * kPageSize; }
  /// Mostly a page in this state that belongs to the guest: by its ASID, or as its metadata.
  Spa page_in(RmpState state, Spa gctx) {
    const std::size_t first = below(pages_.size());
    if (below(10) == 0) return pages_[first];
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      const Spa page = pages_[(first + i) % pages_.size()];
      const auto entry = machine_.machine().rmp().entry(page);
      const bool of_guest = entry->asid == 0 ? state != SWTEE_RMP_METADATA || entry->gpa == gctx.value
                                             : entry->asid == machine_.context(gctx).asid->value;
      if (machine_.state_of(page) == state && of_guest) return page;
    }
    return pages_[first];
  }
  struct UsedEntry {
    Spa at;
    MetadataEntry entry;
  };
  /// Mostly an entry of the guest that describes a page, when there is one.
  std::optional<UsedEntry> used_entry(Spa gctx) {
    std::vector<UsedEntry> used;
    const auto consider = [&](Spa at, const MetadataEntry& entry) {
      if (snp::metadata_bits::Valid::get(entry.attributes)) used.push_back({at, entry});
    };
    consider(kRootEntry, machine_.context(gctx).root_md_entry);
    for (const Spa page : pages_) {
      const auto entry = machine_.machine().rmp().entry(page);
      if (swtee_rmp_state_of(&*entry) != SWTEE_RMP_METADATA || entry->gpa != gctx.value) continue;
      for (std::size_t i = 0; i < 2; ++i) consider(page + i * sizeof(MetadataEntry), machine_.read_as<MetadataEntry>(page + i * sizeof(MetadataEntry)));
    }
    if (used.empty() || below(10) == 0) return std::nullopt;
    return used[below(used.size())];
  }
  Spa entry_of(Spa gctx) { return below(3) == 0 ? kRootEntry : page_in(SWTEE_RMP_METADATA, gctx) + below(2) * sizeof(MetadataEntry); }

  void choose() {
    static const char* const kCalls[] = {"rmpupdate", "rmpupdate", "rmpupdate", "freeze",   "freeze", "reclaim", "write", "write",
                                         "guest",     "md_init",   "swap_out",  "swap_out", "swap_in", "swap_in", "swap_in", "move",    "place",   "place"};
    what_ = kCalls[below(std::size(kCalls))];
  }
  std::uint32_t make() {
    const Spa gctx = any_guest();
    if (what_ == "rmpupdate") return rmpupdate();
    if (what_ == "freeze") return freeze(gctx);
    if (what_ == "place") return place(gctx);
    if (what_ == "reclaim") return static_cast<std::uint32_t>(machine_.reclaim(any_page()));
    if (what_ == "write") return write();
    if (what_ == "guest") return guest_writes(gctx);
    if (what_ == "md_init") return md_init(gctx);
    if (what_ == "swap_out") return swap_out(gctx);
    if (what_ == "swap_in") return swap_in(gctx);
    return move(gctx);
  }

  std::uint32_t rmpupdate() {
    // What is lost now could prove nothing later.
    Spa page = any_page();
    if (machine_.machine().rmp().entry(page)->validated && below(10) != 0) page = any_page();
    const std::size_t kind = below(5);
    const Asid asid{static_cast<std::uint32_t>(1 + below(2))};
    if (kind == 0) return machine_.rmpupdate(page, false);
    if (kind == 1) return machine_.rmpupdate(page, true, {}, 0, true);
    return machine_.rmpupdate(page, true, asid, any_gpa(), kind != 2);
  }
  /// Makes room at the address of a page that is on its way: swapped out, or to be moved.
  std::uint32_t place(Spa gctx) {
    const Spa page = page_in(SWTEE_RMP_HYPERVISOR, gctx);
    const auto used = used_entry(gctx);
    const std::uint64_t gpa = used.has_value() && below(2) == 0 ? used->entry.attributes & snp::metadata_bits::kGpaMask
                                                                : machine_.machine().rmp().entry(page_in(SWTEE_RMP_PRE_SWAP, gctx))->gpa;
    return machine_.rmpupdate(page, true, *machine_.context(gctx).asid, gpa, true);
  }
  std::uint32_t freeze(Spa gctx) {
    const Spa page = page_in(SWTEE_RMP_GUEST_VALID, gctx);
    const auto now = machine_.machine().rmp().entry(page);
    return machine_.rmpupdate(page, now->assigned, {now->asid}, now->gpa, true);
  }
  /// The host puts something that it stored once into a page.
  std::uint32_t write() {
    if (stored_.empty()) return 1;
    const Spa gctx = any_guest();
    const auto used = used_entry(gctx);
    const auto fitting = used.has_value() ? by_iv_.find({gctx.value, used->entry.iv}) : by_iv_.end();
    const auto& stored = stored_[fitting == by_iv_.end() ? below(stored_.size()) : fitting->second];
    last_written_ = page_in(SWTEE_RMP_HYPERVISOR, gctx);
    return machine_.machine().memory().write(Access::host(), last_written_, stored).ok() ? 0 : 1;
  }
  std::uint32_t guest_writes(Spa gctx) {
    const Spa page = page_in(SWTEE_RMP_GUEST_VALID, gctx);
    const auto entry = machine_.machine().rmp().entry(page);
    const Asid asid = *machine_.context(gctx).asid;
    const std::vector<std::uint8_t> content(kPageSize, static_cast<std::uint8_t>(random_()));
    if (!machine_.machine().memory().write({Access::Agent::cpu, asid, 0, true}, page, content).ok()) return 1;
    content_[{asid.value, entry->gpa}] = content;
    return 0;
  }
  std::uint32_t md_init(Spa gctx) {
    snp::SnpPageMdInitBuffer buffer{};
    buffer.gctx_paddr = gctx.value;
    buffer.page_paddr = page_in(SWTEE_RMP_FIRMWARE, gctx).value;
    return static_cast<std::uint32_t>(machine_.command(id::kPageMdInit, buffer));
  }
  std::uint32_t swap_out(Spa gctx) {
    const SwapPageType type = any_type();
    const Spa src = page_in(type == SwapPageType::metadata ? SWTEE_RMP_METADATA : SWTEE_RMP_PRE_SWAP, gctx);
    const Spa dst = page_in(SWTEE_RMP_FIRMWARE, gctx);
    const Status status = machine_.command(id::kPageSwapOut, swap_out_buffer(gctx, src, dst, entry_of(gctx), type));
    if (status == Status::success) {
      by_iv_[{gctx.value, machine_.context(gctx).oek_iv_count - 1}] = stored_.size();
      stored_.push_back(machine_.read(dst, kPageSize));
      last_written_ = dst;
      what_ = type == SwapPageType::metadata ? "metadata swap_out" : type == SwapPageType::vmsa ? "VMSA swap_out" : what_;
    }
    return static_cast<std::uint32_t>(status);
  }
  std::uint32_t swap_in(Spa gctx) {
    const auto used = used_entry(gctx);
    const SwapPageType type = used.has_value() ? type_of(used->entry) : any_type();
    const Spa dst = page_in(type == SwapPageType::metadata ? SWTEE_RMP_FIRMWARE : SWTEE_RMP_PRE_GUEST, gctx);
    const Spa src = below(6) == 0 ? dst : below(3) == 0 ? page_in(SWTEE_RMP_FIRMWARE, gctx) : last_written_;
    const Spa entry = used.has_value() ? used->at : entry_of(gctx);
    const Status status = machine_.command(id::kPageSwapIn, swap_in_buffer(gctx, src, dst, entry, type));
    if (status == Status::success)
      what_ = type == SwapPageType::metadata ? "metadata swap_in" : type == SwapPageType::vmsa ? "VMSA swap_in" : what_;
    return static_cast<std::uint32_t>(status);
  }
  std::uint32_t move(Spa gctx) {
    snp::SnpPageMoveBuffer buffer{};
    buffer.gctx_paddr = gctx.value;
    buffer.src_paddr = page_in(SWTEE_RMP_PRE_SWAP, gctx).value;
    buffer.dst_paddr = page_in(SWTEE_RMP_PRE_GUEST, gctx).value;
    return static_cast<std::uint32_t>(machine_.command(id::kPageMove, buffer));
  }
  static SwapPageType type_of(const MetadataEntry& entry) {
    if (snp::metadata_bits::Metadata::get(entry.attributes)) return SwapPageType::metadata;
    return snp::metadata_bits::Vmsa::get(entry.attributes) ? SwapPageType::vmsa : SwapPageType::data;
  }
  SwapPageType any_type() {
    const std::size_t dice = below(8);
    return dice < 4 ? SwapPageType::data : dice < 6 ? SwapPageType::vmsa : SwapPageType::metadata;
  }

  void expect_each_validated_page_is_the_latest_and_only_one() {
    std::map<std::pair<std::uint32_t, std::uint64_t>, int> holders;
    for (const Spa page : pages_) {
      const auto entry = machine_.machine().rmp().entry(page);
      if (swtee_rmp_state_of(&*entry) == SWTEE_RMP_METADATA) count_entries(page, holders);
      if (!entry->validated) continue;
      ASSERT_EQ(++holders[std::pair(entry->asid, entry->gpa)], 1) << "two pages of " << entry->asid << " at " << std::hex << entry->gpa;
      ASSERT_EQ(entry->vmsa, entry->gpa == kFirstGpa);
      std::vector<std::uint8_t> content(kPageSize);
      ASSERT_TRUE(machine_.machine().memory().read(Access::psp_as_guest({entry->asid}), page, content).ok());
      ASSERT_EQ(content, content_.at({entry->asid, entry->gpa})) << entry->asid << " reads old content at " << std::hex << entry->gpa;
    }
  }
  /// A used entry is a page, too: the guest's page or the right to one.
  void count_entries(Spa metadata, std::map<std::pair<std::uint32_t, std::uint64_t>, int>& holders) {
    const Spa gctx{machine_.machine().rmp().entry(metadata)->gpa};
    for (std::size_t i = 0; i < snp::kMetadataEntries; ++i) {
      const std::uint64_t attributes = machine_.read_as<MetadataEntry>(metadata + i * sizeof(MetadataEntry)).attributes;
      using namespace snp::metadata_bits;
      if (!Valid::get(attributes) || Metadata::get(attributes)) continue;
      ASSERT_EQ(++holders[std::pair(machine_.context(gctx).asid->value, attributes & kGpaMask)], 1);
    }
  }

  SnpMachine machine_;
  std::mt19937_64 random_;
  std::vector<Spa> guests_;
  std::vector<Spa> pages_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<std::uint8_t>> content_;  ///< by ASID and GPA
  std::vector<std::vector<std::uint8_t>> stored_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> by_iv_;  ///< place in `stored_`, by guest and IV
  Spa last_written_;
  std::string what_;
};

class HostilePaging : public testing::TestWithParam<std::uint64_t> {};

TEST_P(HostilePaging, NeverShowsAGuestOldContentOrTwoPagesAtOneAddress) {
  const std::uint64_t first = property_seed(GetParam());
  // A host that destroys what it can ends soon with nothing left: many short lives.
  for (std::uint64_t life = 0; life < 40; ++life) {
    SCOPED_TRACE("SWTEE_SEED=" + std::to_string(first) + ", life " + std::to_string(life));
    HostileHost host(first * 1000 + life);
    for (int n = 0; n < 200; ++n) ASSERT_NO_FATAL_FAILURE(host.step()) << "step " << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostilePaging, testing::Values(1, 2, 3, 4));

/// Walks in which nothing succeeds would prove nothing.
TEST(HostilePagingCoverage, GetsThroughWithEveryKindOfCall) {
  std::map<std::string, int> seen;
  for (std::uint64_t life = 0; life < 160; ++life) {
    HostileHost host((1 + life / 40) * 1000 + life % 40);
    for (int n = 0; n < 200; ++n) host.step();
    for (const auto& [what, count] : host.succeeded) seen[what] += count;
  }
  for (const char* what : {"rmpupdate", "freeze", "reclaim", "place", "write", "guest", "md_init", "move", "swap_out", "VMSA swap_out",
                           "metadata swap_out", "swap_in", "VMSA swap_in", "metadata swap_in"})
    EXPECT_GE(seen[what], 5) << what;
}

}  // namespace
}  // namespace swtee::test
