// SPDX-License-Identifier: Apache-2.0
#include "sim/machine/machine.h"

#include "firmware/contract/require.h"
#include "firmware/keys/firmware_signer.h"
#include "sim/machine/recorded_ports.h"

#include <array>

namespace swtee::machine {
namespace {

snp::FirmwareImage image_of(const config::PlatformConfig& config, const snp::Tcb& tcb) {
  return {config.firmware, tcb, config.effective_report_version(), config.mit_vector};
}

/// What boots: the image that the configuration launches under, unless something newer was committed since.
snp::Tcb boot_tcb(const config::PlatformConfig& config, const std::optional<std::vector<std::uint8_t>>& record) {
  const snp::Tcb launch = config.tcb.launch.value_or(config.tcb.current);
  if (!record.has_value()) return launch;
  const auto state = snp::decode_permanent_state(*record);
  return state.ok() && !launch.covers(state.value().committed_tcb) ? config.tcb.current : launch;
}

snp::PlatformSettings settings_of(const config::PlatformConfig& config, const snp::Tcb& boot) {
  snp::PlatformSettings settings;
  settings.product = config.product;
  settings.image = image_of(config, boot);
  settings.tsme_enabled = config.tsme;
  settings.ecc_enabled = config.ecc;
  settings.aes_256_xts_enabled = config.aes_256_xts;
  settings.knobs = config.knobs;
  settings.firmware_signer = [universe = config.universe_keys(), line = config.product->line] {
    return keys::firmware_signing_key(universe, line).public_key();
  };
  return settings;
}

memory::MemorySettings memory_of(const config::PlatformConfig& config) {
  memory::MemorySettings settings;
  settings.size = config.memory;
  settings.key_size = config.aes_256_xts ? memory::KeySize::aes_256 : memory::KeySize::aes_128;
  settings.segmented_rmp = config.segmented_rmp;
  return settings;
}

std::string_view result_name(const Result<void, MemoryFault>& result) {
  if (result.ok()) return "OK";
  switch (result.error()) {
    case MemoryFault::out_of_range: return "OUT_OF_RANGE";
    case MemoryFault::rmp_violation: return "RMP_VIOLATION";
    case MemoryFault::vmpl_violation: return "VMPL_VIOLATION";
    case MemoryFault::not_validated: return "NOT_VALIDATED";
  }
  return "?";
}

std::string_view result_name(swtee_rmp_result result) {
  switch (result) {
    case SWTEE_RMP_OK: return "OK";
    case SWTEE_RMP_FAIL_INPUT: return "FAIL_INPUT";
    case SWTEE_RMP_FAIL_PERMISSION: return "FAIL_PERMISSION";
    case SWTEE_RMP_FAIL_INUSE: return "FAIL_INUSE";
    case SWTEE_RMP_FAIL_OVERLAP: return "FAIL_OVERLAP";
    case SWTEE_RMP_FAIL_SIZEMISMATCH: return "FAIL_SIZEMISMATCH";
    case SWTEE_RMP_FAIL_BADADDR: return "FAIL_BADADDR";
  }
  return "?";
}

std::string_view result_name(const swtee_guest_outcome& outcome) {
  switch (outcome.event) {
    case SWTEE_GUEST_DONE: return outcome.carry ? "OK_CARRY" : result_name(outcome.eax);
    case SWTEE_GUEST_NPF: return "NPF";
    case SWTEE_GUEST_VC: return "VC";
    case SWTEE_GUEST_GP: return "GP";
  }
  return "?";
}

std::string_view agent_name(Access::Agent agent) {
  switch (agent) {
    case Access::Agent::cpu: return "cpu";
    case Access::Agent::psp: return "psp";
    case Access::Agent::device: return "device";
    case Access::Agent::host: return "host";
    case Access::Agent::bus: return "bus";
  }
  return "?";
}

}  // namespace

class RecordedPorts {
 public:
  explicit RecordedPorts(const MachinePorts& ports)
      : entropy(ports.entropy, *ports.calls), nv(ports.nv, *ports.calls), faults(ports.faults, *ports.calls) {}
  RecordedEntropy entropy;
  RecordedNvStore nv;
  RecordedFaults faults;
};

Machine::Machine(const config::PlatformConfig& config, const MachinePorts& ports)
    : config_(config),
      calls_(ports.calls),
      recorded_(ports.calls != nullptr ? std::make_unique<RecordedPorts>(ports) : nullptr),
      memory_(memory_of(config)),
      cores_(config.cores, config.sockets, config.smt) {}

Machine::~Machine() = default;

void Machine::record(std::string_view op, std::initializer_list<CallField> inputs, std::string_view result, ByteView output) const {
  if (calls_ != nullptr) calls_->call({op, {inputs.begin(), inputs.size()}, result, output});
}

Result<std::unique_ptr<Machine>> Machine::power_on(const config::PlatformConfig& config, const MachinePorts& ports) {
  SWTEE_TRY(config::validate(config));
  auto machine = std::unique_ptr<Machine>(new Machine(config, ports));
  const auto started = machine->start_firmware(
      machine->recorded_ == nullptr
          ? ports
          : MachinePorts{machine->recorded_->entropy, machine->recorded_->nv, machine->recorded_->faults, ports.trace, ports.calls});
  machine->record("power_on", {}, started.ok() ? "OK" : started.error().what());
  if (!started.ok()) return Failure(started.error());
  return machine;
}

Result<void> Machine::start_firmware(const MachinePorts& ports) {
  const auto record = SWTEE_TRY(ports.nv.load());
  if (calls_ != nullptr) calls_->power_on(config_, record);
  Bytes<64> reset_key;
  ports.entropy.fill("memory-reset-key", reset_key);
  memory_.reset_keys(reset_key);
  if (!record.has_value()) {
    const snp::PermanentState factory{config_.committed_firmware.value_or(config_.firmware),
                                      config_.tcb.committed.value_or(config_.tcb.current)};
    SWTEE_TRY(ports.nv.store(snp::encode(factory)));
  }
  firmware_ = SWTEE_TRY(snp::Firmware::power_on(settings_of(config_, boot_tcb(config_, record)),
                                                keys::make_chip(config_.universe_keys(), *config_.product, config_.chip),
                                                {memory_, memory_.rmp(), cores_, ports.entropy, ports.nv, ports.faults, ports.trace}));
  return {};
}

Result<void> Machine::resume_firmware(const MachinePorts& ports, ByteView saved) {
  firmware_ = SWTEE_TRY(snp::Firmware::resume(settings_of(config_, config_.tcb.current),
                                              keys::make_chip(config_.universe_keys(), *config_.product, config_.chip),
                                              {memory_, memory_.rmp(), cores_, ports.entropy, ports.nv, ports.faults, ports.trace}, saved));
  return {};
}

snp::Status Machine::snp_command(std::uint32_t id, std::uint64_t buffer_paddr) {
  const snp::Status status = firmware_->execute(id, buffer_paddr);
  record("command", {{"id", std::uint64_t{id}}, {"buffer", buffer_paddr}}, snp::name_of(status));
  return status;
}

snp::Status Machine::update_firmware() {
  const snp::Status status = firmware_->update(image_of(config_, config_.tcb.current));
  record("update_firmware", {}, snp::name_of(status));
  return status;
}

Result<void, MemoryFault> Machine::read(const Access& access, Spa at, MutableBytes out) {
  const auto done = memory_.read(access, at, out);
  record("read", {{"agent", agent_name(access.agent)}, {"asid", std::uint64_t{access.asid.value}},
                  {"vmpl", std::uint64_t{access.vmpl}}, {"encrypted", std::uint64_t{access.encrypted}}, {"at", at.value},
                  {"size", std::uint64_t{out.size()}}},
         result_name(done), done.ok() ? ByteView(out) : ByteView{});
  return done;
}

Result<void, MemoryFault> Machine::write(const Access& access, Spa at, ByteView data) {
  const auto done = memory_.write(access, at, data);
  record("write", {{"agent", agent_name(access.agent)}, {"asid", std::uint64_t{access.asid.value}},
                   {"vmpl", std::uint64_t{access.vmpl}}, {"encrypted", std::uint64_t{access.encrypted}}, {"at", at.value}, {"data", data}},
         result_name(done));
  return done;
}

swtee_rmp_result Machine::rmpupdate(Spa page, const RmpEntry& request) {
  const swtee_rmp_result result = cpu::rmpupdate(memory_.rmp(), page, request);
  record("rmpupdate", {{"page", page.value}, {"assigned", std::uint64_t{request.assigned}}, {"asid", std::uint64_t{request.asid}},
                       {"gpa", request.gpa}, {"immutable", std::uint64_t{request.immutable}}, {"large", std::uint64_t{request.large}}},
         result_name(result));
  return result;
}

swtee_rmp_result Machine::psmash(Spa page) {
  const swtee_rmp_result result = cpu::psmash(memory_.rmp(), page);
  record("psmash", {{"page", page.value}}, result_name(result));
  return result;
}

swtee_rmp_result Machine::rmpread(Spa page, swtee_rmp_state_record& out) {
  const swtee_rmp_result result = cpu::rmpread(memory_.rmp(), page, out);
  record("rmpread", {{"page", page.value}}, result_name(result),
         result == SWTEE_RMP_OK ? ByteView(reinterpret_cast<const std::uint8_t*>(&out), sizeof(out)) : ByteView{});
  return result;
}

void Machine::map_guest_page(Asid asid, Gpa gpa, Spa spa, bool large) {
  const std::uint64_t mask = ~((large ? kLargePageSize : kPageSize) - 1);
  guest_tables_[asid.value].map({gpa.value & mask}, {spa.value & mask}, large);
  record("map_guest_page", {{"asid", std::uint64_t{asid.value}}, {"gpa", gpa.value}, {"spa", spa.value}, {"large", std::uint64_t{large}}}, "OK");
}

void Machine::unmap_guest_page(Asid asid, Gpa gpa, bool large) {
  guest_tables_[asid.value].unmap({gpa.value & ~((large ? kLargePageSize : kPageSize) - 1)}, large);
  record("unmap_guest_page", {{"asid", std::uint64_t{asid.value}}, {"gpa", gpa.value}, {"large", std::uint64_t{large}}}, "OK");
}

void Machine::run_vmsa(Spa page, bool running) {
  if (running)
    running_vmsas_.insert(page.value);
  else
    running_vmsas_.erase(page.value);
  record("run_vmsa", {{"page", page.value}, {"running", std::uint64_t{running}}}, "OK");
}

cpu::GuestCore Machine::guest_core(Asid asid, std::uint8_t vmpl) {
  return {memory_, guest_tables_[asid.value], running_vmsas_, asid, static_cast<std::uint8_t>(vmpl & 3)};
}

swtee_guest_outcome Machine::guest_read(Asid asid, std::uint8_t vmpl, Gpa at, MutableBytes out, const cpu::GuestAccess& how) {
  const auto outcome = guest_core(asid, vmpl).read(at, out, how);
  record("guest_read", {{"asid", std::uint64_t{asid.value}}, {"vmpl", std::uint64_t{vmpl}}, {"gpa", at.value}, {"size", std::uint64_t{out.size()}},
                        {"c_bit", std::uint64_t{how.c_bit}}, {"execute", std::uint64_t{how.execute}}, {"user", std::uint64_t{how.user}}},
         result_name(outcome), outcome.event == SWTEE_GUEST_DONE ? ByteView(out) : ByteView{});
  return outcome;
}

swtee_guest_outcome Machine::guest_write(Asid asid, std::uint8_t vmpl, Gpa at, ByteView data, const cpu::GuestAccess& how) {
  const auto outcome = guest_core(asid, vmpl).write(at, data, how);
  record("guest_write", {{"asid", std::uint64_t{asid.value}}, {"vmpl", std::uint64_t{vmpl}}, {"gpa", at.value}, {"data", data},
                         {"c_bit", std::uint64_t{how.c_bit}}, {"execute", std::uint64_t{how.execute}}, {"user", std::uint64_t{how.user}}},
         result_name(outcome));
  return outcome;
}

swtee_guest_outcome Machine::pvalidate(Asid asid, std::uint8_t vmpl, Gpa page, unsigned size, bool validate) {
  const auto outcome = guest_core(asid, vmpl).pvalidate(page, size, validate);
  record("pvalidate", {{"asid", std::uint64_t{asid.value}}, {"vmpl", std::uint64_t{vmpl}}, {"gpa", page.value}, {"size", std::uint64_t{size}},
                       {"validate", std::uint64_t{validate}}},
         result_name(outcome));
  return outcome;
}

swtee_guest_outcome Machine::rmpadjust(Asid asid, std::uint8_t vmpl, Gpa page, unsigned size, std::uint64_t rdx) {
  const auto outcome = guest_core(asid, vmpl).rmpadjust(page, size, rdx);
  record("rmpadjust", {{"asid", std::uint64_t{asid.value}}, {"vmpl", std::uint64_t{vmpl}}, {"gpa", page.value}, {"size", std::uint64_t{size}}, {"rdx", rdx}},
         result_name(outcome));
  return outcome;
}

swtee_guest_outcome Machine::rmpquery(Asid asid, std::uint8_t vmpl, Gpa page, unsigned target_vmpl, cpu::RmpAttributes& attributes) {
  const auto outcome = guest_core(asid, vmpl).rmpquery(page, target_vmpl, attributes);
  const std::array<le64, 2> registers{attributes.rdx, attributes.size};
  record("rmpquery", {{"asid", std::uint64_t{asid.value}}, {"vmpl", std::uint64_t{vmpl}}, {"gpa", page.value}, {"target_vmpl", std::uint64_t{target_vmpl}}},
         result_name(outcome), outcome.event == SWTEE_GUEST_DONE ? bytes_of(registers) : ByteView{});
  return outcome;
}

bool Machine::alias_addresses(Spa ghost, Spa target, std::uint64_t size) {
  const Spa from{ghost.value & ~(kPageSize - 1)}, to{target.value & ~(kPageSize - 1)};
  const std::uint64_t bytes = size & ~(kPageSize - 1);
  const auto inside = [&](Spa at) { return bytes <= memory_.size() && at.value <= memory_.size() - bytes; };
  const bool done = inside(from) && inside(to);
  if (done) memory_.lines().alias(from, to, bytes);
  record("alias_addresses", {{"ghost", ghost.value}, {"target", target.value}, {"size", size}}, done ? "OK" : "OUT_OF_RANGE");
  return done;
}

void Machine::remove_aliases() {
  memory_.lines().remove_aliases();
  record("remove_aliases", {}, "OK");
}

void Machine::configure_rmp(bool on) {
  memory_.rmp().configure(on);
  record("configure_rmp", {{"on", std::uint64_t{on}}}, "OK");
}

void Machine::prepare_cores_for_snp(bool ready) {
  cores_.prepare_for_snp(ready);
  record("prepare_cores_for_snp", {{"ready", std::uint64_t{ready}}}, "OK");
}

void Machine::silence_a_core(bool silent) {
  cores_.silence_a_core(silent);
  record("silence_a_core", {{"silent", std::uint64_t{silent}}}, "OK");
}

void Machine::wbinvd(std::uint32_t core) {
  SWTEE_ASSERT(core < config_.cores);
  cores_.wbinvd(core);
  record("wbinvd", {{"core", std::uint64_t{core}}}, "OK");
}

void Machine::wbinvd_all() {
  cores_.wbinvd_all();
  record("wbinvd_all", {}, "OK");
}

}  // namespace swtee::machine
