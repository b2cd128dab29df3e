// SPDX-License-Identifier: Apache-2.0
/// Reads evidence of real hardware from the folder that SWTEE_VECTORS names. See README.md here.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace swtee::test {

/// The folder, or an empty path when the variable is unset or names none.
inline std::filesystem::path vectors_folder() {
  const char* folder = std::getenv("SWTEE_VECTORS");
  if (folder == nullptr || !std::filesystem::is_directory(folder)) return {};
  return folder;
}

inline bool everything_required() {
  const char* value = std::getenv("SWTEE_REQUIRE_ALL");
  return value != nullptr && std::string(value) == "1";
}

/// The file's bytes. A file that the folder lacks fails the test.
inline std::vector<std::uint8_t> vector_file(const std::string& name) {
  std::ifstream file(vectors_folder() / name, std::ios::binary);
  EXPECT_TRUE(file.good()) << "the vectors folder has no " << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string vector_text(const std::string& name) {
  const std::vector<std::uint8_t> bytes = vector_file(name);
  return {bytes.begin(), bytes.end()};
}

}  // namespace swtee::test

/// First line of a test on real vectors: skips with the reason, or fails where everything is required.
#define SWTEE_NEEDS_VECTORS()                                                                                       \
  do {                                                                                                              \
    if (swtee::test::vectors_folder().empty()) {                                                                    \
      if (swtee::test::everything_required())                                                                       \
        FAIL() << "SWTEE_REQUIRE_ALL is 1, but SWTEE_VECTORS names no folder with evidence of real hardware";       \
      GTEST_SKIP() << "SWTEE_VECTORS names no folder with evidence of real hardware (see tests/vectors/README.md)"; \
    }                                                                                                               \
  } while (false)
