// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/sev_storage.h"

#include "firmware/snp/page_checks.h"

#include <swtee/abi/sev/commands.h>

#include <algorithm>

namespace swtee::snp {
namespace {

/// Bytes that were never written read so.
constexpr std::uint8_t kBlank = 0xff;

Status store_permanent(World& world, std::vector<std::uint8_t> sealed) noexcept {
  PermanentState next = world.permanent;
  next.sev_owner = std::move(sealed);
  if (!world.ports.nv.store(encode(next)).ok()) return Status::hwerror_platform;
  world.permanent = std::move(next);
  return Status::success;
}

void write_area(World& world, Spa area, ByteView sealed) {
  std::vector<std::uint8_t> content(sev::kNvAreaSize, kBlank);
  std::copy(sealed.begin(), sealed.end(), content.begin());
  write_memory(world, area, content);
}

}  // namespace

Checked check_sev_storage(const World& world) {
  if (world.sev.nv_area.has_value()) SWTEE_TRY(output_range(world, world.sev.nv_area->value, sev::kNvAreaSize, kPageSize));
  return {};
}

Status store_sev_owner(World& world, SevOwner owner) noexcept {
  const std::vector<std::uint8_t> sealed = seal(owner, world.chip);
  if (world.sev.nv_area.has_value()) {
    write_area(world, *world.sev.nv_area, sealed);
  } else if (const Status stored = store_permanent(world, sealed); stored != Status::success) {
    return stored;
  }
  world.sev.owner = std::move(owner);
  return Status::success;
}

Status erase_sev_owner(World& world) noexcept {
  if (!world.permanent.sev_owner.empty())
    if (const Status stored = store_permanent(world, {}); stored != Status::success) return stored;
  if (world.sev.nv_area.has_value()) write_area(world, *world.sev.nv_area, {});
  return Status::success;
}

}  // namespace swtee::snp
