// SPDX-License-Identifier: Apache-2.0
/// Runs a command in this process and keeps what it printed; files in a folder that goes away with the test.
#pragma once

#include "sim/cli/command.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace swtee::cli::test {

/// 2026-06-01T00:00:00Z
inline constexpr std::int64_t kNow = 1780272000;

struct Answer {
  int code = -1;
  std::string out;
  std::string err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
  bool says(const std::string& text) const { return (out + err).find(text) != std::string::npos; }
};

inline std::ostream& operator<<(std::ostream& stream, const Answer& answer) {
  return stream << "exit code " << answer.code << "\n" << answer.out << answer.err;
}

class FixedClock final : public Clock {
 public:
  std::int64_t unix_seconds() const override { return kNow; }
};

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "swtee-cli-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~CommandTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static Answer run(const Command& command, const Arguments& arguments, const std::string& input = "") {
    std::ostringstream out, err;
    std::istringstream in(input);
    FixedClock clock;
    Context context{out, err, in, clock};
    Answer answer;
    answer.code = command.run(arguments, context);
    answer.out = out.str();
    answer.err = err.str();
    return answer;
  }

  std::string file(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  std::string text_file(const std::string& name, const std::string& text) { return file(name, {text.begin(), text.end()}); }

  std::string folder_;
};

}  // namespace swtee::cli::test
