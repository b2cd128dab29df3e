// SPDX-License-Identifier: Apache-2.0
/// Platform and guest descriptions in JSON: whatever is accepted is a platform that the rules allow, whatever is refused
/// says why.
#include "sim/config/guest_config.h"
#include "sim/config/platform_config.h"
#include "tests/fuzz/harness.h"

#include <array>
#include <cctype>
#include <random>

namespace swtee::fuzz {
namespace {

constexpr std::array<std::string_view, 36> kValues{
    "0", "1", "2", "3", "5", "8", "9", "255", "256", "4096", "4097", "65536", "67108864", "4294967295", "4294967296",
    "18446744073709551615", "18446744073709551616", "-1", "1.5", "1e3", "true", "false", "null", "[]", "{}", "\"\"", "\"0\"",
    "\"0x10\"", "\"0xffffffffffffffff\"", "\"bl:1,snp:2\"", "\"1.55.40\"", "\"INVALID_PARAM\"", "\"snp:milan\"",
    "\"snp:turin\"", "{\"snp\": 1}", "{\"fmc\": 1, \"ucode\": 9}"};

constexpr std::array<std::string_view, 24> kMembers{
    "universe", "chip", "firmware", "committed_firmware", "report_version", "mit_vector", "tcb", "smt", "sockets", "cores",
    "tsme", "ecc", "rapl_disable", "ciphertext_hiding", "aes_256_xts", "mask_chip_id", "mask_chip_key", "vlek", "memory",
    "entropy", "clock", "knobs", "guest", "current"};
constexpr std::array<std::string_view, 5> kPlatforms{"milan", "genoa", "bergamo", "siena", "turin"};

/// A small document that says one to three things: most of the rules are about single members.
std::string new_document(std::mt19937& random) {
  std::string text = "{\"platform\": \"snp:" + std::string(kPlatforms[random() % kPlatforms.size()]) + "\"";
  for (std::size_t more = 1 + random() % 3; more != 0; --more)
    text += ", \"" + std::string(kMembers[random() % kMembers.size()]) + "\": " + std::string(kValues[random() % kValues.size()]);
  return text + "}";
}

struct Token {
  std::size_t start;
  std::size_t size;
};

/// Strings, and runs of what numbers and words are made of. Good enough for text that is hardly JSON any more.
std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      end = std::min(text.find('"', at + 1), text.size() - 1) + 1;
      tokens.push_back({at, end - at});
    } else if (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '-') {
      while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end]))) ++end;
      tokens.push_back({at, end - at});
    }
    at = end;
  }
  return tokens;
}

}  // namespace

void fuzz_one(ByteView input) {
  const std::string_view json(reinterpret_cast<const char*>(input.data()), input.size());
  const auto platform = config::parse_platform(json);
  if (platform.ok()) {
    const config::PlatformConfig& config = platform.value();
    FUZZ_REQUIRE(config.product != nullptr);
    FUZZ_REQUIRE(config::validate(config).ok());
    FUZZ_REQUIRE(config.sockets >= 1 && config.cores >= 1 && config.memory % 0x1000 == 0);
    const snp::Tcb committed = config.tcb.committed.value_or(config.tcb.current);
    FUZZ_REQUIRE(config.tcb.current.covers(committed));
    FUZZ_REQUIRE(committed.covers(config.tcb.reported.value_or(committed)));
  } else {
    FUZZ_REQUIRE(!platform.error().what().empty());
  }

  const auto guest = config::parse_guest(json);
  if (guest.ok()) {
    FUZZ_REQUIRE(guest.value().vmpl <= 3);
  } else {
    FUZZ_REQUIRE(!guest.error().what().empty());
  }
}

/// Begins anew, or replaces one name or value by another value, or by one that stands elsewhere in the text.
void mutate(std::vector<std::uint8_t>& input, std::size_t max_size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(input.begin(), input.end());
  if (random() % 8 == 0) {
    text = new_document(random);
    input.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), max_size)));
    return;
  }
  const std::vector<Token> tokens = tokens_of(text);
  if (tokens.empty() || random() % 4 == 0) return mutate_bytes(input, max_size);
  const Token target = tokens[random() % tokens.size()];
  const Token other = tokens[random() % tokens.size()];
  const std::string value = random() % 3 == 0 ? text.substr(other.start, other.size) : std::string(kValues[random() % kValues.size()]);
  text.replace(target.start, target.size, value);
  input.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), max_size)));
}

}  // namespace swtee::fuzz
