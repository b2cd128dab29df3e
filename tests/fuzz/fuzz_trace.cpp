// SPDX-License-Identifier: Apache-2.0
/// Traces: whatever is in them, the answer is an outcome or an error with a line; and the same text has the same answer.
#include "sim/replay/replay.h"
#include "sim/replay/trace_reader.h"
#include "tests/fuzz/harness.h"

#include <array>
#include <random>
#include <sstream>
#include <string>

namespace swtee::fuzz {
namespace {

/// A larger machine is only slower.
constexpr std::uint64_t kMemoryMax = std::uint64_t{64} << 20;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

/// Numbers the events anew: a trace with lines moved is then a trace again.
std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i];
    if (line.starts_with("{\"seq\":")) line = "{\"seq\":" + std::to_string(i) + line.substr(std::min(line.find(','), line.size()));
    text += line + "\n";
  }
  return text;
}

constexpr std::array<std::string_view, 16> kValues{"0", "1", "2", "4096", "67108864", "4294967296", "18446744073709551615", "-1", "\"\"",
                                                   "\"00*4096\"", "\"0102 00*14\"", "\"host\"", "\"bus\"", "[]", "null", "{}"};

/// One value of a line becomes another.
void change_value(std::string& line, std::mt19937& random) {
  const std::size_t start = line.find(':', random() % (line.size() + 1));
  if (start == std::string::npos) return;
  const std::size_t end = line.find_first_of(",}", start);
  line.replace(start + 1, (end == std::string::npos ? line.size() : end) - start - 1, kValues[random() % kValues.size()]);
}

}  // namespace

void fuzz_one(ByteView input) {
  const std::string text(input.begin(), input.end());
  std::istringstream header(text);
  if (const auto reader = replay::TraceReader::open(header); reader.ok() && reader.value().header().platform.memory > kMemoryMax) return;
  std::istringstream in(text);
  const auto outcome = replay::replay(in);
  if (!outcome.ok()) {
    FUZZ_REQUIRE(outcome.error().what().starts_with("line "));
    return;
  }
  const auto& difference = outcome.value().difference;
  if (!difference.has_value()) return;
  FUZZ_REQUIRE(difference->line == difference->seq + 1);
  FUZZ_REQUIRE(!difference->field.empty() && difference->expected != difference->got);
}

/// Lines are moved, dropped, repeated or changed in one value.
void mutate(std::vector<std::uint8_t>& input, std::size_t max_size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::string> lines = lines_of({reinterpret_cast<const char*>(input.data()), input.size()});
  if (lines.size() < 2 || random() % 8 == 0) return mutate_bytes(input, max_size);
  const std::size_t at = 1 + random() % (lines.size() - 1);
  const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 4) {
    case 0: lines.erase(place); break;
    case 1: lines.insert(place, lines[1 + random() % (lines.size() - 1)]); break;
    case 2: std::swap(lines[at], lines[1 + random() % (lines.size() - 1)]); break;
    default: change_value(lines[random() % lines.size()], random);
  }
  const std::string text = join(lines);
  input.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), max_size)));
}

}  // namespace swtee::fuzz
