// SPDX-License-Identifier: Apache-2.0
/// libswtee against a program that makes any calls in any order with any arguments that C allows. The input is a list of calls:
/// one byte each for the function, then its arguments. Pointers are null or lead to as many bytes as the call says.
///
/// What must hold: an error has a name and a text, success has none; a refused call has not touched its results; what a call
/// writes ends where the caller's room ends; a status has a name.
#include "sim/capi/include/swtee/swtee.h"
#include "tests/fuzz/harness.h"

#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace swtee::fuzz {
namespace {

constexpr std::size_t kMostCalls = 200;
constexpr std::uint64_t kMemory = 0x4000000;
constexpr std::uint64_t kUntouched = 0x5a5a5a5a5a5a5a5a;
constexpr std::uint8_t kGuard = 0xa7;

/// Callbacks, and what they answer.
struct Outside {
  std::uint8_t counter = 1;
  int store_answer = 0;
  std::uint32_t fault = 0;
  std::vector<std::uint8_t> flash;
  swtee_machine* machine = nullptr;
};

void fill(void* context, const char* stream, void* out, std::size_t size) {
  FUZZ_REQUIRE(stream[0] != '\0');
  for (std::size_t i = 0; i < size; ++i) static_cast<std::uint8_t*>(out)[i] = static_cast<Outside*>(context)->counter++;
}

int store(void* context, const void* record, std::size_t size) {
  auto& outside = *static_cast<Outside*>(context);
  std::uint32_t status = 0;
  if (outside.machine != nullptr) FUZZ_REQUIRE(swtee_snp_command(outside.machine, 0x83, 0, &status) == SWTEE_E_BUSY);
  const auto* bytes = static_cast<const std::uint8_t*>(record);
  if (outside.store_answer == 0) outside.flash.assign(bytes, bytes + size);
  return outside.store_answer;
}

std::uint32_t fault(void* context, std::uint32_t) { return std::exchange(static_cast<Outside*>(context)->fault, 0); }

void trace(void*, const char* line) { FUZZ_REQUIRE(line[0] == '{' && std::strchr(line, '\n') == nullptr); }

class Program {
 public:
  explicit Program(ByteView input) : in_(input) { power_on(R"({"platform": "snp:genoa", "memory": "0x4000000"})"); }
  ~Program() { swtee_machine_free(machine_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void run() {
    for (std::size_t calls = 0; !in_.empty() && calls < kMostCalls; ++calls) call();
  }

 private:
  void call() {
    switch (in_.u8() % 17) {
      case 0: return command(in_.u8(), page(), 0);
      case 1: return command(in_.u32(), in_.u64(), in_.u8() & 1);
      case 2: return structured_command();
      case 3: return read();
      case 4: return write();
      case 5: return rmpupdate();
      case 6: return done(swtee_cpu_wbinvd(machine_, in_.u8() & 1 ? SWTEE_ALL_CORES : in_.u32()));
      case 7: return done(swtee_cpu_prepare_for_snp(machine_, (in_.u8() & 1) != 0));
      case 8: return facts();
      case 9: return nv_record();
      case 10: return names();
      case 11: return reboot();
      case 13: return guest_access();
      case 14: return guest_instruction();
      case 15: return host_and_bus();
      case 16: return go_on_elsewhere();
      case 12: {
        outside_.store_answer = in_.u8() & 1;
        outside_.fault = in_.u8();
      }
    }
  }

  /// One of the first pages, where calls meet each other.
  std::uint64_t page() { return std::uint64_t{in_.u8() & 15U} << 12; }

  void done(swtee_error error) const {
    FUZZ_REQUIRE(swtee_error_name(error) != nullptr);
    FUZZ_REQUIRE(error != SWTEE_E_INTERNAL && error != SWTEE_E_BUSY);
    if (machine_ == nullptr) {
      FUZZ_REQUIRE(error == SWTEE_E_ARGUMENT && swtee_machine_error(machine_) == nullptr);
    } else {
      FUZZ_REQUIRE((std::strlen(swtee_machine_error(machine_)) == 0) == (error == SWTEE_OK));
    }
  }

  void command(std::uint32_t id, std::uint64_t buffer, bool null) {
    std::uint32_t status = static_cast<std::uint32_t>(kUntouched);
    const swtee_error error = swtee_snp_command(machine_, id, buffer, null ? nullptr : &status);
    done(error);
    if (error != SWTEE_OK) FUZZ_REQUIRE(status == static_cast<std::uint32_t>(kUntouched));
    else FUZZ_REQUIRE(swtee_snp_status_name(status) != nullptr);
    FUZZ_REQUIRE(!null || error == SWTEE_E_ARGUMENT);
  }

  /// A command whose buffer is made of bytes that stand for words: bit 7 clear, a number; set, a number of pages; bit 6 set, in
  /// 32 bits. 0xff ends it, and the rest is zero.
  void structured_command() {
    const std::uint32_t id = in_.u8();
    std::array<std::uint8_t, 0x60> buffer{};
    for (std::size_t at = 0; at + 4 <= buffer.size();) {
      const std::uint8_t kind = in_.u8();
      if (kind == 0xff) break;
      const le64 word = std::uint64_t{kind & 0x3fU} << (kind & 0x80 ? 12 : 0);
      const std::size_t size = kind & 0x40 ? 4 : std::min<std::size_t>(8, buffer.size() - at);
      std::memcpy(buffer.data() + at, &word, size);
      at += size;
    }
    done(swtee_memory_write(machine_, SWTEE_AGENT_HOST, 0xf000, buffer.data(), buffer.size()));
    command(id, 0xf000, false);
  }

  void read() {
    const int agent = in_.u8() % 5;
    const std::uint64_t at = in_.u8() & 1 ? in_.u64() : page() + in_.u16();
    const std::size_t size = in_.u16() & 0x1fff;
    std::vector<std::uint8_t> room(size + 8, kGuard);
    const bool null = in_.u8() % 16 == 0;
    const swtee_error error = swtee_memory_read(machine_, agent, at, null ? nullptr : room.data(), size);
    done(error);
    for (std::size_t i = error == SWTEE_OK ? size : 0; i < room.size(); ++i) FUZZ_REQUIRE(room[i] == kGuard);
    if (error == SWTEE_OK) FUZZ_REQUIRE(at <= kMemory && size <= kMemory - at && (!null || size == 0));
  }

  void write() {
    const int agent = in_.u8() % 5;
    const std::uint64_t at = in_.u8() & 1 ? in_.u64() : page() + in_.u8();
    const ByteView data = in_.bytes(in_.u8());
    const swtee_error error = swtee_memory_write(machine_, agent, at, data.data(), data.size());
    done(error);
    if (error == SWTEE_OK && agent == SWTEE_AGENT_HOST && !data.empty()) {
      std::vector<std::uint8_t> back(data.size());
      done(swtee_memory_read(machine_, agent, at, back.data(), back.size()));
      FUZZ_REQUIRE(std::equal(data.begin(), data.end(), back.begin()));
    }
  }

  void rmpupdate() {
    struct {
      swtee_rmp_attributes known;
      std::uint64_t more;
    } attributes{};
    const std::uint8_t shape = in_.u8();
    attributes.known.size = shape & 1 ? in_.u16() % (sizeof(attributes) + 1) : sizeof(attributes.known);
    attributes.known.assigned = shape & 2 ? 1 : in_.u8();
    attributes.known.immutable = shape & 4 ? 1 : in_.u8();
    attributes.known.large = shape & 8 ? 0 : in_.u8();
    attributes.known.asid = shape & 16 ? in_.u8() & 3 : in_.u32();
    attributes.known.gpa = shape & 32 ? page() : in_.u64();
    if (shape & 64) attributes.more = in_.u8();
    std::uint32_t eax = static_cast<std::uint32_t>(kUntouched);
    const swtee_error error = swtee_cpu_rmpupdate(machine_, shape & 128 ? in_.u64() : page(), &attributes.known, &eax);
    done(error);
    FUZZ_REQUIRE(error == SWTEE_OK ? eax < 16 : eax == static_cast<std::uint32_t>(kUntouched));
  }

  swtee_vcpu vcpu() {
    const std::uint8_t who = in_.u8();
    return {sizeof(swtee_vcpu), who & 3U, static_cast<std::uint8_t>(who >> 2 & 7), {0, 0, 0}};
  }

  /// An outcome has a known event, says only what belongs to it, and is written whole or not at all.
  void judge(swtee_error error, const swtee_vcpu_outcome& outcome) const {
    done(error);
    if (error != SWTEE_OK) {
      FUZZ_REQUIRE(outcome.rdx == kUntouched);
      return;
    }
    FUZZ_REQUIRE(outcome.size == sizeof(outcome) && outcome.event <= SWTEE_VCPU_GP && outcome.carry <= 1);
    FUZZ_REQUIRE(outcome.event == SWTEE_VCPU_DONE ? outcome.error == 0 : outcome.eax == 0);
  }

  void guest_access() {
    const swtee_vcpu core = vcpu();
    const std::uint64_t gpa = page() + in_.u8();
    const std::size_t size = in_.u16() & 0x1fff;
    const std::uint8_t access = in_.u8() & 15;
    swtee_vcpu_outcome outcome{};
    outcome.size = sizeof(outcome);
    outcome.rdx = kUntouched;
    std::vector<std::uint8_t> room(size + 8, kGuard);
    if (in_.u8() & 1) return judge(swtee_vcpu_write(machine_, &core, gpa, room.data(), size, access, &outcome), outcome);
    const swtee_error error = swtee_vcpu_read(machine_, &core, gpa, room.data(), size, access, &outcome);
    judge(error, outcome);
    const bool read = error == SWTEE_OK && outcome.event == SWTEE_VCPU_DONE;
    for (std::size_t i = read ? size : 0; i < room.size(); ++i) FUZZ_REQUIRE(room[i] == kGuard);
  }

  void guest_instruction() {
    const swtee_vcpu core = vcpu();
    const std::uint64_t gpa = page();
    const std::uint8_t which = in_.u8();
    swtee_vcpu_outcome outcome{};
    outcome.size = sizeof(outcome);
    outcome.rdx = kUntouched;
    switch (which & 3) {
      case 0:
      case 1: return judge(swtee_vcpu_pvalidate(machine_, &core, gpa, which >> 2 & 3, (which & 1) != 0, &outcome), outcome);
      case 2: return judge(swtee_vcpu_rmpadjust(machine_, &core, gpa, which >> 2 & 3, in_.u32(), &outcome), outcome);
      case 3: return judge(swtee_vcpu_rmpquery(machine_, &core, gpa, which >> 2, &outcome), outcome);
    }
  }

  void host_and_bus() {
    const std::uint8_t which = in_.u8();
    const std::uint64_t a = page(), b = which & 0x80 ? in_.u64() : page();
    const bool large = (which & 0x40) != 0;
    std::uint32_t eax = static_cast<std::uint32_t>(kUntouched);
    swtee_rmp_attributes attributes{};
    attributes.size = sizeof(attributes);
    switch (which & 7) {
      case 0:
      case 1: return done(swtee_npt_map(machine_, which >> 3 & 3, a, b, large));
      case 2: return done(swtee_npt_unmap(machine_, which >> 3 & 3, a, large));
      case 3: return done(swtee_vcpu_run_vmsa(machine_, b, large));
      case 4: return done(swtee_bus_alias(machine_, a, b, in_.u16()));
      case 5: return done(swtee_bus_remove_aliases(machine_));
      case 6: return done(swtee_cpu_psmash(machine_, large ? b : 0, &eax));
      case 7: {
        done(swtee_cpu_rmpread(machine_, b, &attributes, &eax));
        FUZZ_REQUIRE(attributes.assigned <= 1 && attributes.immutable <= 1 && attributes.large <= 1 && attributes.mixed <= 1);
      }
    }
  }

  void facts() {
    struct {
      swtee_platform_facts known;
      std::array<std::uint8_t, 64> more;
    } room{};
    std::memset(static_cast<void*>(&room), kGuard, sizeof(room));
    // As much room as there is, or more than any structure has.
    std::size_t size = in_.u8();
    if (size > sizeof(room)) size = 4097 + size;
    room.known.size = size;
    const swtee_error error = swtee_machine_facts(machine_, &room.known);
    done(error);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&room);
    const std::size_t written = error == SWTEE_OK ? size : sizeof(size);
    for (std::size_t i = written; i < sizeof(room); ++i) FUZZ_REQUIRE(bytes[i] == kGuard);
  }

  void nv_record() {
    // Room for nothing, or for nearly what is needed.
    std::size_t needed = 0;
    (void)swtee_machine_nv_record(machine_, nullptr, 0, &needed);
    const std::uint8_t offset = in_.u8() % 16;
    const std::size_t size = offset == 0 ? 0 : needed + offset - std::min<std::size_t>(needed, 8);
    std::vector<std::uint8_t> room(size + 8, kGuard);
    needed = kUntouched;
    const swtee_error error = swtee_machine_nv_record(machine_, room.data(), size, &needed);
    done(error);
    FUZZ_REQUIRE((error == SWTEE_OK) == (machine_ != nullptr && needed <= size));
    for (std::size_t i = error == SWTEE_OK ? needed : 0; i < room.size(); ++i) FUZZ_REQUIRE(room[i] == kGuard);
  }

  void names() {
    const std::uint32_t number = in_.u32();
    (void)swtee_snp_status_name(number);
    (void)swtee_snp_command_name(number);
    (void)swtee_error_name(static_cast<int>(number));
  }

  /// Power off, and on with what was stored, with what the input says was stored, or under another configuration.
  void reboot() {
    swtee_machine_free(machine_);
    machine_ = outside_.machine = nullptr;
    const std::uint8_t how = in_.u8();
    trace_ = (how & 8) != 0;
    if (how & 1) outside_.flash.clear();
    if (how & 2) {
      const ByteView forged = in_.bytes(in_.u8());
      outside_.flash.assign(forged.begin(), forged.end());
    }
    if (how & 4) {
      const ByteView text = in_.bytes(in_.u8());
      // The fuzzer's machines are small; a seed's configuration may ask for terabytes.
      const std::string config(reinterpret_cast<const char*>(text.data()), text.size());
      return power_on(config.find("memory") == std::string::npos ? config.c_str() : "{}");
    }
    power_on(R"({"platform": "snp:genoa", "memory": "0x4000000", "tcb": {"current": {"snp": 24}}})");
  }

  std::vector<std::uint8_t> saved() const {
    std::vector<std::uint8_t> bytes;
    done(swtee_machine_save(machine_, [](void* context, const void* data, std::size_t size) {
      const auto* begin = static_cast<const std::uint8_t*>(data);
      auto& to = *static_cast<std::vector<std::uint8_t>*>(context);
      to.insert(to.end(), begin, begin + size);
      return 0;
    }, &bytes));
    return bytes;
  }

  /// Another machine takes over from what this one saved, and is the same; unless a bit of it has changed.
  void go_on_elsewhere() {
    const std::vector<std::uint8_t> whole = saved();
    if (machine_ == nullptr) return;
    std::vector<std::uint8_t> given = whole;
    if (in_.u8() & 1) given[in_.u32() % given.size()] ^= static_cast<std::uint8_t>(1U << (in_.u8() & 7));
    swtee_machine_options options{};
    options.size = sizeof(options);
    options.config_json = config_.c_str();
    options.context = &outside_;
    options.entropy = fill;
    options.fault = fault;
    options.saved = given.data();
    options.saved_len = given.size();
    swtee_machine* next = nullptr;
    const swtee_error error = swtee_machine_new(&options, &next, nullptr, 0);
    FUZZ_REQUIRE(error == (given == whole ? SWTEE_OK : SWTEE_E_STATE));
    if (error != SWTEE_OK) return;
    swtee_machine_free(machine_);
    machine_ = outside_.machine = next;
    FUZZ_REQUIRE(saved() == whole);
  }

  void power_on(const char* config) {
    config_ = config;
    swtee_machine_options options{};
    options.size = sizeof(options);
    options.config_json = config;
    options.context = &outside_;
    options.entropy = fill;
    options.nv_record = outside_.flash.empty() ? nullptr : outside_.flash.data();
    options.nv_record_len = outside_.flash.size();
    options.nv_store = store;
    options.fault = fault;
    options.trace = trace_ ? trace : nullptr;
    std::array<char, 64> why;
    why.fill('x');
    const std::vector<std::uint8_t> record = outside_.flash;  // the callback changes it while it is read
    if (!record.empty()) options.nv_record = record.data();
    const swtee_error error = swtee_machine_new(&options, &machine_, why.data(), why.size());
    FUZZ_REQUIRE(std::memchr(why.data(), 0, why.size()) != nullptr);
    FUZZ_REQUIRE((error == SWTEE_OK) == (machine_ != nullptr) && (error == SWTEE_OK) == (why[0] == '\0'));
    FUZZ_REQUIRE(error != SWTEE_E_INTERNAL && error != SWTEE_E_ARGUMENT);
    outside_.machine = machine_;
  }

  InputReader in_;
  Outside outside_;
  bool trace_ = false;
  std::string config_;  ///< of the machine
  swtee_machine* machine_ = nullptr;
};

}  // namespace

void fuzz_one(ByteView input) { Program(input).run(); }

}  // namespace swtee::fuzz
