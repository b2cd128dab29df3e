// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_walk.h"

#include "guest/snp/guest_message.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace swtee::test {

using snp::PageType;
using snp::Status;

std::uint64_t property_seed(std::uint64_t usual) {
  const char* text = std::getenv("SWTEE_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : usual;
}

namespace {
constexpr std::uint32_t kPages = 24;
constexpr std::uint32_t kAsids = 5;

std::string hex(std::uint64_t value) {
  std::ostringstream text;
  text << std::hex << value;
  return text.str();
}
}  // namespace

SnpWalk::SnpWalk(SnpMachine& machine, std::uint64_t seed) : machine_(machine), random_(seed) {
  for (std::uint32_t i = 0; i < kPages; ++i) pages_.push_back(machine_.take_page());
  const Spa large = machine_.take_large_page();
  pages_.push_back(large);
  pages_.push_back(large + kPageSize);
  pages_.push_back(large + (kLargePageSize - kPageSize));
}

Spa SnpWalk::any_guest() {
  std::vector<std::uint64_t> guests;
  for (const auto& [page, guest] : machine_.world().guests) guests.push_back(page);
  if (guests.empty() || below(12) == 0) return any_page();
  std::sort(guests.begin(), guests.end());
  return {guests[below(static_cast<std::uint32_t>(guests.size()))]};
}

/// Mostly a page in this state, when there is one.
Spa SnpWalk::page_in(RmpState state) {
  if (below(6) == 0) return page_;
  const std::uint32_t first = below(static_cast<std::uint32_t>(pages_.size()));
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    const Spa page = pages_[(first + i) % pages_.size()];
    if (machine_.state_of(page) == state) return page;
  }
  return page_;
}

/// Mostly a Pre-Guest page of the guest, when there is one.
Spa SnpWalk::launchable_page(Spa gctx) {
  const snp::GuestContext* guest = machine_.world().guest(gctx);
  if (guest == nullptr || !guest->asid.has_value() || below(5) == 0) return page_;
  for (const Spa page : pages_) {
    const auto entry = machine_.machine().rmp().entry(page);
    if (swtee_rmp_state_of(&*entry) == SWTEE_RMP_PRE_GUEST && entry->asid == guest->asid->value) return page;
  }
  return page_;
}

void SnpWalk::choose() {
  const std::uint32_t dice = below(100);
  kind_ = dice < 35 ? 0 : dice < 65 ? 1 : dice < 80 ? 2 : dice < 92 ? 3 : 4;
  page_ = any_page();
}

Step SnpWalk::make() {
  switch (kind_) {
    case 0: return rmpupdate();
    case 1: return guest_command();
    case 2: return page_command();
    case 3: return platform_command();
    default: return guest_request();
  }
}

Step SnpWalk::rmpupdate() {
  if (const auto now = machine_.machine().rmp().entry(page_); now->asid != 0 && below(4) == 0) {
    const auto same = machine_.rmpupdate(page_, true, {now->asid}, now->gpa, /*immutable=*/true, now->large);
    return {"RMPUPDATE " + hex(page_.value) + " immutable, else as it is", false, static_cast<std::uint32_t>(same)};
  }
  const bool assigned = below(4) != 0;
  const std::uint32_t asid = assigned && below(3) != 0 ? 1 + below(kAsids) : below(10) == 0 ? 1 : 0;
  const bool immutable = asid == 0 ? assigned : below(2) == 0;
  const std::uint64_t gpa = asid != 0 ? std::uint64_t{below(16)} * kPageSize : below(20) == 0 ? kPageSize : 0;
  const bool large = below(8) == 0;
  const auto result = machine_.rmpupdate(page_, assigned, {asid}, gpa, immutable, large);
  return {"RMPUPDATE " + hex(page_.value) + " assigned " + std::to_string(assigned) + " asid " + std::to_string(asid) + " gpa " +
              hex(gpa) + " immutable " + std::to_string(immutable) + " large " + std::to_string(large),
          false, static_cast<std::uint32_t>(result)};
}

Step SnpWalk::command(std::uint32_t id, std::string what, Status status) {
  return {hex(id) + " " + what, true, static_cast<std::uint32_t>(status)};
}

Step SnpWalk::guest_command() {
  const Spa gctx = any_guest();
  const std::string name = "gctx " + hex(gctx.value);
  switch (below(6)) {
    case 0: return command(id::kGctxCreate, hex(page_.value), machine_.gctx_command(id::kGctxCreate, page_));
    case 1: {
      const std::uint64_t policy = below(6) == 0 ? random_() : below(3) == 0 ? 0x70000 : 0x30000;
      const std::uint32_t flags = below(3) == 0 ? below(4) : 0;
      return command(id::kLaunchStart, name + " policy " + hex(policy), machine_.launch_start(gctx, policy, flags, any_guest()));
    }
    case 2: {
      const Asid asid{below(kAsids + 2)};
      return command(id::kActivate, name + " asid " + std::to_string(asid.value), machine_.activate(gctx, asid));
    }
    case 3: {
      const auto type = static_cast<PageType>(below(8));
      const bool large = below(8) == 0;
      const std::array<std::uint8_t, 3> permissions{static_cast<std::uint8_t>(below(16)), 0, static_cast<std::uint8_t>(below(40) == 0 ? 16 : below(16))};
      return command(id::kLaunchUpdate, name + " type " + std::to_string(static_cast<int>(type)),
                     machine_.launch_update(gctx, launchable_page(gctx), type, large, permissions, below(8) == 0));
    }
    case 4: return command(id::kLaunchFinish, name, machine_.launch_finish(gctx, {}, below(2) == 0));
    default:
      if (below(3) != 0) return command(id::kPageReclaim, hex(page_.value), machine_.reclaim(page_, below(8) == 0));
      return command(id::kDecommission, name, machine_.gctx_command(id::kDecommission, gctx));
  }
}

Step SnpWalk::page_command() {
  const std::uint64_t at = page_.value + 8 * below(520);
  if (below(2) == 0) {
    snp::SnpPlatformStatusBuffer buffer{};
    buffer.status_paddr = below(3) == 0 ? at : page_.value;
    return command(id::kPlatformStatus, hex(buffer.status_paddr), machine_.command(id::kPlatformStatus, buffer));
  }
  if (below(2) == 0) {
    snp::SnpGuestStatusBuffer buffer{};
    buffer.gctx_paddr = any_guest().value;
    buffer.status_paddr = at;
    return command(id::kGuestStatus, hex(at), machine_.command(id::kGuestStatus, buffer));
  }
  return command(id::kPageReclaim, hex(page_.value), machine_.reclaim(page_, below(8) == 0));
}

Step SnpWalk::platform_command() {
  switch (below(10)) {
    case 0: {
      if (below(3) != 0) return command(id::kDfFlush, "", machine_.command(id::kDfFlush));
      return command(id::kShutdownEx, "", machine_.shutdown());
    }
    case 1: return command(id::kInit, "", machine_.command(id::kInit));
    case 2: {
      snp::SnpInitExBuffer buffer{};
      buffer.flags = below(4) == 0 ? 7u : 1u;
      buffer.list_paddr = page_.value;  // whatever lies there
      return command(id::kInitEx, hex(page_.value), machine_.command(id::kInitEx, buffer));
    }
    case 3: {
      const snp::Tcb tcb{.fmc = 0, .boot_loader = static_cast<std::uint8_t>(below(6)), .tee = static_cast<std::uint8_t>(below(2)),
                         .snp = static_cast<std::uint8_t>(20 + below(8)), .microcode = static_cast<std::uint8_t>(110 + below(8))};
      return command(id::kConfig, "", machine_.configure(encode(tcb, snp::TcbLayout::milan_genoa), below(2) == 0, below(2) == 0));
    }
    case 4: return command(id::kCommit, "", machine_.commit());
    case 5: {
      // Not a command, but the state's rules are the same for it.
      const Status status = machine_.machine().update_firmware();
      return {"live update", true, static_cast<std::uint32_t>(status)};
    }
    case 6: machine_.machine().wbinvd(below(4)); return {"WBINVD on a core", false, 0};
    case 7: machine_.machine().wbinvd_all(); return {"WBINVD everywhere", false, 0};
    default: return command(id::kDfFlush, "", machine_.command(id::kDfFlush));
  }
}

Step SnpWalk::guest_request() {
  const Spa gctx = any_guest();
  const snp::GuestContext* guest = machine_.world().guest(gctx);
  std::vector<std::uint8_t> page(kPageSize);
  if (guest != nullptr) {
    const std::uint8_t key = static_cast<std::uint8_t>(below(4));
    snp::KeyReq request{};
    request.guest_field_select = below(80);
    request.vmpl = below(5);
    const std::uint64_t seqno = guest->message_count[key] + (below(5) == 0 ? below(4) : 1);
    guest::snp::seal_message(guest->vmpck[key].copy(), {seqno, snp::MessageType::key_req, 1, key}, bytes_of(request),
                             guest::snp::MutablePage(page.data(), kPageSize));
    if (below(6) == 0) page[below(0x80)] ^= 4;
  }
  snp::SnpGuestRequestBuffer buffer{};
  buffer.gctx_paddr = gctx.value;
  buffer.request_paddr = page_in(SWTEE_RMP_HYPERVISOR).value;
  buffer.response_paddr = page_in(SWTEE_RMP_FIRMWARE).value;
  // Fails when the page is not the host's; the request is then what lies there.
  (void)machine_.machine().write(Access::host(), Spa{buffer.request_paddr}, page).ok();
  return command(id::kGuestRequest, hex(gctx.value), machine_.command(id::kGuestRequest, buffer));
}

}  // namespace swtee::test
