// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/volatile_state.h"

#include "firmware/contract/require.h"
#include "firmware/platform/state_stream.h"
#include "firmware/snp/sev_guest_checks.h"

#include <algorithm>

namespace swtee::snp {
namespace {

/// Of the layout that is written. What is added goes to the end, under a higher version.
constexpr std::uint32_t kVersion = 1;
/// More than the sealed owner of any version has.
constexpr std::size_t kSealedOwnerMax = 1 << 16;
constexpr std::size_t kDigestStateMax = 256;

// A list of members is for both directions: the structure is const when it is written.

template <class Stream, class T>
void tcb_members(Stream& stream, T& tcb) {
  stream(tcb.fmc, tcb.boot_loader, tcb.tee, tcb.snp, tcb.microcode);
}

template <class Stream, class T>
void version_members(Stream& stream, T& version) {
  stream(version.major, version.minor, version.build);
}

template <class Stream, class T>
void image_members(Stream& stream, T& image) {
  version_members(stream, image.version);
  tcb_members(stream, image.tcb);
  stream(image.report_version, image.mit_vector);
}

template <class Stream, class T>
void permanent_members(Stream& stream, T& permanent) {
  version_members(stream, permanent.committed_version);
  tcb_members(stream, permanent.committed_tcb);
  stream.counted(permanent.sev_owner, kSealedOwnerMax);
}

template <class Stream, class T>
void owner_members(Stream& stream, T& owner) {
  stream(owner.external);
  stream.secret(owner.pek_seed);
  stream.secret(owner.pdh_seed);
  stream(owner.oca, owner.pek, owner.pdh);
}

/// But its owner and guests.
template <class Stream, class T>
void sev_members(Stream& stream, T& sev) {
  stream(sev.es_enabled, sev.tmr, sev.nv_area, sev.next_handle);
}

/// But its digest.
template <class Stream, class T>
void sev_guest_members(Stream& stream, T& guest) {
  stream(guest.policy, guest.asid, guest.measurement);
  stream.secret(guest.vek);
  stream.secret(guest.tek);
  stream.secret(guest.tik);
}

template <class Stream, class T>
void platform_members(Stream& stream, T& world) {
  stream(world.config.mask_chip_id, world.config.mask_chip_key);
  stream(world.init_options.rapl_disabled, world.init_options.ciphertext_hiding, world.init_options.max_snp_asid);
  stream(world.rmp_initialized, world.alias_check_complete, world.wbinvd_needed_after);
}

template <class Stream, class T>
void guest_members(Stream& stream, T& guest) {
  stream(guest.asid, guest.policy, guest.launch_digest, guest.imi_digest, guest.imi_enabled);
  stream.secret(guest.vek);
  for (auto& key : guest.vmpck) stream.secret(key);
  stream.secret(guest.vmrk);
  stream.secret(guest.oek);
  stream(guest.report_id, guest.migration_agent, guest.report_id_ma);
  tcb_members(stream, guest.launch_tcb);
  stream(guest.launch_mit_vector, guest.gosvw, guest.desired_tsc_khz);
  stream(guest.host_data, guest.id_block, guest.id_key_digest, guest.author_key_digest, guest.author_key_enabled, guest.vcek_disabled);
  stream(guest.oek_iv_count, guest.root_md_entry);
  for (auto& count : guest.message_count) stream(count);
}

void write_vlek(StateWriter& stream, const World& world) {
  stream(world.vlek.has_value());
  if (!world.vlek.has_value()) return;
  tcb_members(stream, world.vlek->tcb());
  stream.secret(world.vlek->links());
}

void write_sev(StateWriter& stream, const SevPlatform& sev) {
  stream(sev.owner.has_value());
  if (sev.owner.has_value()) owner_members(stream, *sev.owner);
  sev_members(stream, sev);
  stream(static_cast<std::uint32_t>(sev.guests.size()));
  for (const auto& [handle, guest] : sev.guests) {
    stream(handle, static_cast<std::uint8_t>(guest.state));
    sev_guest_members(stream, guest);
    stream.counted(guest.measured.state(), kDigestStateMax);
  }
}

void write_asids(StateWriter& stream, const World& world) {
  std::uint32_t used = 0;
  for (Asid asid{1}; world.asids.valid(asid); ++asid.value) used += world.asids.use(asid) != AsidTable::Use::free;
  stream(used);
  for (Asid asid{1}; world.asids.valid(asid); ++asid.value)
    if (world.asids.use(asid) != AsidTable::Use::free)
      stream(asid, static_cast<std::uint8_t>(world.asids.use(asid)), world.asids.owner(asid));
}

void write_guests(StateWriter& stream, const World& world) {
  std::vector<std::uint64_t> pages;
  for (const auto& [page, guest] : world.guests) pages.push_back(page);
  std::sort(pages.begin(), pages.end());
  stream(static_cast<std::uint32_t>(pages.size()));
  for (const std::uint64_t page : pages) {
    const GuestContext& guest = *world.guest(Spa{page});
    stream(page, static_cast<std::uint8_t>(guest.state()));
    guest_members(stream, guest);
  }
}

/// Images and TCBs. They are put into the world only when their order is right: its methods insist on it.
void read_versions(StateReader& stream, World& world) {
  FirmwareImage image;
  Tcb reported;
  image_members(stream, image);
  permanent_members(stream, world.permanent);
  tcb_members(stream, reported);
  const PermanentState& permanent = world.permanent;
  stream.require(image.report_version == 2 || image.report_version == 3 || image.report_version == 5, "there is no such report version");
  stream.require(image.tcb.covers(permanent.committed_tcb) && permanent.committed_tcb.covers(reported),
                 "the TCBs are not in the order reported <= committed <= current");
  stream.require(image.version >= permanent.committed_version, "the firmware is older than the committed one");
  if (stream.failed()) return;
  world.run_image(image);
  world.set_reported_tcb(reported);
}

void read_platform(StateReader& stream, World& world) {
  bool initialised = false;
  stream(initialised);
  platform_members(stream, world);
  stream.require(world.init_options.max_snp_asid <= world.product().asids, "MAX_SNP_ASID is above the platform's number of ASIDs");
  stream.require(!initialised || world.rmp_initialized, "the platform is initialised without an RMP");
  if (initialised && !stream.failed()) world.transition(PlatformState::uninit, PlatformState::init);
}

void read_vlek(StateReader& stream, World& world) {
  bool present = false;
  stream(present);
  if (!present) return;
  Tcb tcb;
  crypto::Secret<keys::EndorsementStick::kSize> links;
  tcb_members(stream, tcb);
  stream.secret(links);
  stream.require(tcb == world.reported_tcb, "the VLEK is not for the reported TCB");
  if (!stream.failed()) world.load_vlek(keys::EndorsementStick::from_links(links.expose(), tcb));
}

void read_sev_guest(StateReader& stream, SevGuest& guest) {
  std::uint8_t state = 0;
  std::vector<std::uint8_t> measured;
  stream(state);
  sev_guest_members(stream, guest);
  stream.counted(measured, kDigestStateMax);
  const auto digest = crypto::RunningSha256::from_state(measured);
  guest.state = static_cast<SevGuestState>(state);
  stream.require(kAnySevGuest.contains(guest.state), "there is no such state of a legacy guest");
  stream.require(digest.has_value(), "a legacy guest's digest in progress is none");
  if (digest.has_value()) guest.measured = *digest;
}

void read_sev(StateReader& stream, World& world) {
  bool owned = false;
  stream(owned);
  if (owned) owner_members(stream, world.sev.owner.emplace());
  sev_members(stream, world.sev);
  std::uint32_t count = 0;
  stream(count);
  for (std::uint32_t last = 0; count != 0 && !stream.failed(); --count) {
    std::uint32_t handle = 0;
    stream(handle);
    stream.require(owned && handle > last && handle < world.sev.next_handle, "a legacy guest has no owner, or its handle is out of order");
    last = handle;
    if (!stream.failed()) read_sev_guest(stream, world.sev.guests[handle]);
  }
}

void read_asids(StateReader& stream, World& world) {
  if (world.state() == PlatformState::init) world.asids = AsidTable(world.init_options.max_snp_asid);
  std::uint32_t used = 0;
  stream(used);
  Asid last{0};
  for (; used != 0 && !stream.failed(); --used) {
    Asid asid{};
    std::uint8_t use = 0;
    Spa owner{};
    stream(asid, use, owner);
    stream.require(asid > last && world.asids.valid(asid), "an ASID is out of range or out of order");
    const bool bound = use == static_cast<std::uint8_t>(AsidTable::Use::bound);
    stream.require(bound || (use == static_cast<std::uint8_t>(AsidTable::Use::dirty) && owner.value == 0), "an ASID is neither bound nor dirty");
    if (stream.failed()) return;
    world.asids.bind(asid, owner);
    if (!bound) world.asids.release(asid);
    last = asid;
  }
}

void read_guest(StateReader& stream, GuestContext& guest) {
  std::uint8_t state = 0;
  stream(state);
  guest_members(stream, guest);
  stream.require(state <= static_cast<std::uint8_t>(GuestState::running), "there is no such guest state");
  if (stream.failed()) return;
  if (state >= static_cast<std::uint8_t>(GuestState::launch)) guest.transition(GuestState::init, GuestState::launch);
  if (state == static_cast<std::uint8_t>(GuestState::running)) guest.transition(GuestState::launch, GuestState::running);
}

void read_guests(StateReader& stream, World& world) {
  std::uint32_t count = 0;
  stream(count);
  std::optional<std::uint64_t> last;
  for (; count != 0 && !stream.failed(); --count) {
    Spa page{};
    stream(page);
    auto guest = std::make_unique<GuestContext>();
    read_guest(stream, *guest);
    stream.require(!last.has_value() || page.value > *last, "guests are out of order");
    const auto entry = page.aligned(kPageSize) ? world.ports.rmp.entry(page) : std::nullopt;
    stream.require(entry.has_value() && swtee_rmp_state_of(&*entry) == SWTEE_RMP_CONTEXT, "a guest's context page is none in the RMP");
    const bool bound = guest->asid.has_value() && world.asids.valid(*guest->asid) &&
                       world.asids.use(*guest->asid) == AsidTable::Use::bound && world.asids.owner(*guest->asid) == page;
    stream.require(bound || !guest->asid.has_value(), "a guest's ASID is not bound to it");
    last = page.value;
    if (!stream.failed()) world.guests[page.value] = std::move(guest);
  }
}

/// The other direction of what read_guests looks at.
void require_owners(StateReader& stream, const World& world) {
  for (Asid asid{1}; world.asids.valid(asid) && !stream.failed(); ++asid.value) {
    if (world.asids.use(asid) != AsidTable::Use::bound) continue;
    const auto& legacy = world.sev.guests;
    const GuestContext* const guest = world.guest(world.asids.owner(asid));
    const auto holders = std::count_if(legacy.begin(), legacy.end(), [asid](const auto& row) { return row.second.asid == asid; });
    const bool held = world.asids.owner(asid) == AsidTable::kLegacyGuest ? holders == 1 : guest != nullptr && guest->asid == asid && holders == 0;
    stream.require(held, "an ASID is bound to no guest, or to several");
  }
  for (const auto& [handle, guest] : world.sev.guests) {
    const bool bound = guest.asid.has_value() && world.asids.valid(*guest.asid) && world.asids.use(*guest.asid) == AsidTable::Use::bound;
    stream.require(bound || !guest.asid.has_value(), "a legacy guest's ASID is not bound to it");
  }
  stream.require(world.state() == PlatformState::init || world.guests.empty(), "there are guests without a platform");
}

}  // namespace

std::vector<std::uint8_t> save_volatile(const World& world) {
  StateWriter stream;
  stream(kVersion);
  image_members(stream, world.current());
  permanent_members(stream, world.permanent);
  tcb_members(stream, world.reported_tcb);
  stream(world.state() == PlatformState::init);
  platform_members(stream, world);
  write_vlek(stream, world);
  write_sev(stream, world.sev);
  write_asids(stream, world);
  write_guests(stream, world);
  return stream.take();
}

Result<void> load_volatile(World& world, ByteView bytes) {
  StateReader stream(bytes);
  std::uint32_t version = 0;
  stream(version);
  stream.require(version == kVersion, "the firmware's state is of a version that this program does not know");
  read_versions(stream, world);
  read_platform(stream, world);
  read_vlek(stream, world);
  read_sev(stream, world);
  read_asids(stream, world);
  read_guests(stream, world);
  require_owners(stream, world);
  return stream.finish();
}

}  // namespace swtee::snp
