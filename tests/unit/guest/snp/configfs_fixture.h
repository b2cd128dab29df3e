// SPDX-License-Identifier: Apache-2.0
/// configfs-tsm over a provider that counts, and short names for what programs do with files.
#pragma once

#include "guest/snp/configfs_tsm.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <numeric>

namespace swtee::test {

/// Answers with blobs that name the request: outblob "report <n>", auxblob "certs <n>".
class CountingProvider final : public guest::snp::TsmProvider {
 public:
  std::string_view name() const override { return "sev_guest"; }
  std::uint32_t privlevel_floor() const override { return floor; }
  bool shows_service_attributes() const override { return services; }
  Result<guest::snp::TsmReport, int> report_new(const guest::snp::TsmRequest& request) override {
    last = request;
    ++made;
    if (error != 0) return Failure(error);
    guest::snp::TsmReport report;
    const std::string number = std::to_string(made);
    for (char c : "report " + number) report.outblob.push_back(static_cast<std::uint8_t>(c));
    if (has_certificates)
      for (char c : "certs " + number) report.auxblob.push_back(static_cast<std::uint8_t>(c));
    if (outblob_size != 0) report.outblob.resize(outblob_size);
    return report;
  }

  std::uint32_t floor = 0;
  bool services = false;
  bool has_certificates = true;
  std::size_t outblob_size = 0;
  int error = 0;
  int made = 0;
  guest::snp::TsmRequest last;
};

inline constexpr guest::snp::TsmOpenFlags kReadOnly{.read = true};
inline constexpr guest::snp::TsmOpenFlags kWriteOnly{.write = true};

inline std::vector<std::uint8_t> bytes_from(std::string_view text) { return {text.begin(), text.end()}; }

class ConfigfsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(fs.mkdir("a"), 0); }

  std::unique_ptr<guest::snp::OpenAttribute> open(std::string_view attribute, guest::snp::TsmOpenFlags flags,
                                                  std::string_view entry = "a") {
    auto opened = fs.open(entry, attribute, flags);
    EXPECT_TRUE(opened.ok()) << attribute << ": " << (opened.ok() ? 0 : opened.error());
    return std::move(opened).value();
  }

  /// open, one write, close, as `printf … > file` does. The write's result.
  std::int64_t write(std::string_view attribute, ByteView bytes, std::string_view entry = "a") {
    return open(attribute, {.write = true, .create = true}, entry)->write(bytes, 0);
  }
  std::int64_t write(std::string_view attribute, std::string_view text, std::string_view entry = "a") {
    return write(attribute, ByteView(bytes_from(text)), entry);
  }

  /// open, read to the end in small pieces, close, as `cat` does. The text, or "errno N".
  std::string cat(std::string_view attribute, std::string_view entry = "a", std::size_t piece = 3) {
    const auto file = open(attribute, kReadOnly, entry);
    std::string text;
    std::vector<std::uint8_t> buffer(piece);
    for (;;) {
      const std::int64_t got = file->read(buffer, text.size());
      if (got < 0) return "errno " + std::to_string(-got);
      if (got == 0) return text;
      text.append(buffer.begin(), buffer.begin() + got);
    }
  }
  static std::string error_text(int number) { return "errno " + std::to_string(number); }

  int open_error(std::string_view attribute, guest::snp::TsmOpenFlags flags, std::string_view entry = "a") {
    const auto opened = fs.open(entry, attribute, flags);
    return opened.ok() ? 0 : opened.error();
  }

  static std::vector<std::uint8_t> nonce(std::size_t size = 64) {
    std::vector<std::uint8_t> bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
  }

  CountingProvider provider;
  guest::snp::ConfigfsTsm fs{&provider};
};

}  // namespace swtee::test
