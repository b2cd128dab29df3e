// SPDX-License-Identifier: Apache-2.0
/// The firmware's mailbox against a host that does anything: commands in any order with any buffers, RMPUPDATE, memory
/// writes, guest messages. The input is a script, see firmware_script.h.
///
/// With SWTEE_FUZZ_TRACE in the environment each command and its status are printed, to read a finding.
///
/// What must hold after each command: the status has a name; a refused command has changed nothing; reported <= committed
/// <= current TCB; every guest's context page is a Context page and no two guests share an ASID.
#include "firmware/snp/command_table.h"
#include "firmware/snp/permanent_state.h"
#include "guest/snp/guest_message.h"
#include "sim/machine/machine.h"
#include "tests/fuzz/firmware_script.h"
#include "tests/fuzz/harness.h"

#include <set>

namespace swtee::fuzz {
namespace {

constexpr Spa kCommandBuffer{0x1000};
constexpr std::uint64_t kPages = 0x4000;  ///< of the platform's DRAM
constexpr std::size_t kMostWatched = 64;
constexpr std::uint32_t kLaunchUpdate = 0xa1;

class CountingEntropy final : public Entropy {
 public:
  void fill(std::string_view, MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

class VolatileStore final : public NvStore {
 public:
  Result<std::optional<std::vector<std::uint8_t>>> load() override { return record_; }
  Result<void> store(ByteView record) override {
    record_.emplace(record.begin(), record.end());
    return {};
  }
  std::optional<std::vector<std::uint8_t>> record_;
};

class OneFault final : public Faults {
 public:
  HardwareFault on_command(std::uint32_t) override { return std::exchange(next, HardwareFault::none); }
  HardwareFault next = HardwareFault::none;
};

config::PlatformConfig platform() {
  auto config = config::default_platform("snp:genoa");
  FUZZ_REQUIRE(config.ok());
  config.value().memory = kPages * kPageSize;
  config.value().entropy = "fuzz";
  return std::move(config).value();
}

/// Everything outside a guest that a command could change, and the guests as far as a host can tell them apart.
struct Snapshot {
  std::vector<std::uint8_t> memory;
  std::vector<RmpEntry> rmp;
  snp::PlatformState state{};
  std::uint64_t reported_tcb = 0;
  std::vector<std::uint8_t> permanent;
  std::vector<std::uint64_t> guests;
  bool vlek = false;
};

bool tracing() {
  static const bool on = std::getenv("SWTEE_FUZZ_TRACE") != nullptr;
  return on;
}

bool same_entry(const RmpEntry& a, const RmpEntry& b) {
  return a.gpa == b.gpa && a.asid == b.asid && a.assigned == b.assigned && a.validated == b.validated &&
         a.immutable == b.immutable && a.vmsa == b.vmsa && a.large == b.large &&
         std::equal(a.vmpl_permissions, a.vmpl_permissions + 4, b.vmpl_permissions);
}

class Script {
 public:
  Script() {
    auto made = machine::Machine::power_on(platform(), {entropy_, nv_, faults_, nullptr});
    FUZZ_REQUIRE(made.ok());
    machine_ = std::move(made).value();
    machine_->prepare_cores_for_snp(true);
  }

  void run(const ScriptStep& step) {
    if (const ScriptCommand* known = find_script_command(step.verb)) command(known->id, script_buffer(*known, step));
    else if (step.verb == "command") command(static_cast<std::uint32_t>(word(step, 0)), script_bytes(step, 1));
    else if (step.verb == "rmp") rmpupdate(step);
    else if (step.verb == "put") put(Spa{word(step, 0) << 12} + word(step, 1) % kPageSize, script_bytes(step, 2));
    else if (step.verb == "wbinvd") machine_->wbinvd_all();
    else if (step.verb == "cores") machine_->prepare_cores_for_snp(word(step, 0) != 0);
    else if (step.verb == "hardware") faults_.next = static_cast<HardwareFault>(word(step, 0) % 3);
    else if (step.verb == "seal") seal(step);
  }

 private:
  static std::uint64_t word(const ScriptStep& step, std::size_t index) {
    return index < step.words.size() ? script_number(step.words[index]) : 0;
  }

  /// Looks after a page from now on, and so at every page that a step has named.
  void watch(std::uint64_t address) {
    const std::uint64_t page = address / kPageSize;
    if (page < kPages && watched_.size() < kMostWatched) watched_.insert(page);
  }

  void put(Spa at, ByteView bytes) {
    watch(at.value);
    (void)machine_->write(Access::host(), at, bytes);
  }

  void rmpupdate(const ScriptStep& step) {
    if (step.words.size() < 2) return;
    watch(word(step, 0) << 12);
    RmpEntry request{};
    const std::string_view kind = step.words[1];
    if (kind == "firmware") {
      request.assigned = request.immutable = true;
    } else if (kind == "guest") {
      request.assigned = request.immutable = true;
      request.asid = static_cast<std::uint32_t>(word(step, 2));
      request.gpa = word(step, 3) << 12;
      request.large = step.words.size() > 4;
    } else if (kind == "raw") {
      request.assigned = word(step, 2) & 1;
      request.immutable = word(step, 3) & 1;
      request.asid = static_cast<std::uint32_t>(word(step, 4));
      request.gpa = word(step, 5) << 12;
      request.large = word(step, 6) & 1;
    }
    (void)machine_->rmpupdate(Spa{word(step, 0) << 12}, request);
  }

  void seal(const ScriptStep& step) {
    const snp::World& world = machine_->snp();
    const snp::GuestContext* guest = world.guest(Spa{word(step, 1) << 12});
    if (guest == nullptr || guest->state() == snp::GuestState::init) return;
    const auto vmpck = static_cast<std::uint8_t>(word(step, 2) & 3);
    std::vector<std::uint8_t> payload = script_bytes(step, 6);
    payload.resize(std::min<std::size_t>(payload.size(), 0xf90));
    std::array<std::uint8_t, kPageSize> page{};
    guest::snp::seal_message(guest->vmpck[vmpck],
                             {word(step, 5), snp::MessageType{static_cast<std::uint8_t>(word(step, 3))},
                              static_cast<std::uint8_t>(word(step, 4)), vmpck},
                             payload, page);
    put(Spa{word(step, 0) << 12}, page);
  }

  void command(std::uint32_t id, const std::vector<std::uint8_t>& buffer) {
    std::array<std::uint8_t, kPageSize> page{};
    std::copy_n(buffer.begin(), std::min(buffer.size(), page.size()), page.begin());
    put(kCommandBuffer, page);
    for (std::size_t at = 0; at + 8 <= buffer.size(); at += 8) watch(from_bytes<le64>(ByteView(buffer).subspan(at)));
    const Snapshot before = snapshot();
    const snp::Status status = machine_->snp_command(id, kCommandBuffer.value);
    if (tracing()) std::printf("  %02x %s\n", id, std::string(snp::name_of(status)).c_str());
    FUZZ_REQUIRE(!snp::name_of(status).empty());
    FUZZ_REQUIRE((snp::find_command(id) == nullptr) == (status == snp::Status::invalid_command));
    if (status != snp::Status::success) require_unchanged(before, id);
    require_invariants();
  }

  void require_unchanged(const Snapshot& before, std::uint32_t id) const {
    const Snapshot after = snapshot();
    FUZZ_REQUIRE(std::equal(before.rmp.begin(), before.rmp.end(), after.rmp.begin(), after.rmp.end(), same_entry));
    FUZZ_REQUIRE(before.state == after.state && before.reported_tcb == after.reported_tcb && before.vlek == after.vlek);
    FUZZ_REQUIRE(before.permanent == after.permanent);
    FUZZ_REQUIRE(before.guests == after.guests);
    // A CPUID page with a value that the platform would not give is corrected in place and refused.
    if (id != kLaunchUpdate) FUZZ_REQUIRE(before.memory == after.memory);
  }

  void require_invariants() const {
    const snp::World& world = machine_->snp();
    FUZZ_REQUIRE(world.current().tcb.covers(world.permanent.committed_tcb));
    FUZZ_REQUIRE(world.permanent.committed_tcb.covers(world.reported_tcb));
    if (world.state() == snp::PlatformState::uninit) FUZZ_REQUIRE(world.guests.empty());
    std::set<std::uint32_t> asids;
    for (const auto& [gctx, guest] : world.guests) {
      const auto entry = machine_->rmp().entry(Spa{gctx});
      FUZZ_REQUIRE(entry.has_value() && swtee_rmp_state_of(&*entry) == SWTEE_RMP_CONTEXT);
      if (guest->asid.has_value()) FUZZ_REQUIRE(guest->asid->value != 0 && asids.insert(guest->asid->value).second);
    }
  }

  Snapshot snapshot() const {
    const snp::World& world = machine_->snp();
    Snapshot now;
    now.memory.resize(watched_.size() * kPageSize);
    MutableBytes content = now.memory;
    for (std::uint64_t page : watched_) {
      const Spa at{page * kPageSize};
      now.rmp.push_back(machine_->rmp().entry(at).value());
      const Asid owner{now.rmp.back().asid};
      const Access access = owner.value != 0 ? Access::psp_as_guest(owner) : Access::psp();
      (void)machine_->memory().read(access, at, content.first(kPageSize));
      content = content.subspan(kPageSize);
    }
    now.state = world.state();
    now.reported_tcb = world.encoded(world.reported_tcb);
    now.permanent = snp::encode(world.permanent);
    now.vlek = world.vlek.has_value();
    const std::set<std::uint64_t> contexts = [&] {
      std::set<std::uint64_t> all;
      for (const auto& [gctx, guest] : world.guests) all.insert(gctx);
      return all;
    }();
    for (std::uint64_t gctx : contexts) describe(gctx, *world.guest(Spa{gctx}), now.guests);
    return now;
  }

  static void describe(std::uint64_t gctx, const snp::GuestContext& guest, std::vector<std::uint64_t>& to) {
    to.insert(to.end(), {gctx, static_cast<std::uint64_t>(guest.state()), guest.asid ? guest.asid->value : 0, guest.policy});
    to.insert(to.end(), guest.message_count.begin(), guest.message_count.end());
    to.insert(to.end(), guest.launch_digest.begin(), guest.launch_digest.end());
  }

  std::set<std::uint64_t> watched_;
  CountingEntropy entropy_;
  VolatileStore nv_;
  OneFault faults_;
  std::unique_ptr<machine::Machine> machine_;
};

}  // namespace

void fuzz_one(ByteView input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  Script script;
  for (const ScriptStep& step : parse_script(text)) script.run(step);
}

void mutate(std::vector<std::uint8_t>& input, std::size_t max_size, unsigned seed) {
  if (seed % 16 == 0) return mutate_bytes(input, max_size);
  const std::string changed = mutate_script({reinterpret_cast<const char*>(input.data()), input.size()}, seed);
  input.assign(changed.begin(), changed.begin() + static_cast<std::ptrdiff_t>(std::min(changed.size(), max_size)));
}

}  // namespace swtee::fuzz
