// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/nv_store.h"
#include "sim/embedded/file_operations.h"

#include <string>

namespace swtee::embedded {

/// Non-volatile storage in a file. One process owns it at a time.
///
/// A store writes a temporary file beside it, fsyncs it, renames it over the record and fsyncs the directory, so that
/// kill -9 and power loss leave the old record or the new one.
class FileNvStore final : public NvStore {
 public:
  /// Takes the owner's lock on `path`.lock. Fails when the directory does not exist or another process has the lock.
  /// `files` does what a store does to the disk, and outlives the object.
  static Result<FileNvStore> open(std::string path, FileOperations& files = FileOperations::system());
  FileNvStore(FileNvStore&& other) noexcept;
  FileNvStore& operator=(FileNvStore&&) = delete;
  ~FileNvStore() override;

  Result<std::optional<std::vector<std::uint8_t>>> load() override;
  Result<void> store(ByteView record) override;

 private:
  FileNvStore(std::string path, int lock, FileOperations& files) : files_(&files), path_(std::move(path)), lock_(lock) {}
  Result<void> write_temporary(const std::string& path, ByteView record);

  FileOperations* files_;
  std::string path_;
  int lock_;
};

}  // namespace swtee::embedded
