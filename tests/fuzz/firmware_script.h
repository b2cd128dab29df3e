// SPDX-License-Identifier: Apache-2.0
/// Command sequences of a host as text, for the fuzz target of the firmware: readable as a seed, and structure for the
/// mutator to work on. One step a line, numbers in hex, "@10" is the address of page 0x10, "#" begins a comment:
///
///   SNP_LAUNCH_START @10 30000            a command with the fields of its buffer in order; missing ones are 0
///   command c7 00000100                   a command by id, its buffer as bytes
///   rmp 10 firmware                       RMPUPDATE: shared, firmware, guest ASID GPA-PAGE [large],
///                                         raw ASSIGNED IMMUTABLE ASID GPA-PAGE LARGE
///   put 20 0 01 02 *30 ff                 the host writes bytes to a page at an offset; "*30 ff" repeats a byte
///   wbinvd                                on every core
///   cores 1                               ready for SNP or not
///   hardware 0                            the next command meets a fault: 0 none, 1 platform, 2 unsafe
///   seal 30 10 0 5 1 1 00*..              a guest's message to page 30: context page, VMPCK, type, version, sequence
///                                         number, payload
///
/// Lines that make no sense are skipped.
#pragma once

#include <swtee/abi/wire.h>

#include <string>
#include <string_view>
#include <vector>

namespace swtee::fuzz {

struct ScriptStep {
  std::string_view verb;
  std::vector<std::string_view> words;
};

inline constexpr std::size_t kScriptSteps = 96;

/// The first kScriptSteps lines, comments and empty ones left out.
std::vector<ScriptStep> parse_script(std::string_view text);

/// A number of a script, 0 for a word that is none.
std::uint64_t script_number(std::string_view word);

/// The bytes that words from `first` on name, at most a page.
std::vector<std::uint8_t> script_bytes(const ScriptStep& step, std::size_t first);

/// A command by its name: id and the widths of its buffer's fields in bytes. Null when there is none.
struct ScriptCommand {
  std::string_view name;
  std::uint32_t id;
  std::string_view widths;  ///< one digit a field
};
const ScriptCommand* find_script_command(std::string_view name);

/// The command buffer for a step.
std::vector<std::uint8_t> script_buffer(const ScriptCommand& command, const ScriptStep& step);

/// The text with one line or word changed: steps moved, repeated, dropped or made new, numbers replaced by numbers that
/// mean something to a firmware.
std::string mutate_script(std::string_view text, unsigned seed);

}  // namespace swtee::fuzz
