// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay.h"

#include "firmware/contract/require.h"
#include "sim/machine/machine.h"
#include "sim/replay/byte_text.h"
#include "sim/replay/call_table.h"
#include "sim/replay/trace_reader.h"
#include "sim/replay/trace_writer.h"

#include <algorithm>
#include <deque>

namespace swtee::replay {
namespace {

/// The events that one call should make, in order: those of ports, then its own.
using Expected = std::deque<TraceEvent>;

std::string text_of(const machine::CallField& field) {
  if (const auto* number = std::get_if<std::uint64_t>(&field.value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return std::string(*text);
  return to_text(std::get<ByteView>(field.value));
}

/// The recorded input as the machine would have written it.
std::string text_of(const TraceEvent& event, const machine::CallField& field) {
  const auto found = event.inputs.find(std::string(field.name));
  if (found == event.inputs.end()) return "nothing";
  if (const auto* number = std::get_if<std::uint64_t>(&found->second)) return std::to_string(*number);
  const std::string& text = std::get<std::string>(found->second);
  if (!std::holds_alternative<ByteView>(field.value)) return text;
  const auto bytes = to_bytes(text, kAccessMax);
  return bytes.ok() ? to_text(bytes.value()) : text;
}

/// Compares what the machine does with what it did.
class Comparison final : public machine::CallSink {
 public:
  Expected expected;
  std::uint64_t alike = 0;
  std::optional<Difference> difference;

  void power_on(const config::PlatformConfig&, const std::optional<std::vector<std::uint8_t>>&) override {}

  void call(const machine::CallEvent& event) override {
    if (difference.has_value()) return;
    if (expected.empty()) return differ(last_, "op", "nothing", std::string(event.op));
    last_ = std::move(expected.front());
    expected.pop_front();
    compare(last_, event);
    if (!difference.has_value()) ++alike;
  }

  /// The machine made fewer events than the trace has.
  void finish_call() {
    if (!difference.has_value() && !expected.empty()) differ(expected.front(), "op", expected.front().op, "nothing");
  }

  /// The event that a port is asked to repeat, or null.
  const TraceEvent* next_of(std::string_view op) const {
    return difference.has_value() || expected.empty() || expected.front().op != op ? nullptr : &expected.front();
  }

 private:
  void differ(const TraceEvent& at, const std::string& field, std::string wanted, std::string got) {
    if (!difference.has_value()) difference = Difference{at.line, at.seq, at.op, field, std::move(wanted), std::move(got)};
  }

  void compare(const TraceEvent& recorded, const machine::CallEvent& event) {
    if (recorded.op != event.op) return differ(recorded, "op", recorded.op, std::string(event.op));
    for (const machine::CallField& field : event.inputs) {
      const std::string wanted = text_of(recorded, field);
      const std::string got = text_of(field);
      if (wanted != got) return differ(recorded, std::string(field.name), wanted, got);
    }
    for (const auto& [name, value] : recorded.inputs) {
      const bool known = std::any_of(event.inputs.begin(), event.inputs.end(), [&n = name](const auto& field) { return field.name == n; });
      if (!known) return differ(recorded, name, "an input", "nothing");
    }
    if (recorded.result != event.result) return differ(recorded, "result", recorded.result, std::string(event.result));
    const std::string digest = event.output.empty() ? "" : digest_text(event.output);
    if (recorded.sha256 != digest)
      differ(recorded, "sha256", recorded.sha256.empty() ? "nothing" : recorded.sha256, digest.empty() ? "nothing" : digest);
  }

  TraceEvent last_;
};

class ReplayedEntropy final : public Entropy {
 public:
  explicit ReplayedEntropy(const Comparison& comparison) : comparison_(comparison) {}
  /// Zeros where the trace has no numbers of this size: the comparison sees the difference.
  void fill(std::string_view, MutableBytes out) override {
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    const TraceEvent* const event = comparison_.next_of("entropy");
    if (event == nullptr) return;
    const auto bytes = event->bytes("bytes", kAccessMax);
    if (bytes.ok() && bytes.value().size() == out.size()) std::copy(bytes.value().begin(), bytes.value().end(), out.begin());
  }

 private:
  const Comparison& comparison_;
};

class ReplayedNvStore final : public NvStore {
 public:
  ReplayedNvStore(const Comparison& comparison, std::optional<std::vector<std::uint8_t>> record)
      : comparison_(comparison), record_(std::move(record)) {}
  Result<std::optional<std::vector<std::uint8_t>>> load() override { return record_; }
  Result<void> store(ByteView record) override {
    const TraceEvent* const event = comparison_.next_of("nv_store");
    if (event != nullptr && event->result != "OK") return fail("the storage failed when the trace was recorded");
    record_.emplace(record.begin(), record.end());
    return {};
  }

 private:
  const Comparison& comparison_;
  std::optional<std::vector<std::uint8_t>> record_;
};

class ReplayedFaults final : public Faults {
 public:
  explicit ReplayedFaults(const Comparison& comparison) : comparison_(comparison) {}
  HardwareFault on_command(std::uint32_t) override {
    const TraceEvent* const event = comparison_.next_of("fault");
    if (event == nullptr) return HardwareFault::none;
    return event->result == "HWERROR_PLATFORM" ? HardwareFault::platform : HardwareFault::unsafe;
  }

 private:
  const Comparison& comparison_;
};

/// Reads on to the next call of a door, which is then the last of `comparison.expected`. False at the end of the trace.
Result<bool> read_call(TraceReader& reader, Comparison& comparison) {
  comparison.expected.clear();
  while (true) {
    auto event = SWTEE_TRY(reader.next());
    if (!event.has_value()) {
      if (comparison.expected.empty()) return false;
      return fail("line " + std::to_string(comparison.expected.back().line) + ": the trace ends within a call");
    }
    const bool port = is_port_event(*event);
    if (port)
      if (const auto possible = check_port_event(*event); !possible.ok())
        return Failure(possible.error().in("line " + std::to_string(event->line)));
    comparison.expected.push_back(std::move(*event));
    if (!port) return true;
  }
}

}  // namespace

Result<Outcome> replay(std::istream& in) {
  TraceReader reader = SWTEE_TRY(TraceReader::open(in));
  Comparison comparison;
  ReplayedEntropy entropy(comparison);
  ReplayedNvStore nv(comparison, reader.header().record);
  ReplayedFaults faults(comparison);
  std::unique_ptr<machine::Machine> machine;
  for (bool first = true; SWTEE_TRY(read_call(reader, comparison)); first = false) {
    const TraceEvent call = comparison.expected.back();
    const std::string line = "line " + std::to_string(call.line);
    if (first != (call.op == "power_on")) return fail(line + ": the first call of a trace, and no other, is power_on");
    if (first) {
      auto on = machine::Machine::power_on(reader.header().platform, {entropy, nv, faults, nullptr, &comparison});
      if (on.ok()) machine = std::move(on).value();
    } else {
      if (machine == nullptr) return fail(line + ": after a failed power_on there is no machine");
      if (const auto done = do_again(*machine, call); !done.ok()) return Failure(done.error().in(line));
    }
    comparison.finish_call();
    if (comparison.difference.has_value()) break;
  }
  return Outcome{comparison.alike, reader.header().program, comparison.difference};
}

}  // namespace swtee::replay
