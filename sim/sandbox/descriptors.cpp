// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/descriptors.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <limits>

namespace swtee::sandbox {
namespace {

/// Locks lie where no program puts its own; one byte for each descriptor we hand out.
constexpr off_t kLockBase = off_t{1} << 61;
constexpr off_t kLockSpan = off_t{1} << 32;
constexpr std::uint64_t kBypassReadMax = 4u << 20;

}  // namespace

Description::Description(std::string path, NodeStat node, int flags, UniqueFd memory, dev_t device, ino_t identity)
    : path_(std::move(path)), node_(node), flags_(flags), memory_(std::move(memory)), device_(device),
      identity_(identity) {}

bool Description::path_only() const { return (flags_ & O_PATH) != 0; }
bool Description::readable() const { return !path_only() && (flags_ & O_ACCMODE) != O_WRONLY; }
bool Description::writable() const { return !path_only() && (flags_ & O_ACCMODE) != O_RDONLY; }

void Description::attach(std::unique_ptr<OpenFile> file) {
  file_ = std::move(file);
  if (!writable() || readable()) return;
  // The file ends where the kernel's largest offset is write_limit() bytes away, so that even a write we never see cannot
  // collect more than the real file would take.
  append_base_ = std::numeric_limits<off_t>::max() - static_cast<off_t>(file_->write_limit());
  if (::ftruncate(memory_.get(), append_base_) != 0) append_base_ = 0;
}

SysResult<UniqueFd> Description::make_descriptor() {
  const std::string self = "/proc/self/fd/" + std::to_string(memory_.get());
  const int access = path_only() ? O_RDONLY : (flags_ & O_ACCMODE);
  const int append = writable() && !readable() ? O_APPEND : 0;
  UniqueFd opened(::open(self.c_str(), access | append | (flags_ & O_NONBLOCK) | O_CLOEXEC));
  if (!opened.valid()) return sys_error(errno);
  struct flock lock {};
  lock.l_type = access == O_RDONLY ? F_RDLCK : F_WRLCK;
  lock.l_start = kLockBase + static_cast<off_t>(descriptors_made_++);
  lock.l_len = 1;
  if (::fcntl(opened.get(), F_OFD_SETLK, &lock) != 0) return sys_error(errno);
  return opened;
}

bool Description::held() const {
  struct flock probe {};
  probe.l_type = F_WRLCK;
  probe.l_start = kLockBase;
  probe.l_len = kLockSpan;
  return ::fcntl(memory_.get(), F_OFD_GETLK, &probe) == 0 && probe.l_type != F_UNLCK;
}

std::vector<std::byte> Description::take_bypassed() {
  struct stat now {};
  if (append_base_ == 0 || ::fstat(memory_.get(), &now) != 0 || now.st_size <= append_base_) return {};
  std::vector<std::byte> bytes(static_cast<std::size_t>(now.st_size - append_base_));
  const ssize_t got = ::pread(memory_.get(), bytes.data(), bytes.size(), append_base_);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  (void)::ftruncate(memory_.get(), append_base_);
  return bytes;
}

SysResult<std::size_t> Description::read(std::span<std::byte> into) {
  const auto got = file_->read(into, position);
  if (got.ok()) position += got.value();
  return got;
}

SysResult<std::size_t> Description::write(std::span<const std::byte> from) {
  std::vector<std::byte> all = take_bypassed();
  const std::size_t earlier = all.size();
  if (earlier == 0) {
    const auto put = file_->write(from, position);
    if (put.ok()) position += put.value();
    return put;
  }
  all.insert(all.end(), from.begin(), from.end());
  const auto put = file_->write(all, position);
  if (!put.ok()) return put;
  position += put.value();
  return put.value() > earlier ? put.value() - earlier : 0;
}

SysResult<void> Description::fill_for_bypass() {
  std::vector<std::byte> content;
  std::array<std::byte, 16384> piece;
  std::uint64_t offset = position;
  while (content.size() < kBypassReadMax) {
    const auto got = file_->read(piece, offset);
    if (!got.ok()) return Failure<Errno>(got.error());
    if (got.value() == 0) break;
    content.insert(content.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got.value()));
    offset += got.value();
  }
  if (::ftruncate(memory_.get(), 0) != 0) return sys_error(errno);
  if (::pwrite(memory_.get(), content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
    return sys_error(EIO);
  return {};
}

void Description::release() noexcept {
  if (!file_) return;
  if (const auto rest = take_bypassed(); !rest.empty()) (void)file_->write(rest, position);
  file_->release();
  file_.reset();
}

SysResult<std::shared_ptr<Description>> Descriptions::create(const std::string& path, const NodeStat& node,
                                                             int flags) const {
  const std::string name = "swtee:" + path.substr(0, 200);
  UniqueFd memory(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!memory.valid()) return sys_error(errno);
  struct stat found {};
  if (::fstat(memory.get(), &found) != 0) return sys_error(errno);
  return std::make_shared<Description>(path, node, flags, std::move(memory), found.st_dev, found.st_ino);
}

void Descriptions::enter(std::shared_ptr<Description> description) {
  std::lock_guard guard(mutex_);
  device_ = description->device();
  age_[description->identity()] = next_age_;
  by_age_[next_age_++] = std::move(description);
}

void Descriptions::forget(const Description& description) {
  std::lock_guard guard(mutex_);
  const auto found = age_.find(description.identity());
  if (found == age_.end()) return;
  by_age_.erase(found->second);
  age_.erase(found);
}

std::shared_ptr<Description> Descriptions::find(const Task& task, int fd) const {
  if (empty()) return nullptr;
  const auto found = task.descriptor_stat(fd);
  return found ? find_by_stat(*found) : nullptr;
}

std::shared_ptr<Description> Descriptions::find_by_stat(const struct stat& found) const {
  std::lock_guard guard(mutex_);
  const auto age = age_.find(found.st_ino);
  if (found.st_dev != device_ || age == age_.end()) return nullptr;
  return by_age_.at(age->second);
}

void Descriptions::settle() {
  std::lock_guard settling(settling_);
  std::vector<std::shared_ptr<Description>> all;
  {
    std::lock_guard guard(mutex_);
    for (const auto& [age, description] : by_age_) all.push_back(description);
  }
  for (const auto& description : all) {
    if (description->held()) continue;
    std::unique_lock operation(description->mutex(), std::try_to_lock);
    // Busy means that a call on it is still running in another thread: its end is then also not before ours.
    if (!operation.owns_lock()) continue;
    description->release();
    operation.unlock();
    forget(*description);
  }
}

bool Descriptions::empty() const {
  std::lock_guard guard(mutex_);
  return by_age_.empty();
}

}  // namespace swtee::sandbox
