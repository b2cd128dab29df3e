// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/firmware.h"

#include "firmware/contract/require.h"
#include "firmware/snp/command_table.h"
#include "firmware/snp/page_checks.h"
#include "firmware/snp/volatile_state.h"

#include <algorithm>
#include <array>

namespace swtee::snp {
namespace {

constexpr std::size_t kLargestBuffer = 0x40;

/// A command whose buffer the firmware writes to.
Status answer(World& world, const CommandRow& row, std::uint32_t id, Spa at, ByteView asked) {
  std::array<std::uint8_t, kLargestBuffer> copy{};
  const MutableBytes answered = MutableBytes(copy).first(asked.size());
  std::copy(asked.begin(), asked.end(), answered.begin());
  const Status status = row.answer(world, id, answered);
  if (!std::equal(asked.begin(), asked.end(), answered.begin())) write_memory(world, at, answered);
  return status;
}

Status dispatch(World& world, const CommandRow* row, std::uint32_t id, std::uint64_t buffer_paddr, MutableBytes copy) {
  if (row == nullptr) return Status::invalid_command;
  if (!row->modelled()) return Status::unsupported;
  if (!row->platform.contains(world.state())) return Status::invalid_platform_state;
  if (!row->sev_platform.contains(world.sev.state())) return Status::invalid_platform_state;
  if (row->buffer_size != 0) {
    const auto at = memory_range(world, buffer_paddr, row->buffer_size, 8);
    if (!at.ok()) return at.error();
    if (at.value().value % kPageSize + row->buffer_size > kPageSize) return Status::invalid_address;
    // Once SNP is INIT the firmware writes its answer into a Firmware page only.
    if (row->answer != nullptr && world.state() == PlatformState::init) {
      const auto page = page_in_state(world, at.value().value & ~(kPageSize - 1), {SWTEE_RMP_FIRMWARE});
      if (!page.ok()) return page.error();
    }
    // A guest's page shows the firmware ciphertext, and noise is no command.
    const auto entry = world.ports.rmp.entry(Spa{at.value().value & ~(kPageSize - 1)});
    if (entry.has_value() && entry->assigned && entry->asid != 0 && swtee_rmp_state_of(&*entry) != SWTEE_RMP_PRE_GUEST)
      return Status::invalid_address;
    const auto read = read_memory(world, at.value(), copy.first(row->buffer_size));
    if (!read.ok()) return read.error();
  }
  if (row->answer != nullptr) return answer(world, *row, id, without_c_bit(world, buffer_paddr), copy.first(row->buffer_size));
  return row->handler(world, id, copy.first(row->buffer_size));
}

}  // namespace

Result<std::unique_ptr<Firmware>> Firmware::power_on(const PlatformSettings& settings, keys::Chip chip, const Ports& ports) {
  auto firmware = std::unique_ptr<Firmware>(new Firmware(settings, std::move(chip), ports));
  World& world = firmware->world_;
  const auto record = SWTEE_TRY(ports.nv.load());
  if (record.has_value()) {
    const auto state = decode_permanent_state(*record);
    if (!state.ok()) return Failure(state.error().in("power-on"));
    if (!settings.image.tcb.covers(state.value().committed_tcb) || settings.image.version < state.value().committed_version)
      return fail("power-on: the firmware image is older than the committed one; a committed TCB cannot be rolled back");
    world.permanent = state.value();
  } else {
    world.permanent = {settings.image.version, settings.image.tcb, {}};
    SWTEE_TRY(ports.nv.store(encode(world.permanent)));
  }
  world.set_reported_tcb(world.permanent.committed_tcb);
  return firmware;
}

Result<std::unique_ptr<Firmware>> Firmware::resume(const PlatformSettings& settings, keys::Chip chip, const Ports& ports,
                                                   ByteView saved) {
  auto firmware = std::unique_ptr<Firmware>(new Firmware(settings, std::move(chip), ports));
  SWTEE_TRY(load_volatile(firmware->world_, saved));
  const auto permanent = encode(firmware->world_.permanent);
  const auto record = SWTEE_TRY(ports.nv.load());
  if (record.has_value() && *record != permanent)
    return fail("the permanent state in the storage is not the one of the saved machine");
  if (!record.has_value()) SWTEE_TRY(ports.nv.store(permanent));
  return firmware;
}

std::vector<std::uint8_t> Firmware::save() const { return save_volatile(world_); }

Status Firmware::update(const FirmwareImage& image) {
  if (!image.tcb.covers(world_.permanent.committed_tcb)) return Status::bad_svn;
  if (image.version < world_.permanent.committed_version) return Status::bad_version;
  world_.run_image(image);
  return Status::success;
}

Status Firmware::execute(std::uint32_t command_id, std::uint64_t buffer_paddr) {
  std::array<std::uint8_t, kLargestBuffer> copy{};
  const CommandRow* row = find_command(command_id);
  const Status status = dispatch(world_, row, command_id, buffer_paddr, copy);
  if (world_.ports.trace != nullptr) {
    CommandEvent event;
    event.id = command_id;
    event.name = row != nullptr ? row->name : "";
    event.buffer_paddr = buffer_paddr;
    event.buffer = ByteView(copy).first(row != nullptr ? row->buffer_size : 0);
    event.status = static_cast<std::uint32_t>(status);
    world_.ports.trace->command(event);
  }
  return status;
}

}  // namespace swtee::snp
