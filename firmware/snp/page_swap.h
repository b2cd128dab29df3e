// SPDX-License-Identifier: Apache-2.0
/// What SNP_PAGE_SWAP_OUT and SNP_PAGE_SWAP_IN share: where a page's metadata entry is, and how the page is encrypted.
#pragma once

#include "firmware/crypto/aead.h"
#include "firmware/snp/command.h"

#include <swtee/abi/snp/metadata.h>

namespace swtee::snp {

/// A metadata entry and its place: in a metadata page, or the root entry in the guest context.
struct MetadataSlot {
  Spa gctx;
  std::optional<Spa> at;  ///< nothing: the root entry
  MetadataEntry entry{};
};

/// The entry that a command names. INVALID_PARAM the root entry and an address; INVALID_ADDRESS not aligned to an entry, or
/// outside DRAM; INVALID_PAGE_STATE not in a metadata page, INVALID_PAGE_OWNER in another guest's.
Result<MetadataSlot, Status> metadata_slot(const World& world, Spa gctx, std::uint64_t raw, bool root);

/// Writes `entry` to the place that `metadata_slot` found.
void store(World& world, const MetadataSlot& slot, const MetadataEntry& entry);

/// Encrypts a page where it lies under the guest's OEK and the entry's IV. Returns the tag, which covers the page and all of
/// the entry but the tag.
crypto::GcmTag seal_page(const GuestContext& guest, const MetadataEntry& entry, MutableBytes page);

/// The reverse. False when page or entry are not what was sealed; `page` is zeros then.
[[nodiscard]] bool open_page(const GuestContext& guest, const MetadataEntry& entry, MutableBytes page);

}  // namespace swtee::snp
