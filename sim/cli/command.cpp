// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/command.h"

#include <ostream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kOperands = "operands";

po::options_description shared_options() {
  po::options_description shared("Everywhere");
  shared.add_options()("json", "answer with JSON on standard output")("help,h", "print this help");
  return shared;
}

po::options_description all_options(const Command& command) {
  po::options_description all;
  if (command.options != nullptr) all.add(command.options());
  all.add(shared_options());
  return all;
}

std::string operand_problem(const Command& command, const Arguments& operands, OperandCount count) {
  if (operands.size() < count.least) return "expected " + std::string(command.operands) + " after the options";
  if (operands.size() > count.most)
    return count.most == 0 ? "takes no operand, but got '" + operands.front() + "'"
                           : "one operand too many: '" + operands[count.most] + "'";
  return {};
}

}  // namespace

std::optional<std::string> ParsedCommandLine::text(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return options[name].as<std::string>();
}

std::vector<std::string> ParsedCommandLine::texts(const std::string& name) const {
  if (!has(name)) return {};
  return options[name].as<std::vector<std::string>>();
}

std::variant<ParsedCommandLine, int> parse_command_line(const Command& command, const Arguments& arguments,
                                                        OperandCount count, Context& context) {
  po::options_description hidden;
  hidden.add_options()(kOperands, po::value<Arguments>());
  po::options_description accepted = all_options(command);
  accepted.add(hidden);
  po::positional_options_description positions;
  positions.add(kOperands, -1);

  ParsedCommandLine line;
  try {
    po::store(po::command_line_parser(arguments)
                  .options(accepted)
                  .positional(positions)
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              line.options);
    if (line.has("help")) {
      print_help(command, context.out);
      return kYes;
    }
    po::notify(line.options);
  } catch (const po::error& error) {
    return usage_error(command, error.what(), context);
  }
  line.json = line.has("json");
  if (line.has(kOperands)) line.operands = line.options[kOperands].as<Arguments>();
  const std::string problem = operand_problem(command, line.operands, count);
  if (!problem.empty()) return usage_error(command, problem, context);
  return line;
}

void print_help(const Command& command, std::ostream& out) {
  out << "swtee " << command.name << " - " << command.summary << "\n\n"
      << "Usage: swtee " << command.name << " [OPTION]..." << (command.operands.empty() ? "" : " ") << command.operands << "\n";
  if (!command.about.empty()) out << "\n" << command.about << "\n";
  out << "\n" << all_options(command);
  if (!command.examples.empty()) out << "\nExamples:\n" << command.examples << "\n";
  out << "\nExit code: 0 yes, 1 no, 2 wrong usage, 3 something outside failed (file, network, machine).\n";
}

int usage_error(const Command& command, const std::string& what, Context& context) {
  context.err << "swtee " << command.name << ": " << what << "\n"
              << "Try 'swtee " << command.name << " --help'.\n";
  return kUsage;
}

int environment_error(const Command& command, const std::string& what, Context& context) {
  context.err << "swtee " << command.name << ": " << what << "\n";
  return kEnvironment;
}

}  // namespace swtee::cli
