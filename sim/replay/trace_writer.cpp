// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/trace_writer.h"

#include "firmware/crypto/digest.h"
#include "sim/replay/byte_text.h"

#include <nlohmann/json.hpp>

#include <ostream>

namespace swtee::replay {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const machine::CallField& field) {
  if (const auto* number = std::get_if<std::uint64_t>(&field.value)) return *number;
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return *text;
  return to_text(std::get<ByteView>(field.value));
}

void write_line(const Json& json, std::ostream& out) {
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" << std::flush;
}

}  // namespace

std::string digest_text(ByteView output) { return to_text(crypto::sha256(output)); }

void TraceWriter::power_on(const config::PlatformConfig& config, const std::optional<std::vector<std::uint8_t>>& record) {
  Json header{{"swtee_trace", kTraceVersion}, {"swtee", program_}};
  header["platform"] = Json::parse(config::format_platform(config));
  header["nv"] = record.has_value() ? Json(to_text(*record)) : Json();
  write_line(header, out_);
}

void TraceWriter::call(const machine::CallEvent& event) {
  Json json{{"seq", ++seq_}, {"op", event.op}};
  Json& inputs = json["inputs"] = Json::object();
  for (const machine::CallField& field : event.inputs) inputs[std::string(field.name)] = json_of(field);
  json["result"] = event.result;
  if (!event.output.empty()) json["sha256"] = digest_text(event.output);
  write_line(json, out_);
}

}  // namespace swtee::replay
