// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sim/embedded/losing_disk.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace swtee::test {
namespace {

std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

int failed(int error) {
  errno = error;
  return -1;
}

}  // namespace

LosingDisk::LosingDisk(const Folder& files, std::size_t calls) : calls_(calls + 1) {
  Names names;
  for (const auto& [name, bytes] : files) names[name] = std::make_shared<File>(File{bytes, bytes});
  change(names);
}

bool LosingDisk::powered(bool& last) {
  if (calls_ == 0) {
    errno = EIO;
    return false;
  }
  last = --calls_ == 0;
  return true;
}

std::set<FileBytes> LosingDisk::contents(const File& file) {
  if (file.now == file.synced) return {file.now};
  FileBytes zeros(file.now.size());  // the size was written, the data not yet
  FileBytes half(file.now.begin(), file.now.begin() + static_cast<std::ptrdiff_t>(file.now.size() / 2));
  FileBytes mixed = file.now;
  std::fill(mixed.begin() + static_cast<std::ptrdiff_t>(mixed.size() / 2), mixed.end(), std::uint8_t{0});
  return {file.now, file.synced, FileBytes{}, zeros, half, mixed};
}

std::set<LosingDisk::Folder> LosingDisk::outcomes() const {
  std::set<Folder> all;
  for (const Names& names : journal_) {
    std::set<Folder> folders{Folder{}};
    for (const auto& [name, file] : names) {
      std::set<Folder> longer;
      for (const Folder& folder : folders)
        for (const FileBytes& bytes : contents(*file)) {
          Folder next = folder;
          next[name] = bytes;
          longer.insert(next);
        }
      folders = longer;
    }
    all.insert(folders.begin(), folders.end());
  }
  return all;
}

int LosingDisk::open(const char* path, int flags, mode_t) {
  bool last = false;
  if (!powered(last)) return -1;
  if ((flags & O_DIRECTORY) != 0) return last ? failed(EIO) : kFolder;
  Names after = names();
  std::shared_ptr<File>& file = after[last_name(path)];
  if (file == nullptr) {
    if ((flags & O_CREAT) == 0) return failed(ENOENT);
    file = std::make_shared<File>();
  }
  if ((flags & O_TRUNC) != 0) file->now.clear();
  const int fd = next_fd_++;
  open_[fd] = file;
  change(after);
  return last ? failed(EIO) : fd;
}

ssize_t LosingDisk::write(int fd, const void* data, std::size_t size) {
  bool last = false;
  if (!powered(last)) return -1;
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  size = std::min(size, kWriteMost);
  FileBytes& now = open_.at(fd)->now;
  now.insert(now.end(), bytes, bytes + (last ? size / 2 : size));
  return last ? failed(EIO) : static_cast<ssize_t>(size);
}

int LosingDisk::fsync(int fd) {
  bool last = false;
  if (!powered(last)) return -1;
  if (last) return failed(EIO);
  if (fd == kFolder)
    journal_.erase(journal_.begin(), journal_.end() - 1);
  else
    open_.at(fd)->synced = open_.at(fd)->now;
  return 0;
}

int LosingDisk::close(int fd) {
  bool last = false;
  if (!powered(last)) return -1;
  open_.erase(fd);
  return last ? failed(EIO) : 0;
}

int LosingDisk::rename(const char* from, const char* to) {
  bool last = false;
  if (!powered(last)) return -1;
  Names after = names();
  const auto found = after.find(last_name(from));
  if (found == after.end()) return failed(ENOENT);
  const auto file = found->second;
  after.erase(found);
  after[last_name(to)] = file;
  change(after);
  return last ? failed(EIO) : 0;
}

int LosingDisk::unlink(const char* path) {
  bool last = false;
  if (!powered(last)) return -1;
  Names after = names();
  after.erase(last_name(path));
  change(after);
  return last ? failed(EIO) : 0;
}

}  // namespace swtee::test
