// SPDX-License-Identifier: Apache-2.0
#include "sim/capi/border.h"
#include "sim/machine/seeded_entropy.h"

namespace swtee::capi {
namespace {

CallResult power_on(const swtee_machine_options* given, std::unique_ptr<swtee_machine>& made) {
  const auto options = SWTEE_TRY(take_struct(given, sizeof(swtee_machine_options), "options"));
  SWTEE_TRY(need(options.config_json, "options.config_json"));
  if ((options.nv_record == nullptr) != (options.nv_record_len == 0))
    return refuse(SWTEE_E_ARGUMENT, "options.nv_record and nv_record_len: both, or null and 0");
  if ((options.saved == nullptr) != (options.saved_len == 0))
    return refuse(SWTEE_E_ARGUMENT, "options.saved and saved_len: both, or null and 0");
  if (options.saved != nullptr && options.trace != nullptr)
    return refuse(SWTEE_E_ARGUMENT, "options.trace: a trace begins with power-on, not with a saved machine");
  const auto config = config::parse_platform(options.config_json);
  if (!config.ok()) return refuse(SWTEE_E_CONFIG, config.error().what());
  if (const auto valid = config::validate(config.value()); !valid.ok()) return refuse(SWTEE_E_CONFIG, valid.error().what());

  auto handle = std::make_unique<swtee_machine>(options);
  handle->busy = true;
  if (config.value().entropy != "random")
    handle->entropy = std::make_unique<machine::SeededEntropy>(config.value().entropy);
  else if (options.entropy != nullptr)
    handle->entropy = std::make_unique<CallbackEntropy>(options);
  else
    return refuse(SWTEE_E_CONFIG, "entropy: \"random\" needs the options' entropy callback; any other text is a seed");

  if (options.trace != nullptr) handle->trace = std::make_unique<CallbackTrace>(options);

  const machine::MachinePorts ports{*handle->entropy, handle->nv, handle->faults, nullptr, handle->trace.get()};
  auto on = options.saved == nullptr
                ? machine::Machine::power_on(config.value(), ports)
                : machine::Machine::load(config.value(), ports, {static_cast<const std::uint8_t*>(options.saved), options.saved_len});
  if (!on.ok()) return refuse(handle->nv.failed() ? SWTEE_E_CALLBACK : SWTEE_E_STATE, on.error().what());
  handle->machine = std::move(on).value();
  handle->busy = false;
  made = std::move(handle);
  return {};
}

void put_text(const std::string& text, char* out, std::size_t size) {
  if (out == nullptr || size == 0) return;
  const std::size_t count = std::min(text.size(), size - 1);
  std::memcpy(out, text.data(), count);
  out[count] = '\0';
}

swtee_platform_facts facts_of(machine::Machine& machine) {
  const config::PlatformConfig& config = machine.config();
  const ProductRow& product = *config.product;
  swtee_platform_facts facts{};
  put_text(std::string(product.platform), facts.platform, sizeof(facts.platform));
  std::copy(machine.chip().id.begin(), machine.chip().id.end(), facts.chip_id);
  facts.chip_id_size = product.chip_id_size;
  facts.cpuid_signature = product.cpuid_signature;
  facts.memory_size = config.memory;
  facts.rmp_address = machine.memory().software_size();
  facts.cores = config.cores;
  facts.sockets = config.sockets;
  facts.asids = product.asids;
  facts.c_bit = product.c_bit;
  facts.address_bits = product.address_bits;
  return facts;
}

}  // namespace
}  // namespace swtee::capi

using namespace swtee::capi;

swtee_error swtee_machine_new(const swtee_machine_options* options, swtee_machine** machine, char* error_text,
                              std::size_t error_text_size) {
  if (machine != nullptr) *machine = nullptr;
  std::unique_ptr<swtee_machine> made;
  const swtee_error code = guarded(
      [&]() -> CallResult {
        SWTEE_TRY(need(machine, "machine"));
        return power_on(options, made);
      },
      [&](const std::string& text) { put_text(text, error_text, error_text_size); });
  if (code == SWTEE_OK) *machine = made.release();
  return code;
}

void swtee_machine_free(swtee_machine* machine) {
  if (machine != nullptr && !machine->busy) delete machine;
}

const char* swtee_machine_error(const swtee_machine* machine) { return machine == nullptr ? nullptr : machine->error.c_str(); }

swtee_error swtee_machine_facts(swtee_machine* machine, swtee_platform_facts* facts) {
  return on_machine(machine, [&](swtee::machine::Machine& on) -> CallResult {
    SWTEE_TRY(check_room(facts, sizeof(swtee_platform_facts), "facts"));
    give_struct(facts_of(on), facts);
    return {};
  });
}

swtee_error swtee_machine_nv_record(swtee_machine* machine, void* record, std::size_t record_size, std::size_t* record_len) {
  return on_machine(machine, [&](const swtee::machine::Machine&) -> CallResult {
    SWTEE_TRY(need(record_len, "record_len"));
    if (record_size != 0) SWTEE_TRY(need(record, "record"));
    const auto& stored = machine->nv.record().value();
    *record_len = stored.size();
    if (stored.size() > record_size)
      return refuse(SWTEE_E_ARGUMENT, "the record has " + std::to_string(stored.size()) + " bytes, record_size is " + std::to_string(record_size));
    std::copy(stored.begin(), stored.end(), static_cast<std::uint8_t*>(record));
    return {};
  });
}

swtee_error swtee_machine_save(swtee_machine* machine, int (*write)(void*, const void*, std::size_t), void* context) {
  return on_machine(machine, [&](const swtee::machine::Machine& on) -> CallResult {
    if (write == nullptr) return refuse(SWTEE_E_ARGUMENT, "write is null");
    const std::vector<std::uint8_t> saved = on.save();
    if (write(context, saved.data(), saved.size()) != 0) return refuse(SWTEE_E_CALLBACK, "the write callback reported a failure");
    return {};
  });
}

const char* swtee_version() { return SWTEE_LIBRARY_VERSION; }

const char* swtee_error_name(int error) {
  static constexpr const char* kNames[] = {"SWTEE_OK",         "SWTEE_E_ARGUMENT", "SWTEE_E_CONFIG",    "SWTEE_E_STATE",
                                           "SWTEE_E_CALLBACK", "SWTEE_E_RANGE",    "SWTEE_E_REFUSED",   "SWTEE_E_BUSY",
                                           "SWTEE_E_NO_MEMORY", "SWTEE_E_INTERNAL"};
  return error >= 0 && static_cast<std::size_t>(error) < std::size(kNames) ? kNames[error] : nullptr;
}
