// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/sandbox/doctor.h"

#include <ostream>

namespace swtee::cli {
namespace {

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kDoctorCommand, arguments, {0, 0}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto findings = sandbox::examine_machine();
  const bool usable = sandbox::sandbox_usable(findings);
  if (std::get<ParsedCommandLine>(parsed).json) {
    Json list = Json::array();
    for (const sandbox::Finding& finding : findings)
      list.push_back({{"name", finding.name}, {"ok", finding.ok}, {"needed", finding.needed}, {"why", finding.why}, {"remedy", finding.remedy}});
    print_json({{"run_works", usable}, {"findings", list}}, context.out);
    return usable ? kYes : kNo;
  }
  for (const sandbox::Finding& finding : findings) {
    context.out << (finding.ok ? "ok       " : finding.needed ? "MISSING  " : "missing  ") << finding.name;
    if (!finding.why.empty()) context.out << ": " << finding.why;
    context.out << '\n';
    if (!finding.ok && !finding.remedy.empty()) context.out << "         remedy: " << finding.remedy << '\n';
  }
  context.out << (usable ? "`swtee run` works on this machine.\n"
                         : "`swtee run` does not work on this machine; `swtee report`, `serve`, `verify`, `show` and `measure` do.\n");
  return usable ? kYes : kNo;
}

}  // namespace

const Command kDoctorCommand{"doctor", "say what this machine can and cannot do, and why", "",
                             "Tries in a child process what `swtee run` needs of the kernel; changes nothing. Exits 0 when `swtee run`\n"
                             "works here, 1 when not.",
                             "  swtee doctor\n", nullptr, run};

}  // namespace swtee::cli
