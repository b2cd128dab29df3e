// SPDX-License-Identifier: Apache-2.0
/// Power loss at each call of a store, and each folder that a disk may then have: the old record or the new one loads.
#include "sim/embedded/file_nv_store.h"

#include "firmware/snp/permanent_state.h"
#include "tests/unit/sim/embedded/losing_disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace swtee::embedded {
namespace {

using test::FileBytes;
using test::LosingDisk;

FileBytes record_of(std::uint8_t number, std::size_t owner_size = 0) {
  snp::PermanentState state{{1, 55, number}, {.boot_loader = number, .tee = 0, .snp = 8, .microcode = 115}};
  state.sev_owner.assign(owner_size, number);
  return snp::encode(state);
}

class FileNvStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "swtee-nv-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/state"; }

  void put(const LosingDisk::Folder& files) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) std::filesystem::remove(entry.path());
    for (const auto& [name, bytes] : files) {
      std::ofstream file(folder_ + "/" + name, std::ios::binary);
      file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
  }

  /// What a process that starts now finds: its record, which must decode.
  std::optional<FileBytes> loaded() {
    auto store = FileNvStore::open(path());
    EXPECT_TRUE(store.ok());
    const auto record = store.value().load();
    EXPECT_TRUE(record.ok()) << record.error().what();
    if (!record.ok() || !record.value().has_value()) return std::nullopt;
    const auto state = snp::decode_permanent_state(*record.value());
    EXPECT_TRUE(state.ok()) << state.error().what();
    return *record.value();
  }

  std::string folder_;
};

TEST_F(FileNvStoreTest, KeepsOneOfTwoRecordsWhereverThePowerFails) {
  const FileBytes latest = record_of(2, 100);
  for (const std::optional<FileBytes>& old : {std::optional<FileBytes>{}, std::optional(record_of(1)), std::optional(record_of(1, 300))}) {
    LosingDisk::Folder before;
    if (old.has_value()) before["state"] = *old;
    std::size_t point = 0;
    std::size_t outcomes = 0;
    bool saw_old = false, saw_new = false;
    for (bool completed = false; !completed; ++point) {
      LosingDisk disk(before, point);
      bool stored = false;
      {
        auto store = FileNvStore::open(path(), disk);
        ASSERT_TRUE(store.ok());
        stored = store.value().store(latest).ok();
      }
      completed = !disk.lost_power();
      ASSERT_TRUE(stored || !completed) << "a store failed although the power did not";
      for (const LosingDisk::Folder& after : disk.outcomes()) {
        ++outcomes;
        put(after);
        const auto found = loaded();
        ASSERT_TRUE(found == latest || found == old) << "power lost at call " << point << ": neither the old nor the new record";
        if (stored) {
          ASSERT_TRUE(found == latest) << "power lost at call " << point << " after the store had succeeded";
        }
        saw_new = saw_new || found == latest;
        saw_old = saw_old || found == old;
        // What a power cut leaves behind is no obstacle.
        auto next = FileNvStore::open(path());
        ASSERT_TRUE(next.ok() && next.value().store(record_of(3)).ok());
        ASSERT_EQ(next.value().load().value(), record_of(3));
      }
    }
    EXPECT_GT(point, 9u) << "there are fewer calls than a durable store needs";
    EXPECT_GT(outcomes, 20u);
    EXPECT_TRUE(saw_old && saw_new);
  }
}

/// A disk that answers EIO once but goes on: the caller is told, and the old or the new record is there.
TEST_F(FileNvStoreTest, TellsTheCallerWhenTheDiskFails) {
  class FailingOnce final : public FileOperations {
   public:
    explicit FailingOnce(std::size_t call) : call_(call) {}
    bool failed = false;
    int open(const char* path, int flags, mode_t mode) override { return now() ? -1 : system().open(path, flags, mode); }
    ssize_t write(int fd, const void* data, std::size_t size) override { return now() ? -1 : system().write(fd, data, size); }
    int fsync(int fd) override { return now() ? -1 : system().fsync(fd); }
    int close(int fd) override { return system().close(fd); }
    int rename(const char* from, const char* to) override { return now() ? -1 : system().rename(from, to); }
    int unlink(const char* name) override { return system().unlink(name); }

   private:
    bool now() {
      if (call_-- != 0) return false;
      failed = true;
      errno = EIO;
      return true;
    }
    std::size_t call_;
  };
  for (std::size_t call = 0;; ++call) {
    put({{"state", record_of(1)}});
    FailingOnce disk(call);
    {
      auto store = FileNvStore::open(path(), disk);
      ASSERT_TRUE(store.ok());
      const auto stored = store.value().store(record_of(2));
      ASSERT_EQ(stored.ok(), !disk.failed) << "call " << call;
      if (!stored.ok()) {
        EXPECT_NE(stored.error().what().find("Input/output error"), std::string::npos);
      }
    }
    const auto found = loaded();
    ASSERT_TRUE(found == record_of(1) || found == record_of(2));
    EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
    if (!disk.failed) {
      EXPECT_GE(call, 6u);
      break;
    }
  }
}

TEST_F(FileNvStoreTest, HasOneOwner) {
  auto first = FileNvStore::open(path());
  ASSERT_TRUE(first.ok());
  const auto second = FileNvStore::open(path());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().what(), "the platform state " + path() + " is in use by another process");
}

}  // namespace
}  // namespace swtee::embedded
