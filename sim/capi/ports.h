// SPDX-License-Identifier: Apache-2.0
/// The ports of a machine whose outside world is a C program.
#pragma once

#include "firmware/platform/entropy.h"
#include "firmware/platform/faults.h"
#include "firmware/platform/nv_store.h"
#include "sim/capi/include/swtee/swtee.h"
#include "sim/replay/trace_writer.h"

#include <sstream>

namespace swtee::capi {

class CallbackEntropy final : public Entropy {
 public:
  /// `options.entropy` is not null.
  explicit CallbackEntropy(const swtee_machine_options& options) : context_(options.context), fill_(options.entropy) {}
  void fill(std::string_view stream, MutableBytes out) override;

 private:
  void* context_;
  void (*fill_)(void*, const char*, void*, std::size_t);
};

/// Keeps the record, and shows each new one to the caller's callback first: what the caller could not store is not kept.
class CallbackNvStore final : public NvStore {
 public:
  explicit CallbackNvStore(const swtee_machine_options& options);
  Result<std::optional<std::vector<std::uint8_t>>> load() override { return record_; }
  Result<void> store(ByteView record) override;

  const std::optional<std::vector<std::uint8_t>>& record() const { return record_; }
  /// The callback has reported a failure at least once.
  bool failed() const { return failed_; }

 private:
  void* context_;
  int (*store_)(void*, const void*, std::size_t);
  std::optional<std::vector<std::uint8_t>> record_;
  bool failed_ = false;
};

class CallbackFaults final : public Faults {
 public:
  explicit CallbackFaults(const swtee_machine_options& options) : context_(options.context), ask_(options.fault) {}
  HardwareFault on_command(std::uint32_t command_id) override;

 private:
  void* context_;
  std::uint32_t (*ask_)(void*, std::uint32_t);
};

class CallbackTrace final : public machine::CallSink {
 public:
  /// `options.trace` is not null.
  explicit CallbackTrace(const swtee_machine_options& options) : context_(options.context), line_(options.trace) {}
  void power_on(const config::PlatformConfig& config, const std::optional<std::vector<std::uint8_t>>& record) override;
  void call(const machine::CallEvent& event) override;

 private:
  void hand_over();

  void* context_;
  void (*line_)(void*, const char*);
  std::ostringstream text_;
  replay::TraceWriter writer_{text_, swtee_version()};
};

}  // namespace swtee::capi
