// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/crypto/digest.h"
#include "firmware/platform/state_stream.h"
#include "sim/machine/machine.h"

#include <array>
#include <string>

namespace swtee::machine {
namespace {

using Section = std::vector<std::uint8_t>;

constexpr Bytes<8> kMagic{'s', 'w', 't', 'e', 'e', 'm', 'c', 0};
constexpr std::uint32_t kVersion = 1;
/// In this order: the firmware's state is judged against the RMP, which is in memory.
constexpr std::array<std::string_view, 4> kSections{"CONF", "CPUS", "MEMO", "FIRM"};
constexpr std::size_t kChecksum = 32;

/// What must be the same in both machines. Where random numbers and the time come from is the door's choice each time.
std::string text_of(config::PlatformConfig config) {
  config.entropy.clear();
  config.clock.reset();
  return config::format_platform(config);
}

Failure<Error> refuse(const std::string& what) { return fail("the saved machine: " + what); }

/// The sections of a container whose magic, version and checksum are right.
Result<std::array<ByteView, kSections.size()>> sections_of(ByteView bytes) {
  if (bytes.size() < kMagic.size() + kChecksum) return refuse("it is too short");
  const ByteView body = bytes.first(bytes.size() - kChecksum);
  if (from_bytes<Bytes<8>>(body) != kMagic) return refuse("it does not begin with the magic \"swteemc\"");
  if (crypto::sha256(body) != from_bytes<Bytes<kChecksum>>(bytes.last(kChecksum))) return refuse("it is damaged: its checksum does not fit");
  StateReader stream(body.subspan(kMagic.size()));
  std::uint32_t version = 0;
  std::uint32_t oldest = 0;
  stream(version, oldest);
  if (!stream.failed() && oldest > kVersion)
    return refuse("it needs a reader of version " + std::to_string(oldest) + "; this is version " + std::to_string(kVersion));
  std::array<ByteView, kSections.size()> sections;
  for (std::size_t i = 0; i < kSections.size(); ++i) {
    Bytes<4> tag{};
    std::uint64_t size = 0;
    stream(tag, size);
    stream.require(std::equal(tag.begin(), tag.end(), kSections[i].begin()), "a section is missing or unknown");
    sections[i] = stream.raw(static_cast<std::size_t>(size));
  }
  const auto whole = stream.finish();
  if (!whole.ok()) return refuse(whole.error().what());
  return sections;
}

bool all_zero_page(ByteView page) {
  static constexpr std::array<std::uint8_t, kPageSize> kZeros{};
  return std::memcmp(page.data(), kZeros.data(), page.size()) == 0;
}

void write_dram(StateWriter& stream, const memory::MemoryController& memory) {
  std::uint64_t pages = 0;
  memory.dram().for_each_page([&](std::uint64_t, ByteView raw) { pages += !all_zero_page(raw); });
  stream(pages);
  memory.dram().for_each_page([&](std::uint64_t cell, ByteView raw) {
    if (all_zero_page(raw)) return;
    stream(cell);
    stream.raw(raw);
  });
}

void read_dram(StateReader& stream, memory::MemoryController& memory) {
  std::uint64_t pages = 0;
  stream(pages);
  for (std::uint64_t least = 0; pages != 0 && !stream.failed(); --pages) {
    std::uint64_t cell = 0;
    stream(cell);
    const ByteView raw = stream.raw(kPageSize);
    stream.require(cell >= least && cell < memory.size() && cell % kPageSize == 0, "a page of memory is out of range or out of order");
    stream.require(raw.empty() || !all_zero_page(raw), "a page of zeros is written out");
    if (stream.failed()) return;
    memory.restore_page(cell, raw);
    least = cell + kPageSize;
  }
}

void write_keys(StateWriter& stream, const memory::MemoryController& memory) {
  stream(memory.reset_material(), static_cast<std::uint32_t>(memory.key_slots().size()));
  for (const auto& [asid, key] : memory.key_slots()) {
    stream(asid);
    stream.raw(key->material());
  }
}

void read_keys(StateReader& stream, memory::MemoryController& memory) {
  Bytes<64> reset{};
  std::uint32_t slots = 0;
  stream(reset, slots);
  memory.reset_keys(reset);
  for (std::uint32_t last = 0; slots != 0 && !stream.failed(); --slots) {
    std::uint32_t asid = 0;
    Bytes<64> material{};
    stream(asid, material);
    stream.require(asid > last, "key slots are out of order");
    if (!stream.failed()) memory.load_key(Asid{asid}, material);
    last = asid;
  }
}

void write_aliases(StateWriter& stream, const memory::AddressLines& lines) {
  stream(static_cast<std::uint32_t>(lines.aliases().size()));
  for (const auto& alias : lines.aliases()) stream(alias.ghost, alias.target, alias.size);
}

void read_aliases(StateReader& stream, memory::MemoryController& memory) {
  std::uint32_t count = 0;
  stream(count);
  const auto inside = [&](Spa at, std::uint64_t size) { return at.aligned(kPageSize) && at.value < memory.size() && size <= memory.size() - at.value; };
  for (; count != 0 && !stream.failed(); --count) {
    memory::AddressLines::Alias alias{};
    stream(alias.ghost, alias.target, alias.size);
    stream.require(alias.size % kPageSize == 0 && inside(alias.ghost, alias.size) && inside(alias.target, alias.size),
                   "an alias leads out of memory or is no whole page");
    if (!stream.failed()) memory.lines().alias(alias.ghost, alias.target, alias.size);
  }
}

void write_mappings(StateWriter& stream, const std::map<std::uint64_t, Spa>& mappings) {
  stream(static_cast<std::uint64_t>(mappings.size()));
  for (const auto& [gpa, spa] : mappings) stream(gpa, spa);
}

void read_mappings(StateReader& stream, cpu::NestedPageTable& table, bool large) {
  std::uint64_t count = 0;
  stream(count);
  for (std::uint64_t least = 0; count != 0 && !stream.failed(); --count) {
    std::uint64_t gpa = 0;
    Spa spa{};
    stream(gpa, spa);
    const std::uint64_t size = large ? kLargePageSize : kPageSize;
    stream.require(gpa >= least && gpa % size == 0 && spa.aligned(size), "a guest's mapping is not aligned or out of order");
    if (stream.failed()) return;
    table.map(Gpa{gpa}, spa, large);
    if (gpa > ~std::uint64_t{0} - size) stream.require(count == 1, "a guest's mapping is out of order");
    least = gpa + size;
  }
}

}  // namespace

std::vector<std::uint8_t> Machine::save() const {
  StateWriter cpus;
  cpu::HostCores::members(cpus, cores_);
  cpus(static_cast<std::uint64_t>(running_vmsas_.size()));
  for (const std::uint64_t page : running_vmsas_) cpus(page);
  cpus(static_cast<std::uint32_t>(guest_tables_.size()));
  for (const auto& [asid, table] : guest_tables_) {
    cpus(asid);
    write_mappings(cpus, table.mappings(/*large=*/true));
    write_mappings(cpus, table.mappings(/*large=*/false));
  }
  StateWriter memory;
  memory(memory_.rmp().configured(), memory_.ciphertext_hidden());
  write_keys(memory, memory_);
  write_aliases(memory, memory_.lines());
  write_dram(memory, memory_);

  const std::string config = text_of(config_);
  const std::array<Section, kSections.size()> sections{Section(config.begin(), config.end()), cpus.take(), memory.take(), firmware_->save()};
  StateWriter stream;
  stream(kMagic, kVersion, kVersion);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    stream.raw({reinterpret_cast<const std::uint8_t*>(kSections[i].data()), kSections[i].size()});
    stream(std::uint64_t{sections[i].size()});
    stream.raw(sections[i]);
  }
  Section bytes = stream.take();
  const auto checksum = crypto::sha256(bytes);
  bytes.insert(bytes.end(), checksum.begin(), checksum.end());
  return bytes;
}

Result<void> Machine::load_cpus(ByteView bytes) {
  StateReader stream(bytes);
  cpu::HostCores::members(stream, cores_);
  std::uint64_t running = 0;
  stream(running);
  for (; running != 0 && !stream.failed(); --running) {
    std::uint64_t page = 0;
    stream(page);
    stream.require(running_vmsas_.empty() || page > *running_vmsas_.rbegin(), "running VMSAs are out of order");
    running_vmsas_.insert(page);
  }
  std::uint32_t tables = 0;
  stream(tables);
  for (; tables != 0 && !stream.failed(); --tables) {
    std::uint32_t asid = 0;
    stream(asid);
    stream.require(guest_tables_.empty() || asid > guest_tables_.rbegin()->first, "guests' page tables are out of order");
    cpu::NestedPageTable& table = guest_tables_[asid];
    read_mappings(stream, table, /*large=*/true);
    read_mappings(stream, table, /*large=*/false);
  }
  return stream.finish();
}

Result<void> Machine::load_memory(ByteView bytes) {
  StateReader stream(bytes);
  bool configured = false;
  bool hidden = false;
  stream(configured, hidden);
  read_keys(stream, memory_);
  read_aliases(stream, memory_);
  read_dram(stream, memory_);
  memory_.rmp().configure(configured);
  memory_.hide_ciphertext(hidden);
  return stream.finish();
}

Result<std::unique_ptr<Machine>> Machine::load(const config::PlatformConfig& config, const MachinePorts& ports, ByteView bytes) {
  SWTEE_TRY(config::validate(config));
  if (ports.calls != nullptr) return refuse("what enters it cannot be recorded, because a trace begins with power-on");
  const auto sections = SWTEE_TRY(sections_of(bytes));
  const std::string wanted = text_of(config);
  if (!std::equal(sections[0].begin(), sections[0].end(), wanted.begin(), wanted.end(),
                  [](std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); }))
    return refuse("it was saved under another configuration");
  auto machine = std::unique_ptr<Machine>(new Machine(config, ports));
  if (const auto cpus = machine->load_cpus(sections[1]); !cpus.ok()) return Failure(cpus.error().in("the saved machine: cores"));
  if (const auto memory = machine->load_memory(sections[2]); !memory.ok()) return Failure(memory.error().in("the saved machine: memory"));
  if (const auto firmware = machine->resume_firmware(ports, sections[3]); !firmware.ok())
    return Failure(firmware.error().in("the saved machine: firmware"));
  return machine;
}

}  // namespace swtee::machine
