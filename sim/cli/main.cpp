// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.h"
#include "sim/embedded/system_ports.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace swtee::cli {
namespace {

void print_overview(std::ostream& out) {
  out << "swtee: the AMD SEV-SNP security processor in software, with test keys\n\n"
         "Usage: swtee COMMAND [OPTIONS]\n\n";
  for (const Command* command : all_commands()) {
    out << "  " << command->name << std::string(std::max<std::size_t>(1, 12 - command->name.size()), ' ') << command->summary << '\n';
  }
  out << "\nSWTEE COMMAND --help explains a command. Exit codes: 0 yes, 1 no, 2 wrong usage, 3 the machine or a file failed.\n"
         "First steps:\n"
         "  swtee run -- sh -c 'cd /sys/kernel/config/tsm/report && mkdir r && head -c64 /dev/urandom >r/inblob && cat r/outblob' >r.bin\n"
         "  swtee show r.bin\n"
         "  swtee verify --root swtee-test r.bin\n";
}

int dispatch(const Arguments& arguments, Context& context) {
  if (arguments.empty()) {
    print_overview(context.err);
    return kUsage;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    print_overview(context.out);
    return kYes;
  }
  if (name == "--version") {
    context.out << "swtee " << kVersion << '\n';
    return kYes;
  }
  for (const Command* command : all_commands())
    if (command->name == name) return command->run({arguments.begin() + 1, arguments.end()}, context);
  context.err << "swtee: there is no command '" << name << "'; `swtee --help` lists them\n";
  return kUsage;
}

}  // namespace
}  // namespace swtee::cli

int main(int argc, char** argv) {
  using namespace swtee;
  const embedded::SystemClock clock;
  cli::Context context{std::cout, std::cerr, std::cin, clock, ::isatty(STDOUT_FILENO) == 1};
  const int code = cli::dispatch(cli::Arguments(argv + 1, argv + argc), context);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "swtee: cannot write to standard output\n";
    return cli::kEnvironment;
  }
  return code;
}
