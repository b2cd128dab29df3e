// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/firmware_script.h"

#include <algorithm>
#include <array>
#include <random>

namespace swtee::fuzz {
namespace {

constexpr std::array kScriptCommands{
    ScriptCommand{"SNP_INIT", 0x81, ""},
    ScriptCommand{"SNP_SHUTDOWN", 0x82, ""},
    ScriptCommand{"SNP_PLATFORM_STATUS", 0x83, "8"},
    ScriptCommand{"SNP_DF_FLUSH", 0x84, ""},
    ScriptCommand{"SNP_INIT_EX", 0x85, "4482"},
    ScriptCommand{"SNP_SHUTDOWN_EX", 0x86, "44"},
    ScriptCommand{"SNP_DECOMMISSION", 0x90, "8"},
    ScriptCommand{"SNP_ACTIVATE", 0x91, "84"},
    ScriptCommand{"SNP_GUEST_STATUS", 0x92, "88"},
    ScriptCommand{"SNP_GCTX_CREATE", 0x93, "8"},
    ScriptCommand{"SNP_GUEST_REQUEST", 0x94, "888"},
    ScriptCommand{"SNP_ACTIVATE_EX", 0x95, "448448"},
    ScriptCommand{"SNP_HV_REPORT_REQ", 0x96, "4488"},
    ScriptCommand{"SNP_LAUNCH_START", 0xa0, "8884488"},
    ScriptCommand{"SNP_LAUNCH_UPDATE", 0xa1, "844811114"},
    ScriptCommand{"SNP_LAUNCH_FINISH", 0xa2, "88888888"},
    ScriptCommand{"SNP_DBG_DECRYPT", 0xb0, "888"},
    ScriptCommand{"SNP_DBG_ENCRYPT", 0xb1, "888"},
    ScriptCommand{"SNP_PAGE_SWAP_OUT", 0xc0, "888888"},
    ScriptCommand{"SNP_PAGE_SWAP_IN", 0xc1, "888888"},
    ScriptCommand{"SNP_PAGE_MOVE", 0xc2, "84488"},
    ScriptCommand{"SNP_PAGE_MD_INIT", 0xc3, "88"},
    ScriptCommand{"SNP_PAGE_RECLAIM", 0xc7, "8"},
    ScriptCommand{"SNP_PAGE_UNSMASH", 0xc8, "8"},
    ScriptCommand{"SNP_CONFIG", 0xc9, "84"},
    ScriptCommand{"SNP_COMMIT", 0xcb, "4"},
    ScriptCommand{"SNP_VLEK_LOAD", 0xcd, "448"},
    ScriptCommand{"SNP_FEATURE_INFO", 0xce, "448"},
};

constexpr std::array<std::string_view, 14> kOtherSteps{
    "rmp 10 firmware", "rmp 11 firmware", "rmp 20 guest 1 40", "rmp 21 guest 1 41", "rmp 20 shared", "rmp 10 shared",
    "rmp 12 raw 1 1 0 5 0", "wbinvd", "cores 1", "cores 0", "hardware 1", "put 20 0 *1000 a5", "command ff 00",
    "seal 30 10 0 5 1 1 *60 00",
};

constexpr std::array<std::string_view, 26> kNumbers{
    "0", "1", "2", "3", "4", "5", "6", "7", "f", "40", "ff", "1000", "30000", "b0000", "ffffffff", "ffffffffffffffff",
    "8000000000000000", "@10", "@11", "@12", "@20", "@21", "@30", "@31", "@3fff", "@4000",
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == line.npos) return words;
    line.remove_prefix(start);
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

class ScriptMutator {
 public:
  ScriptMutator(std::string_view text, unsigned seed) : random_(seed), lines_(lines_of(text)) {}

  std::string run() {
    const std::size_t changes = 1 + pick(4);
    for (std::size_t i = 0; i < changes; ++i) change();
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  template <class Range>
  const auto& any(const Range& range) {
    return range[pick(range.size())];
  }

  std::string new_step() {
    if (pick(3) == 0) return std::string(any(kOtherSteps));
    const ScriptCommand& command = any(kScriptCommands);
    std::string line(command.name);
    for (std::size_t i = 0; i < command.widths.size(); ++i) line += " " + std::string(any(kNumbers));
    return line;
  }

  void change_word(std::string& line) {
    const auto words = words_of(line);
    if (words.size() < 2) return;
    const std::size_t which = 1 + pick(words.size() - 1);
    std::string changed;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i != 0) changed += ' ';
      changed += i == which ? new_word(words[i]) : std::string(words[i]);
    }
    line = changed;
  }

  std::string new_word(std::string_view word) {
    if (word.empty() || pick(2) == 0) return std::string(any(kNumbers));
    std::string changed(word);
    changed[pick(changed.size())] = "0123456789abcdef@"[pick(17)];
    return changed;
  }

  void change() {
    const std::size_t kind = pick(8);
    if (lines_.empty() || kind == 0) {
      lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(pick(lines_.size() + 1)), new_step());
      return;
    }
    const std::size_t at = pick(lines_.size());
    if (kind == 1) lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(at));
    else if (kind == 2) std::swap(lines_[at], lines_[pick(lines_.size())]);
    else if (kind == 3) lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(pick(lines_.size())), std::string(lines_[at]));
    else change_word(lines_[at]);
  }

  std::mt19937 random_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<ScriptStep> parse_script(std::string_view text) {
  std::vector<ScriptStep> steps;
  while (!text.empty() && steps.size() < kScriptSteps) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) continue;
    const std::string_view verb = words.front();
    words.erase(words.begin());
    steps.push_back({verb, std::move(words)});
  }
  return steps;
}

std::uint64_t script_number(std::string_view word) {
  const bool page = word.starts_with('@');
  if (page) word.remove_prefix(1);
  std::uint64_t value = 0;
  for (char c : word) {
    if (c >= '0' && c <= '9') value = value << 4 | static_cast<std::uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'f') value = value << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    else return 0;
  }
  return page ? value << 12 : value;
}

std::vector<std::uint8_t> script_bytes(const ScriptStep& step, std::size_t first) {
  constexpr std::size_t kMost = 4096;
  std::vector<std::uint8_t> bytes;
  std::uint64_t repeat = 1;
  for (std::size_t i = first; i < step.words.size(); ++i) {
    const std::string_view word = step.words[i];
    if (word.starts_with('*')) {
      repeat = std::min<std::uint64_t>(script_number(word.substr(1)), kMost);
      continue;
    }
    for (; repeat != 0; --repeat)
      for (std::size_t at = 0; at + 2 <= word.size() && bytes.size() < kMost; at += 2)
        bytes.push_back(static_cast<std::uint8_t>(script_number(word.substr(at, 2))));
    repeat = 1;
  }
  return bytes;
}

const ScriptCommand* find_script_command(std::string_view name) {
  const auto found = std::find_if(kScriptCommands.begin(), kScriptCommands.end(), [&](const auto& row) { return row.name == name; });
  return found == kScriptCommands.end() ? nullptr : &*found;
}

std::vector<std::uint8_t> script_buffer(const ScriptCommand& command, const ScriptStep& step) {
  std::vector<std::uint8_t> buffer;
  for (std::size_t i = 0; i < command.widths.size(); ++i) {
    const std::uint64_t value = i < step.words.size() ? script_number(step.words[i]) : 0;
    for (int byte = 0; byte < command.widths[i] - '0'; ++byte) buffer.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
  }
  return buffer;
}

std::string mutate_script(std::string_view text, unsigned seed) { return ScriptMutator(text, seed).run(); }

}  // namespace swtee::fuzz
