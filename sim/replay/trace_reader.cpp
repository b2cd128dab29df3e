// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/trace_reader.h"

#include "firmware/contract/require.h"
#include "sim/config/json_members.h"
#include "sim/replay/byte_text.h"
#include "sim/replay/trace_writer.h"

#include <istream>

namespace swtee::replay {
namespace {

using config::Json;
using config::Setters;

std::string at_line(std::uint64_t line) { return "line " + std::to_string(line); }

Result<void> require_members(const Json& json, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (!json.contains(name)) return fail("the member \"" + std::string(name) + "\" is missing");
  return {};
}

Result<TraceHeader> parse_header(const std::string& line) {
  const Json json = SWTEE_TRY(config::parse_document(line));
  SWTEE_TRY(require_members(json, {"swtee_trace", "swtee", "platform", "nv"}));
  TraceHeader header;
  std::uint64_t version = 0;
  SWTEE_TRY(config::number_into(version, ~std::uint64_t{0})(json["swtee_trace"], "swtee_trace"));
  if (version != kTraceVersion)
    return fail("the trace has format version " + std::to_string(version) + "; this program reads version " + std::to_string(kTraceVersion));
  const auto record = [&header](const Json& value) -> Result<void> {
    if (value.is_null()) return {};
    if (!value.is_string()) return fail("null or a text is wanted");
    header.record = SWTEE_TRY(to_bytes(value.get_ref<const std::string&>(), kRecordMax));
    return {};
  };
  const auto platform = [&header](const Json& value) -> Result<void> {
    header.platform = SWTEE_TRY(config::parse_platform(value.dump(-1, ' ', false, Json::error_handler_t::replace)));
    return {};
  };
  SWTEE_TRY(config::apply(json,
                          {{"swtee_trace", config::number_into(version, kTraceVersion)},
                           {"swtee", config::text_into(header.program)},
                           {"platform", platform},
                           {"nv", record}},
                          ""));
  return header;
}

Result<void> parse_inputs(const Json& value, TraceEvent& event) {
  if (!value.is_object()) return fail("an object is wanted");
  for (const auto& [name, input] : value.items()) {
    if (input.is_number_unsigned())
      event.inputs[name] = input.get<std::uint64_t>();
    else if (input.is_string())
      event.inputs[name] = input.get<std::string>();
    else
      return fail(name + ": a number or a text is wanted");
  }
  return {};
}

Result<TraceEvent> parse_event(const std::string& line) {
  const Json json = SWTEE_TRY(config::parse_document(line));
  SWTEE_TRY(require_members(json, {"seq", "op", "inputs", "result"}));
  TraceEvent event;
  SWTEE_TRY(config::apply(json,
                          {{"seq", config::number_into(event.seq, ~std::uint64_t{0})},
                           {"op", config::text_into(event.op)},
                           {"inputs", [&event](const Json& value) -> Result<void> { return parse_inputs(value, event); }},
                           {"result", config::text_into(event.result)},
                           {"sha256", config::text_into(event.sha256)}},
                          ""));
  return event;
}

}  // namespace

Result<std::uint64_t> TraceEvent::number(const std::string& name, std::uint64_t most) const {
  const auto found = inputs.find(name);
  if (found == inputs.end()) return fail(op + ": the input \"" + name + "\" is missing");
  const auto* value = std::get_if<std::uint64_t>(&found->second);
  if (value == nullptr) return fail(op + ": " + name + ": a number is wanted");
  if (*value > most) return fail(op + ": " + name + ": " + std::to_string(*value) + " is above " + std::to_string(most));
  return *value;
}

Result<bool> TraceEvent::flag(const std::string& name) const { return SWTEE_TRY(number(name, 1)) != 0; }

Result<std::string> TraceEvent::text(const std::string& name) const {
  const auto found = inputs.find(name);
  if (found == inputs.end()) return fail(op + ": the input \"" + name + "\" is missing");
  const auto* value = std::get_if<std::string>(&found->second);
  if (value == nullptr) return fail(op + ": " + name + ": a text is wanted");
  return *value;
}

Result<std::vector<std::uint8_t>> TraceEvent::bytes(const std::string& name, std::size_t most) const {
  const std::string value = SWTEE_TRY(text(name));
  auto decoded = to_bytes(value, most);
  if (!decoded.ok()) return Failure(decoded.error().in(op + ": " + name));
  return decoded;
}

Result<TraceReader> TraceReader::open(std::istream& in) {
  TraceReader reader(in);
  const auto line = SWTEE_TRY(reader.next_line());
  if (!line.has_value()) return fail("line 1: the trace is empty");
  auto header = parse_header(*line);
  if (!header.ok()) return Failure(header.error().in(at_line(reader.line_)));
  reader.header_ = std::move(header).value();
  return reader;
}

Result<std::optional<TraceEvent>> TraceReader::next() {
  const auto line = SWTEE_TRY(next_line());
  if (!line.has_value()) return std::optional<TraceEvent>{};
  auto event = parse_event(*line);
  if (!event.ok()) return Failure(event.error().in(at_line(line_)));
  event.value().line = line_;
  if (event.value().seq != seq_ + 1)
    return fail(at_line(line_) + ": seq is " + std::to_string(event.value().seq) + " where " + std::to_string(seq_ + 1) + " is wanted");
  ++seq_;
  return std::optional(std::move(event).value());
}

Result<std::optional<std::string>> TraceReader::next_line() {
  std::string line;
  ++line_;
  for (int c = in_->get(); c != std::istream::traits_type::eof(); c = in_->get()) {
    if (c == '\n') return std::optional(std::move(line));
    if (line.size() == kLineMax) return fail(at_line(line_) + ": longer than " + std::to_string(kLineMax) + " bytes");
    line += static_cast<char>(c);
  }
  if (!line.empty()) return fail(at_line(line_) + ": the line has no end; the trace was cut off");
  return std::optional<std::string>{};
}

}  // namespace swtee::replay
