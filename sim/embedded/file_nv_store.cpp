// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/file_nv_store.h"

#include "firmware/contract/require.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace swtee::embedded {
namespace {

/// Larger than any record of any version.
constexpr std::size_t kRecordMax = 1 << 20;

Failure<Error> system_error(const std::string& doing, const std::string& path) {
  return fail(doing + " " + path + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd, FileOperations& files = FileOperations::system()) : fd_(fd), files_(files) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) files_.close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
  FileOperations& files_;
};

Result<void> write_all(FileOperations& files, int fd, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = files.write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("writing", path);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<FileNvStore> FileNvStore::open(std::string path, FileOperations& files) {
  const std::string lock_path = path + ".lock";
  const int lock = ::open(lock_path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return system_error("opening", lock_path);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail("the platform state " + path + " is in use by another process");
  }
  return FileNvStore(std::move(path), lock, files);
}

FileNvStore::FileNvStore(FileNvStore&& other) noexcept
    : files_(other.files_), path_(std::move(other.path_)), lock_(other.lock_) { other.lock_ = -1; }

FileNvStore::~FileNvStore() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::optional<std::vector<std::uint8_t>>> FileNvStore::load() {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<std::vector<std::uint8_t>>{};
    return system_error("opening", path_);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("looking at", path_);
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > kRecordMax)
    return fail("the platform state " + path_ + " is no regular file of at most 1 MiB");
  std::vector<std::uint8_t> record(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < record.size()) {
    const ssize_t count = ::read(file.get(), record.data() + done, record.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("reading", path_);
    done += static_cast<std::size_t>(count);
  }
  return std::optional(std::move(record));
}

Result<void> FileNvStore::write_temporary(const std::string& path, ByteView record) {
  const Descriptor file(files_->open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600), *files_);
  if (file.get() < 0) return system_error("opening", path);
  SWTEE_TRY(write_all(*files_, file.get(), record, path));
  if (files_->fsync(file.get()) != 0) return system_error("writing", path);
  return {};
}

Result<void> FileNvStore::store(ByteView record) {
  const std::size_t slash = path_.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const std::string temporary = path_ + ".new";
  // Opened first: after the rename nothing may fail that could have been seen before.
  const Descriptor folder(files_->open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), *files_);
  if (folder.get() < 0) return system_error("opening", directory);
  auto written = write_temporary(temporary, record);
  if (written.ok() && files_->rename(temporary.c_str(), path_.c_str()) != 0) written = system_error("replacing", path_);
  if (!written.ok()) {
    files_->unlink(temporary.c_str());
    return written;
  }
  if (files_->fsync(folder.get()) != 0) return system_error("writing", directory);
  return {};
}

}  // namespace swtee::embedded
