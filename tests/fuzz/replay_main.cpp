// SPDX-License-Identifier: Apache-2.0
/// Runs a fuzz target over stored inputs: every file named, and every file in every folder named.
#include "tests/fuzz/harness.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace swtee::fuzz {
void mutate_bytes(std::vector<std::uint8_t>&, std::size_t) {}
}  // namespace swtee::fuzz

namespace {

/// A seed that was meant to be readable but is not would silently be run as the bytes of its text.
bool is_broken_hex_text(swtee::ByteView input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  return text.starts_with("# hex") && !swtee::fuzz::decode_hex_text(input);
}

bool replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::printf("%s: %zu bytes\n", path.c_str(), text.size());
  std::fflush(stdout);  // the name must be there when the target aborts
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  if (is_broken_hex_text({data, text.size()})) {
    std::fprintf(stderr, "%s: begins as hex text but is none\n", path.c_str());
    return false;
  }
  LLVMFuzzerTestOneInput(data, text.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::filesystem::path> inputs;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (!std::filesystem::is_directory(path)) inputs.insert(path);
    else
      for (const auto& entry : std::filesystem::directory_iterator(path))
        if (entry.is_regular_file()) inputs.insert(entry.path());
  }
  if (inputs.empty()) {
    std::fprintf(stderr, "nothing to replay; usage: %s FILE|FOLDER...\n", argv[0]);
    return 2;
  }
  for (const auto& input : inputs) {
    if (!std::filesystem::is_regular_file(input)) {
      std::fprintf(stderr, "%s: no such file\n", input.c_str());
      return 2;
    }
    if (!replay(input)) return 2;
  }
  std::printf("%zu inputs replayed\n", inputs.size());
  return 0;
}
