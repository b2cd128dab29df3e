// SPDX-License-Identifier: Apache-2.0
#include "tests/sandbox/fake_guest.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>

namespace swtee::sandbox::testing {
namespace {

constexpr std::size_t kBlobMax = 64;

/// "a/b" below the tree, split; empty parts where there is nothing.
std::pair<std::string, std::string> below_tree(std::string_view path) {
  const std::string_view tree = FakeGuest::kTree;
  if (path.size() <= tree.size() + 1) return {};
  const std::string_view rest = path.substr(tree.size() + 1);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {std::string(rest), ""};
  return {std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
}

struct Attribute {
  const char* name;
  std::uint32_t permissions;
  std::uint64_t size;
};
constexpr Attribute kAttributes[] = {
    {"inblob", 0200, 0}, {"outblob", 0400, 0}, {"generation", 0444, 4096}, {"privlevel", 0200, 4096},
    {"provider", 0444, 4096},
};

const Attribute* attribute(const std::string& name) {
  for (const Attribute& a : kAttributes)
    if (name == a.name) return &a;
  return nullptr;
}

SysResult<std::size_t> give(const std::string& text, std::span<std::byte> into, std::uint64_t offset) {
  if (offset >= text.size()) return std::size_t{0};
  const std::size_t length = std::min<std::size_t>(into.size(), text.size() - offset);
  std::memcpy(into.data(), text.data() + offset, length);
  return length;
}

class BinaryIn final : public OpenFile {
 public:
  BinaryIn(std::shared_ptr<FakeEntry> entry, std::atomic<int>& released) : entry_(std::move(entry)), released_(released) {}
  SysResult<std::size_t> write(std::span<const std::byte> from, std::uint64_t offset) override {
    if (offset + from.size() > kBlobMax) return sys_error(EFBIG);
    collected_.resize(offset);
    collected_.append(reinterpret_cast<const char*>(from.data()), from.size());
    written_ = true;
    return from.size();
  }
  std::uint64_t write_limit() const override { return kBlobMax; }
  Seeking seeking() const override { return Seeking::refused; }
  void release() noexcept override {
    ++released_;
    if (!written_) return;
    std::lock_guard guard(entry_->mutex);
    entry_->in = collected_;
    ++entry_->generation;
  }

 private:
  std::shared_ptr<FakeEntry> entry_;
  std::atomic<int>& released_;
  std::string collected_;
  bool written_ = false;
};

class BinaryOut final : public OpenFile {
 public:
  explicit BinaryOut(std::shared_ptr<FakeEntry> entry) : entry_(std::move(entry)) {}
  SysResult<std::size_t> read(std::span<std::byte> into, std::uint64_t offset) override {
    std::lock_guard guard(entry_->mutex);
    if (entry_->in.size() != kBlobMax) return sys_error(EINVAL);
    return give("report level=" + std::to_string(entry_->level) + " in=" + entry_->in, into, offset);
  }
  Seeking seeking() const override { return Seeking::refused; }

 private:
  std::shared_ptr<FakeEntry> entry_;
};

class Text final : public OpenFile {
 public:
  Text(std::shared_ptr<FakeEntry> entry, std::string name) : entry_(std::move(entry)), name_(std::move(name)) {}
  SysResult<std::size_t> read(std::span<std::byte> into, std::uint64_t offset) override {
    std::lock_guard guard(entry_->mutex);
    return give(name_ == "provider" ? "fake\n" : std::to_string(entry_->generation) + "\n", into, offset);
  }
  SysResult<std::size_t> write(std::span<const std::byte> from, std::uint64_t) override {
    const std::string text(reinterpret_cast<const char*>(from.data()), from.size());
    char* end = nullptr;
    const long level = std::strtol(text.c_str(), &end, 0);
    if (end == text.c_str() || level < 0 || level > 3) return sys_error(EINVAL);
    std::lock_guard guard(entry_->mutex);
    entry_->level = static_cast<int>(level);
    ++entry_->generation;
    return from.size();
  }

 private:
  std::shared_ptr<FakeEntry> entry_;
  std::string name_;
};

class Device final : public OpenFile {
 public:
  SysResult<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument, UserMemory& memory) override {
    if (request == kFakeWait) {
      std::this_thread::sleep_for(std::chrono::seconds(2));
      return std::int64_t{0};
    }
    if (request != kFakeIncrement) return sys_error(ENOTTY);
    std::uint64_t pair[2];
    auto bytes = std::as_writable_bytes(std::span(pair));
    if (auto copied = memory.copy_in(argument, bytes); !copied.ok()) return Failure<Errno>(copied.error());
    pair[1] = pair[0] + 1;
    if (auto copied = memory.copy_out(argument, bytes); !copied.ok()) return Failure<Errno>(copied.error());
    return std::int64_t{0};
  }
};

NodeStat node_of(NodeKind kind, std::uint32_t permissions, std::string_view path) {
  NodeStat node;
  node.kind = kind;
  node.permissions = permissions;
  node.inode = std::hash<std::string_view>{}(path) | 1;
  return node;
}

}  // namespace

std::shared_ptr<FakeEntry> FakeGuest::entry(const std::string& name) {
  std::lock_guard guard(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second;
}

std::vector<std::string> FakeGuest::mount_points() const {
  return {kDevice, "/sys/kernel/config/fake", "/sys/devices/platform/fake"};
}

SysResult<NodeStat> FakeGuest::stat(std::string_view path) {
  if (path == kDevice) {
    NodeStat node = node_of(NodeKind::character_device, 0600, path);
    node.device_major = 10;
    node.device_minor = 123;
    return node;
  }
  if (path == "/sys/devices/platform/fake" || path == "/sys/kernel/config/fake" || path == kTree)
    return node_of(NodeKind::directory, 0755, path);
  if (path == "/sys/devices/platform/fake/device") return node_of(NodeKind::symbolic_link, 0777, path);
  const auto [name, file] = below_tree(path);
  if (name.empty() || !entry(name)) return sys_error(ENOENT);
  if (file.empty()) return node_of(NodeKind::directory, 0755, path);
  const Attribute* found = attribute(file);
  if (found == nullptr) return sys_error(ENOENT);
  NodeStat node = node_of(NodeKind::regular, found->permissions, path);
  node.size = found->size;
  return node;
}

SysResult<std::string> FakeGuest::readlink(std::string_view) { return std::string(kDevice); }

SysResult<std::unique_ptr<OpenFile>> FakeGuest::open(std::string_view path, OpenMode mode) {
  if (path == kDevice) return std::unique_ptr<OpenFile>(std::make_unique<Device>());
  const auto [name, file] = below_tree(path);
  const auto owner = entry(name);
  const Attribute* found = attribute(file);
  if (!owner || found == nullptr) return sys_error(ENOENT);
  if (mode.read && (found->permissions & 0400) == 0) return sys_error(EACCES);
  if (mode.write && (found->permissions & 0200) == 0) return sys_error(EACCES);
  if (file == "inblob") return std::unique_ptr<OpenFile>(std::make_unique<BinaryIn>(owner, files_released));
  if (file == "outblob") return std::unique_ptr<OpenFile>(std::make_unique<BinaryOut>(owner));
  return std::unique_ptr<OpenFile>(std::make_unique<Text>(owner, file));
}

SysResult<std::vector<DirectoryEntry>> FakeGuest::list(std::string_view path) {
  std::vector<DirectoryEntry> entries;
  if (path == "/sys/kernel/config/fake") entries.push_back({"report", NodeKind::directory, 7});
  if (path == "/sys/devices/platform/fake") entries.push_back({"device", NodeKind::symbolic_link, 8});
  if (path == kTree) {
    std::lock_guard guard(mutex_);
    for (const auto& [name, unused] : entries_) entries.push_back({name, NodeKind::directory, 9});
  }
  const auto [name, file] = below_tree(path);
  if (!name.empty() && file.empty())
    for (const Attribute& a : kAttributes) entries.push_back({a.name, NodeKind::regular, 10});
  return entries;
}

SysResult<void> FakeGuest::mkdir(std::string_view path, std::uint32_t) {
  const auto [name, file] = below_tree(path);
  if (name.empty() || !file.empty()) return sys_error(EPERM);
  std::lock_guard guard(mutex_);
  if (entries_.count(name) != 0) return sys_error(EEXIST);
  entries_[name] = std::make_shared<FakeEntry>();
  ++directories_made;
  return {};
}

SysResult<void> FakeGuest::rmdir(std::string_view path) {
  const auto [name, file] = below_tree(path);
  if (name.empty() || !file.empty()) return sys_error(EPERM);
  std::lock_guard guard(mutex_);
  return entries_.erase(name) == 1 ? SysResult<void>{} : sys_error(ENOENT);
}

}  // namespace swtee::sandbox::testing
