// SPDX-License-Identifier: Apache-2.0
#include "sim/capi/ports.h"

#include "firmware/contract/require.h"

#include <string>

namespace swtee::capi {

void CallbackEntropy::fill(std::string_view stream, MutableBytes out) {
  fill_(context_, std::string(stream).c_str(), out.data(), out.size());
}

CallbackNvStore::CallbackNvStore(const swtee_machine_options& options) : context_(options.context), store_(options.nv_store) {
  if (options.nv_record == nullptr) return;
  const auto* begin = static_cast<const std::uint8_t*>(options.nv_record);
  record_.emplace(begin, begin + options.nv_record_len);
}

Result<void> CallbackNvStore::store(ByteView record) {
  std::vector<std::uint8_t> kept(record.begin(), record.end());
  if (store_ != nullptr && store_(context_, kept.data(), kept.size()) != 0) {
    failed_ = true;
    return fail("the nv_store callback reported a failure");
  }
  record_ = std::move(kept);
  return {};
}

HardwareFault CallbackFaults::on_command(std::uint32_t command_id) {
  switch (ask_ == nullptr ? 0 : ask_(context_, command_id)) {
    case 1: return HardwareFault::platform;
    case 2: return HardwareFault::unsafe;
    default: return HardwareFault::none;
  }
}

void CallbackTrace::power_on(const config::PlatformConfig& config, const std::optional<std::vector<std::uint8_t>>& record) {
  writer_.power_on(config, record);
  hand_over();
}

void CallbackTrace::call(const machine::CallEvent& event) {
  writer_.call(event);
  hand_over();
}

void CallbackTrace::hand_over() {
  std::string line = text_.str();
  text_.str({});
  line.pop_back();  // the line feed
  line_(context_, line.c_str());
}

}  // namespace swtee::capi
