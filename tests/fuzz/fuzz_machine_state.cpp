// SPDX-License-Identifier: Apache-2.0
/// A saved machine as it may come from anywhere: it is refused with a reason, or it is a machine that saves to the same bytes
/// and answers commands.
#include "firmware/crypto/digest.h"
#include "sim/machine/machine.h"
#include "tests/fuzz/harness.h"
#include "tests/support/snp_fakes.h"

#include <random>

namespace swtee::fuzz {
namespace {

constexpr std::size_t kChecksum = 32;
/// Magic and versions: a newer writer's are not ours.
constexpr std::size_t kVersions = 16;

config::PlatformConfig platform() {
  auto config = std::move(config::default_platform("snp:milan")).value();
  config.memory = std::uint64_t{64} << 20;
  return config;
}

struct Ports {
  test::MemoryNvStore nv;
  test::CountingEntropy entropy;
  test::ScriptedFaults faults;
};

void seal(std::vector<std::uint8_t>& bytes) {
  const auto checksum = crypto::sha256(bytes);
  bytes.insert(bytes.end(), checksum.begin(), checksum.end());
}

/// A machine with a guest in state LAUNCH, so that most of the format is in use.
std::vector<std::uint8_t> example(std::uint32_t seed) {
  Ports ports;
  auto machine = std::move(machine::Machine::power_on(platform(), {ports.entropy, ports.nv, ports.faults})).value();
  machine->prepare_cores_for_snp(true);
  machine->wbinvd_all();
  (void)machine->snp_command(0x81, 0);
  machine->wbinvd_all();
  (void)machine->snp_command(0x84, 0);
  if (seed % 2 == 0) (void)machine->snp_command(0x01, 0x1000);
  constexpr Spa kBuffer{0x2000};
  constexpr Spa kContext{0x10000};
  RmpEntry firmware{};
  firmware.assigned = firmware.immutable = true;
  (void)machine->rmpupdate(kContext, firmware);
  const auto command = [&](std::uint32_t id, std::initializer_list<std::uint64_t> words) {
    std::vector<std::uint8_t> buffer;
    for (const le64 word : words) {
      const ByteView bytes = bytes_of(word);
      buffer.insert(buffer.end(), bytes.begin(), bytes.end());
    }
    (void)machine->write(Access::host(), kBuffer, buffer);
    (void)machine->snp_command(id, kBuffer.value);
  };
  command(0x93, {kContext.value});
  command(0xa0, {kContext.value, 0x30000, 0, 0, 0, 0, 0});
  command(0x91, {kContext.value, 1});
  return machine->save();
}

}  // namespace

void fuzz_one(ByteView input) {
  // The checksum only finds accidents: it is made right here, so that what is behind it is tested.
  std::vector<std::uint8_t> bytes(input.begin(), input.end());
  if (bytes.size() > kChecksum && bytes[8] != 0xff) {
    bytes.resize(bytes.size() - kChecksum);
    seal(bytes);
  }
  Ports ports;
  const auto loaded = machine::Machine::load(platform(), {ports.entropy, ports.nv, ports.faults}, bytes);
  if (!loaded.ok()) {
    FUZZ_REQUIRE(!loaded.error().what().empty());
    FUZZ_REQUIRE(!ports.nv.record.has_value());
    return;
  }
  machine::Machine& machine = *loaded.value();
  const auto again = machine.save();
  const auto content = [](const std::vector<std::uint8_t>& whole) { return ByteView(whole).subspan(kVersions, whole.size() - kVersions - kChecksum); };
  FUZZ_REQUIRE(again.size() == bytes.size() && std::equal(content(again).begin(), content(again).end(), content(bytes).begin()));
  for (std::uint32_t id = 0; id < 0x100; ++id) (void)machine.snp_command(id, 0x2000);
  for (std::uint64_t page = 0; page < 0x20000; page += kPageSize) (void)machine.rmpupdate(Spa{page}, RmpEntry{});
  for (std::uint32_t id = 0; id < 0x100; ++id) (void)machine.snp_command(id, 0x10000);
}

/// Begins with a real machine, then changes, drops and repeats bytes.
void mutate(std::vector<std::uint8_t>& input, std::size_t max_size, unsigned seed) {
  std::mt19937 random(seed);
  if (input.size() < 100 || random() % 64 == 0) {
    input = example(random() % 2);
    if (input.size() > max_size) input.resize(max_size);
  }
  const std::size_t at = random() % input.size();
  const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 6) {
    case 0: return mutate_bytes(input, max_size);
    case 1: input.erase(place); break;
    case 2:
      if (input.size() < max_size) input.insert(place, static_cast<std::uint8_t>(random()));
      break;
    default: *place = random() % 2 == 0 ? static_cast<std::uint8_t>(random()) : static_cast<std::uint8_t>(*place ^ 1u << random() % 8);
  }
}

}  // namespace swtee::fuzz
