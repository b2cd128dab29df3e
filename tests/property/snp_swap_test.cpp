// SPDX-License-Identifier: Apache-2.0
/// A host that swaps and moves the pages of a guest in random order, data, a VMSA and metadata, and cheats now and then. The
/// guest never sees a difference: content, GPA, validation, VMSA mark and permissions survive, and nothing old comes back.
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

constexpr Asid kAsid{3};
constexpr std::size_t kDataPages = 10;
constexpr std::size_t kMetadataPages = 3;

/// One page of the guest as the guest knows it, and where the host has it.
struct Page {
  std::size_t number = 0;
  SwapPageType type = SwapPageType::data;
  std::uint64_t gpa = 0;
  std::array<std::uint8_t, 4> permissions{};
  std::vector<std::uint8_t> content;           ///< not kept for metadata
  std::optional<Spa> at;                       ///< nothing while swapped out
  std::vector<std::uint8_t> stored;            ///< encrypted, while swapped out
  std::vector<std::vector<std::uint8_t>> old;  ///< everything it was stored as before
  std::optional<std::size_t> metadata;         ///< number of the metadata page with its entry; nothing: the root entry
  std::size_t index = 0;                       ///< in that page
};

class SwappingHost {
 public:
  explicit SwappingHost(std::uint64_t seed) : random_(seed) {
    machine_.init();
    gctx_ = machine_.guest(snp::GuestState::running, kAsid);
    for (std::size_t i = 0; i < kDataPages; ++i) add_guest_page(i == 0 ? SwapPageType::vmsa : SwapPageType::data);
    for (std::size_t i = 0; i < kMetadataPages; ++i) {
      Page page;
      page.number = pages_.size();
      page.type = SwapPageType::metadata;
      page.at = machine_.metadata_page(gctx_);
      pages_.push_back(page);
    }
  }

  std::map<std::string, int> done;

  void step() {
    Page& page = pages_[below(pages_.size())];
    if (!page.at.has_value()) {
      if (!entry_resident(page)) return;
      return below(3) == 0 ? cheat(page) : bring_back(page, take(page), page.stored, Status::success);
    }
    if (page.type == SwapPageType::metadata || below(3) != 0) return send_away(page);
    return below(2) == 0 ? move(page) : write(page);
  }

  /// Everything is back, in some order that the metadata allows.
  void bring_all_back() {
    for (std::size_t round = 0; round <= pages_.size(); ++round)
      for (Page& page : pages_)
        if (!page.at.has_value() && entry_resident(page)) bring_back(page, take(page), page.stored, Status::success);
    for (const Page& page : pages_) ASSERT_TRUE(page.at.has_value()) << "page " << page.number << " never came back";
  }

  void expect_the_guest_sees_its_pages() {
    for (const Page& page : pages_) {
      if (!page.at.has_value()) continue;
      const auto entry = machine_.machine().rmp().entry(*page.at);
      if (page.type == SwapPageType::metadata) {
        ASSERT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_METADATA);
        continue;
      }
      ASSERT_EQ(swtee_rmp_state_of(&*entry), SWTEE_RMP_GUEST_VALID) << page.number;
      ASSERT_EQ(entry->gpa, page.gpa);
      ASSERT_EQ(entry->vmsa, page.type == SwapPageType::vmsa);
      ASSERT_TRUE(std::equal(page.permissions.begin(), page.permissions.end(), entry->vmpl_permissions)) << page.number;
      ASSERT_EQ(machine_.read_as_guest(kAsid, *page.at, kPageSize), page.content) << page.number;
    }
  }

 private:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  std::vector<std::uint8_t> random_content() {
    std::vector<std::uint8_t> content(kPageSize);
    for (auto& byte : content) byte = static_cast<std::uint8_t>(random_());
    return content;
  }

  void add_guest_page(SwapPageType type) {
    Page page;
    page.number = pages_.size();
    page.type = type;
    page.gpa = 0x10000 + kPageSize * pages_.size();
    page.content = random_content();
    page.permissions = {15, static_cast<std::uint8_t>(below(16)), static_cast<std::uint8_t>(below(16)), static_cast<std::uint8_t>(below(16))};
    page.at = machine_.guest_page(kAsid, page.gpa, page.content, SWTEE_RMP_GUEST_VALID, type == SwapPageType::vmsa);
    RmpEntry entry = *machine_.machine().rmp().entry(*page.at);
    std::copy(page.permissions.begin(), page.permissions.end(), entry.vmpl_permissions);
    machine_.machine().rmp().set_entry(*page.at, entry);
    pages_.push_back(page);
  }

  bool entry_resident(const Page& page) const { return !page.metadata.has_value() || pages_[*page.metadata].at.has_value(); }
  Spa entry_address(const Page& page) const {
    return page.metadata.has_value() ? *pages_[*page.metadata].at + page.index * sizeof(MetadataEntry) : kRootEntry;
  }
  bool in_use(std::optional<std::size_t> metadata, std::size_t index) const {
    return std::any_of(pages_.begin(), pages_.end(), [&](const Page& page) {
      return !page.at.has_value() && page.metadata == metadata && (!metadata.has_value() || page.index == index);
    });
  }

  void free_page(Spa page, bool guests) {
    if (guests) {
      EXPECT_EQ(machine_.reclaim(page), Status::success);
    }
    EXPECT_EQ(machine_.rmpupdate(page, false), SWTEE_RMP_OK);
    machine_.give_back(page);
  }
  void freeze(const Page& page) { ASSERT_EQ(machine_.rmpupdate(*page.at, true, kAsid, page.gpa, true), SWTEE_RMP_OK); }

  void send_away(Page& page) {
    std::optional<std::size_t> metadata = kDataPages + below(kMetadataPages);
    std::size_t index = below(snp::kMetadataEntries);
    if (page.type == SwapPageType::metadata && below(2) == 0) metadata.reset();
    if (metadata == page.number || in_use(metadata, index)) return;
    if (metadata.has_value() && !pages_[*metadata].at.has_value()) return;
    const Spa entry = metadata.has_value() ? *pages_[*metadata].at + index * sizeof(MetadataEntry) : kRootEntry;
    const bool guests = page.type != SwapPageType::metadata;
    if (guests) freeze(page);
    if (!page.stored.empty()) page.old.push_back(page.stored);
    page.stored = swapped_out(machine_, gctx_, *page.at, entry, page.type);
    free_page(*page.at, guests);
    page.at.reset();
    page.metadata = metadata;
    page.index = index;
    ++done[guests ? "out" : metadata.has_value() ? "metadata out" : "metadata out to the root"];
  }

  /// A page of the host that the returning page can go to.
  Spa take(const Page& page) {
    if (page.type != SwapPageType::metadata) return machine_.pre_guest_page(kAsid, page.gpa);
    return machine_.firmware_page();
  }

  void bring_back(Page& page, Spa dst, ByteView stored, Status wanted) {
    const Spa src = machine_.take_page();
    machine_.write(src, stored);
    EXPECT_EQ(machine_.command(id::kPageSwapIn, swap_in_buffer(gctx_, src, dst, entry_address(page), page.type)), wanted) << page.number;
    machine_.give_back(src);
    if (wanted == Status::success) {
      page.at = dst;
      ++done[page.type == SwapPageType::metadata ? "metadata in" : page.type == SwapPageType::vmsa ? "VMSA in" : "in"];
    } else {
      free_page(dst, true);
    }
  }

  void cheat(Page& page) {
    if (!page.old.empty() && below(2) == 0) {
      ++done["old version"];
      return bring_back(page, take(page), page.old[below(page.old.size())], Status::bad_measurement);
    }
    if (page.type != SwapPageType::metadata && below(2) == 0) {
      ++done["other GPA"];
      return bring_back(page, machine_.pre_guest_page(kAsid, page.gpa + 0x100000), page.stored, Status::invalid_mdata_entry);
    }
    std::vector<std::uint8_t> altered = page.stored;
    altered[below(kPageSize)] ^= static_cast<std::uint8_t>(1 + below(255));
    ++done["altered"];
    bring_back(page, take(page), altered, Status::bad_measurement);
  }

  void move(Page& page) {
    freeze(page);
    const Spa dst = machine_.pre_guest_page(kAsid, page.gpa);
    snp::SnpPageMoveBuffer buffer{};
    buffer.gctx_paddr = gctx_.value;
    buffer.src_paddr = page.at->value;
    buffer.dst_paddr = dst.value;
    EXPECT_EQ(machine_.command(id::kPageMove, buffer), Status::success);
    free_page(*page.at, true);
    page.at = dst;
    ++done["move"];
  }

  /// The guest changes its page, so that an earlier version is worth something to the host.
  void write(Page& page) {
    if (page.type != SwapPageType::data) return;
    page.content = random_content();
    EXPECT_TRUE(machine_.machine().memory().write({Access::Agent::cpu, kAsid, 0, true}, *page.at, page.content).ok());
    ++done["write"];
  }

  SnpMachine machine_;
  std::mt19937_64 random_;
  Spa gctx_;
  std::vector<Page> pages_;
};

class Swapping : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Swapping, IsInvisibleToTheGuestAndBringsNothingOldBack) {
  const std::uint64_t seed = property_seed(GetParam());
  SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed));
  SwappingHost host(seed);
  for (int n = 0; n < 400; ++n) {
    host.step();
    ASSERT_NO_FATAL_FAILURE(host.expect_the_guest_sees_its_pages());
    ASSERT_FALSE(testing::Test::HasFailure()) << "step " << n;
  }
  host.bring_all_back();
  host.expect_the_guest_sees_its_pages();
}

INSTANTIATE_TEST_SUITE_P(Seeds, Swapping, testing::Values(1, 2, 3, 4, 5, 6));

/// A walk that never gets there proves nothing about it.
TEST(SwappingCoverage, SeesEveryKindOfPageGoAndComeAndEveryCheat) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SwappingHost host(seed);
    for (int n = 0; n < 400; ++n) host.step();
    for (const auto& [what, count] : host.done) seen[what] += count;
  }
  for (const char* what : {"out", "in", "VMSA in", "metadata out", "metadata out to the root", "metadata in", "move", "write", "old version",
                           "other GPA", "altered"})
    EXPECT_GE(seen[what], 5) << what;
}

}  // namespace
}  // namespace swtee::test
