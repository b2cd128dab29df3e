// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/replay/replay.h"

#include <fstream>
#include <ostream>

namespace swtee::cli {
namespace {

/// Bytes of a memory access fill no screen.
std::string shortened(const std::string& text) {
  constexpr std::size_t kMost = 160;
  return text.size() <= kMost ? text : text.substr(0, kMost) + "... (" + std::to_string(text.size()) + " characters)";
}

void print(const replay::Outcome& outcome, std::ostream& out) {
  if (!outcome.difference.has_value()) {
    out << "Identical: " << outcome.events << " events, recorded by swtee " << outcome.program << ".\n";
    return;
  }
  const replay::Difference& d = *outcome.difference;
  out << "Different: event " << d.seq << " (line " << d.line << "), " << d.op << ", " << d.field << "\n  expected " << shortened(d.expected)
      << "\n  got      " << shortened(d.got) << "\nThe " << outcome.events << " events before it were identical; recorded by swtee "
      << outcome.program << ".\n";
}

Json json_of(const replay::Outcome& outcome) {
  Json json{{"identical", !outcome.difference.has_value()}, {"events", outcome.events}, {"recorded_by", outcome.program}};
  if (outcome.difference.has_value()) {
    const replay::Difference& d = *outcome.difference;
    json["difference"] = {{"seq", d.seq},     {"line", d.line},         {"op", d.op},
                          {"field", d.field}, {"expected", d.expected}, {"got", d.got}};
  }
  return json;
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kReplayCommand, arguments, {1, 1}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const std::string& path = line.operands.front();
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return environment_error(kReplayCommand, "cannot read " + path, context);
  }
  const auto outcome = replay::replay(path == "-" ? context.in : file);
  if (!outcome.ok()) return usage_error(kReplayCommand, path + ": " + outcome.error().what(), context);
  if (line.json)
    print_json(json_of(outcome.value()), context.out);
  else
    print(outcome.value(), context.out);
  return outcome.value().difference.has_value() ? kNo : kYes;
}

}  // namespace

const Command kReplayCommand{
    "replay", "do everything of a trace again on a new machine, and compare", "TRACE",
    "TRACE was recorded with --trace of `swtee run` or `swtee report`; \"-\" is standard input. Each call is executed again,\n"
    "with the random numbers of the trace, and its result and the bytes that it gave back are compared.\n\n"
    "Exits 0 when all was identical, 1 with the first difference, 2 when the trace cannot be understood.",
    "  swtee report --trace t.jsonl && swtee replay t.jsonl\n", nullptr, run};

}  // namespace swtee::cli
