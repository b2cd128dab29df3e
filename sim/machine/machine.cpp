// SPDX-License-Identifier: Apache-2.0
#include "sim/machine/machine.h"

#include "firmware/contract/require.h"

namespace swtee::machine {
namespace {

snp::FirmwareImage image_of(const config::PlatformConfig& config, const snp::Tcb& tcb) {
  return {config.firmware, tcb, config.effective_report_version(), config.mit_vector};
}

snp::PlatformSettings settings_of(const config::PlatformConfig& config) {
  snp::PlatformSettings settings;
  settings.product = config.product;
  settings.image = image_of(config, config.tcb.launch.value_or(config.tcb.current));
  settings.tsme_enabled = config.tsme;
  settings.ecc_enabled = config.ecc;
  settings.aes_256_xts_enabled = config.aes_256_xts;
  settings.knobs = config.knobs;
  return settings;
}

}  // namespace

Machine::Machine(const config::PlatformConfig& config)
    : config_(config), rmp_(config.memory), dram_(config.memory, rmp_), cores_(config.cores, config.sockets, config.smt) {}

Result<std::unique_ptr<Machine>> Machine::power_on(const config::PlatformConfig& config, const MachinePorts& ports) {
  SWTEE_TRY(config::validate(config));
  auto machine = std::unique_ptr<Machine>(new Machine(config));
  const auto record = SWTEE_TRY(ports.nv.load());
  if (!record.has_value()) {
    const snp::PermanentState factory{config.committed_firmware.value_or(config.firmware),
                                      config.tcb.committed.value_or(config.tcb.current)};
    SWTEE_TRY(ports.nv.store(snp::encode(factory)));
  }
  machine->firmware_ = SWTEE_TRY(snp::Firmware::power_on(
      settings_of(config), keys::make_chip(config.universe_keys(), *config.product, config.chip),
      {machine->dram_, machine->rmp_, machine->cores_, ports.entropy, ports.nv, ports.faults, ports.trace}));
  return machine;
}

snp::Status Machine::update_firmware() { return firmware_->update(image_of(config_, config_.tcb.current)); }

}  // namespace swtee::machine
