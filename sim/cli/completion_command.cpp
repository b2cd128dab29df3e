// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/commands.h"

#include <ostream>

namespace swtee::cli {
namespace {

/// The long options of a command, separated by blanks.
std::string option_words(const Command& command) {
  std::string words = "--help --json";
  if (command.options == nullptr) return words;
  const auto description = command.options();
  for (const auto& option : description.options()) words += " --" + option->long_name();
  return words;
}

std::string command_names() {
  std::string names;
  for (const Command* command : all_commands()) names += (names.empty() ? "" : " ") + std::string(command->name);
  return names;
}

void print_bash(std::ostream& out) {
  out << "# swtee completion for bash: source <(swtee completion bash)\n"
         "_swtee() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    words='" << command_names() << " --help --version'\n"
         "  elif [[ $previous == --platform ]]; then\n"
         "    words='snp:milan snp:genoa snp:bergamo snp:siena snp:turin'\n"
         "  else\n"
         "    case ${COMP_WORDS[1]} in\n";
  for (const Command* command : all_commands())
    out << "      " << command->name << ") words='" << option_words(*command) << "' ;;\n";
  out << "    esac\n"
         "    [[ $word == -* ]] || words=\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -o default -F _swtee swtee\n";
}

void print_zsh(std::ostream& out) {
  out << "# swtee completion for zsh: source <(swtee completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n";
  print_bash(out);
}

void print_fish(std::ostream& out) {
  out << "# swtee completion for fish: swtee completion fish | source\n";
  for (const Command* command : all_commands()) {
    out << "complete -c swtee -n __fish_use_subcommand -a " << command->name << " -d '" << command->summary << "'\n";
    if (command->options == nullptr) continue;
    const auto description = command->options();
    for (const auto& option : description.options())
      out << "complete -c swtee -n '__fish_seen_subcommand_from " << command->name << "' -l " << option->long_name() << '\n';
  }
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kCompletionCommand, arguments, {1, 1}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const std::string& shell = std::get<ParsedCommandLine>(parsed).operands.front();
  if (shell == "bash")
    print_bash(context.out);
  else if (shell == "zsh")
    print_zsh(context.out);
  else if (shell == "fish")
    print_fish(context.out);
  else
    return usage_error(kCompletionCommand, "there is no completion for '" + shell + "'; there is bash, zsh and fish", context);
  return kYes;
}

}  // namespace

const Command kCompletionCommand{"completion", "print completion for a shell", "bash|zsh|fish",
                                 "Prints a script that completes commands and options.",
                                 "  source <(swtee completion bash)\n", nullptr, run};

}  // namespace swtee::cli
