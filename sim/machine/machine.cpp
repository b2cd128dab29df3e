// SPDX-License-Identifier: Apache-2.0
#include "sim/machine/machine.h"

#include "firmware/contract/require.h"
#include "firmware/keys/firmware_signer.h"
#include "sim/machine/recorded_ports.h"

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

std::string_view result_name(const Result<void, MemoryFault>& result) {
  if (result.ok()) return "OK";
  return result.error() == MemoryFault::out_of_range ? "OUT_OF_RANGE" : "RMP_VIOLATION";
}

std::string_view result_name(swtee_rmp_result result) {
  switch (result) {
    case SWTEE_RMP_OK: return "OK";
    case SWTEE_RMP_FAIL_INPUT: return "FAIL_INPUT";
    case SWTEE_RMP_FAIL_PERMISSION: return "FAIL_PERMISSION";
    case SWTEE_RMP_FAIL_INUSE: return "FAIL_INUSE";
    case SWTEE_RMP_FAIL_OVERLAP: return "FAIL_OVERLAP";
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
      rmp_(config.memory),
      dram_(config.memory, rmp_),
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
  if (!record.has_value()) {
    const snp::PermanentState factory{config_.committed_firmware.value_or(config_.firmware),
                                      config_.tcb.committed.value_or(config_.tcb.current)};
    SWTEE_TRY(ports.nv.store(snp::encode(factory)));
  }
  firmware_ = SWTEE_TRY(snp::Firmware::power_on(settings_of(config_, boot_tcb(config_, record)),
                                                keys::make_chip(config_.universe_keys(), *config_.product, config_.chip),
                                                {dram_, rmp_, cores_, ports.entropy, ports.nv, ports.faults, ports.trace}));
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
  const auto done = dram_.read(access, at, out);
  record("read", {{"agent", agent_name(access.agent)}, {"asid", std::uint64_t{access.asid.value}},
                  {"vmpl", std::uint64_t{access.vmpl}}, {"encrypted", std::uint64_t{access.encrypted}}, {"at", at.value},
                  {"size", std::uint64_t{out.size()}}},
         result_name(done), done.ok() ? ByteView(out) : ByteView{});
  return done;
}

Result<void, MemoryFault> Machine::write(const Access& access, Spa at, ByteView data) {
  const auto done = dram_.write(access, at, data);
  record("write", {{"agent", agent_name(access.agent)}, {"asid", std::uint64_t{access.asid.value}},
                   {"vmpl", std::uint64_t{access.vmpl}}, {"encrypted", std::uint64_t{access.encrypted}}, {"at", at.value}, {"data", data}},
         result_name(done));
  return done;
}

swtee_rmp_result Machine::rmpupdate(Spa page, const RmpEntry& request) {
  const swtee_rmp_result result = cpu::rmpupdate(rmp_, page, request);
  record("rmpupdate", {{"page", page.value}, {"assigned", std::uint64_t{request.assigned}}, {"asid", std::uint64_t{request.asid}},
                       {"gpa", request.gpa}, {"immutable", std::uint64_t{request.immutable}}, {"large", std::uint64_t{request.large}}},
         result_name(result));
  return result;
}

void Machine::configure_rmp(bool on) {
  rmp_.configure(on);
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
