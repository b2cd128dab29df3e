// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/guest/snp/configfs_fixture.h"

#include <atomic>
#include <thread>

namespace swtee::test {
namespace {

using guest::snp::ConfigfsTsm;

/// Answers with the inblob, and notices when it is entered twice.
class EchoProvider final : public guest::snp::TsmProvider {
 public:
  std::string_view name() const override { return "echo"; }
  std::uint32_t privlevel_floor() const override { return 0; }
  bool shows_service_attributes() const override { return false; }
  Result<guest::snp::TsmReport, int> report_new(const guest::snp::TsmRequest& request) override {
    if (inside.exchange(true)) overlapped = true;
    guest::snp::TsmReport report;
    report.outblob = request.inblob;
    report.auxblob = request.inblob;
    std::this_thread::yield();
    inside = false;
    return report;
  }
  std::atomic<bool> inside = false;
  std::atomic<bool> overlapped = false;
};

std::vector<std::uint8_t> read_all(ConfigfsTsm& fs, const std::string& entry, std::string_view attribute) {
  auto file = fs.open(entry, attribute, kReadOnly);
  if (!file.ok()) return {};
  std::vector<std::uint8_t> buffer(64);
  const std::int64_t got = file.value()->read(buffer, 0);
  buffer.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return buffer;
}

TEST(ConfigfsConcurrency, EntriesOfManyThreadsDoNotMix) {
  EchoProvider provider;
  ConfigfsTsm fs(&provider);
  constexpr int kThreads = 8, kRounds = 100;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string entry = "entry" + std::to_string(t);
        if (fs.mkdir(entry) != 0) return;
        const std::vector<std::uint8_t> nonce(64, static_cast<std::uint8_t>(t * kRounds + i));
        (void)fs.open(entry, "inblob", kWriteOnly).value()->write(nonce, 0);
        if (read_all(fs, entry, "outblob") == nonce && read_all(fs, entry, "auxblob") == nonce) ++good;
        if (fs.rmdir(entry) != 0) return;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kThreads * kRounds);
  EXPECT_FALSE(provider.overlapped);
  EXPECT_TRUE(fs.list().empty());
}

TEST(ConfigfsConcurrency, OneEntryOfManyThreadsCountsEveryWrite) {
  EchoProvider provider;
  ConfigfsTsm fs(&provider);
  ASSERT_EQ(fs.mkdir("shared"), 0);
  constexpr int kThreads = 6, kRounds = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const std::vector<std::uint8_t> nonce(64, static_cast<std::uint8_t>(t));
        (void)fs.open("shared", "inblob", kWriteOnly).value()->write(nonce, 0);
        const auto report = read_all(fs, "shared", "outblob");
        EXPECT_EQ(report.size(), 64u);
        EXPECT_EQ(std::count(report.begin(), report.end(), report[0]), 64) << "one request's bytes, never two mixed";
      }
    });
  for (std::thread& thread : threads) thread.join();
  const auto generation = read_all(fs, "shared", "generation");
  EXPECT_EQ(std::string(generation.begin(), generation.end()), std::to_string(kThreads * kRounds) + "\n");
}

TEST(ConfigfsConcurrency, RemovingAnEntryUnderReadersIsSafe) {
  EchoProvider provider;
  ConfigfsTsm fs(&provider);
  std::atomic<bool> stop = false;
  std::thread remover([&] {
    for (int i = 0; i < 300; ++i) {
      (void)fs.mkdir("x");
      (void)fs.rmdir("x");
    }
    stop = true;
  });
  std::vector<std::thread> users;
  for (int t = 0; t < 3; ++t)
    users.emplace_back([&] {
      const std::vector<std::uint8_t> nonce(64, 7);
      while (!stop) {
        if (auto in = fs.open("x", "inblob", kWriteOnly); in.ok()) (void)in.value()->write(nonce, 0);
        const auto report = read_all(fs, "x", "outblob");
        EXPECT_TRUE(report.empty() || report == nonce);
        (void)fs.list();
      }
    });
  remover.join();
  for (std::thread& user : users) user.join();
}

}  // namespace
}  // namespace swtee::test
