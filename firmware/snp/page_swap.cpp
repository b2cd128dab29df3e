// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/page_swap.h"

#include "firmware/snp/page_checks.h"

#include <cstring>

namespace swtee::snp {
namespace {

crypto::GcmIv iv_of(const MetadataEntry& entry) {
  crypto::GcmIv iv{};
  std::memcpy(iv.data(), &entry.iv, sizeof(entry.iv));
  return iv;
}

MetadataEntry without_tag(MetadataEntry entry) {
  entry.auth_tag = {};
  return entry;
}

}  // namespace

Result<MetadataSlot, Status> metadata_slot(const World& world, Spa gctx, std::uint64_t raw, bool root) {
  if (root) {
    SWTEE_REQUIRE(raw == 0, Status::invalid_param);
    return MetadataSlot{gctx, std::nullopt, world.guest(gctx)->root_md_entry};
  }
  const Spa at = SWTEE_TRY(memory_range(world, raw, sizeof(MetadataEntry), sizeof(MetadataEntry)));
  const Spa page{at.value & ~(kPageSize - 1)};
  const RmpEntry entry = SWTEE_TRY(entry_in_state(world, page, {SWTEE_RMP_METADATA}, false, Asid{}));
  SWTEE_REQUIRE(entry.gpa == gctx.value, Status::invalid_page_owner);
  return MetadataSlot{gctx, at, SWTEE_TRY(read_struct<MetadataEntry>(world, at))};
}

void store(World& world, const MetadataSlot& slot, const MetadataEntry& entry) {
  if (slot.at.has_value()) {
    write_memory(world, *slot.at, bytes_of(entry));
  } else {
    world.guest(slot.gctx)->root_md_entry = entry;
  }
}

crypto::GcmTag seal_page(const GuestContext& guest, const MetadataEntry& entry, MutableBytes page) {
  return crypto::aes256_gcm_seal(guest.oek, iv_of(entry), bytes_of(without_tag(entry)), page, page);
}

bool open_page(const GuestContext& guest, const MetadataEntry& entry, MutableBytes page) {
  return crypto::aes256_gcm_open(guest.oek, iv_of(entry), bytes_of(without_tag(entry)), page, entry.auth_tag, page);
}

}  // namespace swtee::snp
