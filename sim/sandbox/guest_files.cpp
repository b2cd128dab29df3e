// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/guest_files.h"

#include "sim/sandbox/text_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <optional>

namespace swtee::sandbox {
namespace {

namespace model = guest::snp;

constexpr std::string_view kDevice = "/dev/sev-guest";
constexpr std::string_view kConfigfs = "/sys/kernel/config/tsm";
constexpr std::string_view kReports = "/sys/kernel/config/tsm/report";
constexpr std::string_view kPlatform = "/sys/devices/platform/sev-guest";
/// The misc major, and a minor as misc_register() gives out, from 127 downwards.
constexpr std::uint32_t kMiscMajor = 10;
constexpr std::uint32_t kMiscMinor = 124;

/// [Linux drivers/base/platform.c]
struct SysfsFile {
  std::string_view name;
  std::string_view text;
};
constexpr std::array kPlatformFiles{
    SysfsFile{"driver_override", "(null)\n"},
    SysfsFile{"modalias", "platform:sev-guest\n"},
    SysfsFile{"uevent", "DRIVER=sev-guest\nMODALIAS=platform:sev-guest\n"},
};

Failure<Errno> negated(int code) { return sys_error(-code); }

std::uint8_t* bytes_of(std::byte* bytes) { return reinterpret_cast<std::uint8_t*>(bytes); }
const std::uint8_t* bytes_of(const std::byte* bytes) { return reinterpret_cast<const std::uint8_t*>(bytes); }

/// The sandbox's view of a program's memory in the form the models ask for.
class ModelMemory final : public model::UserMemory {
 public:
  explicit ModelMemory(sandbox::UserMemory& memory) : memory_(memory) {}
  bool copy_in(std::uint64_t address, MutableBytes to) override {
    return memory_.copy_in(address, std::as_writable_bytes(to)).ok();
  }
  bool copy_out(std::uint64_t address, ByteView from) override {
    return memory_.copy_out(address, std::as_bytes(from)).ok();
  }

 private:
  sandbox::UserMemory& memory_;
};

class DeviceFile final : public OpenFile {
 public:
  explicit DeviceFile(model::SevGuestDevice& device) : device_(device) {}
  SysResult<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument, sandbox::UserMemory& memory) override {
    ModelMemory adapted(memory);
    const int result = device_.ioctl(request, argument, adapted);
    if (result < 0) return negated(result);
    return std::int64_t{result};
  }
  Seeking seeking() const override { return Seeking::refused; }

 private:
  model::SevGuestDevice& device_;
};

class AttributeFile final : public OpenFile {
 public:
  explicit AttributeFile(std::unique_ptr<model::OpenAttribute> attribute) : attribute_(std::move(attribute)) {}
  SysResult<std::size_t> read(std::span<std::byte> into, std::uint64_t offset) override {
    return counted(attribute_->read({bytes_of(into.data()), into.size()}, offset));
  }
  SysResult<std::size_t> write(std::span<const std::byte> from, std::uint64_t offset) override {
    return counted(attribute_->write({bytes_of(from.data()), from.size()}, offset));
  }
  Seeking seeking() const override { return attribute_->seekable() ? Seeking::allowed : Seeking::refused; }
  std::uint64_t write_limit() const override {
    return attribute_->attribute() == model::TsmAttribute::inblob ? model::kTsmInblobMax : model::kTsmTextWriteMax;
  }
  void release() noexcept override { attribute_->release(); }

 private:
  static SysResult<std::size_t> counted(std::int64_t result) {
    if (result < 0) return negated(static_cast<int>(result));
    return static_cast<std::size_t>(result);
  }
  std::unique_ptr<model::OpenAttribute> attribute_;
};

NodeStat node(NodeKind kind, std::uint32_t permissions, std::uint64_t size, std::string_view path) {
  NodeStat made;
  made.kind = kind;
  made.permissions = permissions;
  made.size = size;
  made.inode = (std::hash<std::string_view>{}(path) >> 1) | 1;
  return made;
}

NodeStat node_of(const model::TsmStat& shown, std::string_view path) {
  const bool directory = (shown.mode & 0170000) == 0040000;
  return node(directory ? NodeKind::directory : NodeKind::regular, shown.mode & 07777, shown.size, path);
}

/// What is below the report directory: an entry, or an attribute of one. Nothing for other paths.
struct ReportPath {
  std::string_view entry;
  std::string_view attribute;
};
std::optional<ReportPath> below_reports(std::string_view path) {
  if (path.size() <= kReports.size() + 1 || path.substr(0, kReports.size()) != kReports) return std::nullopt;
  path.remove_prefix(kReports.size());
  if (path.front() != '/') return std::nullopt;
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return ReportPath{path, {}};
  return ReportPath{path.substr(0, slash), path.substr(slash + 1)};
}

const SysfsFile* platform_file(std::string_view path) {
  if (path.size() <= kPlatform.size() + 1 || path.substr(0, kPlatform.size() + 1) != std::string(kPlatform) + "/")
    return nullptr;
  const auto found = std::find_if(kPlatformFiles.begin(), kPlatformFiles.end(), [&](const SysfsFile& file) {
    return file.name == path.substr(kPlatform.size() + 1);
  });
  return found == kPlatformFiles.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::uint32_t> sev_guest_requests() {
  return {swtee::snp::kIoctlGetReport, swtee::snp::kIoctlGetDerivedKey, swtee::snp::kIoctlGetExtReport};
}

std::vector<std::string> GuestFiles::mount_points() const {
  std::vector<std::string> mounts;
  if (device_ != nullptr) mounts = {std::string(kDevice), std::string(kPlatform)};
  if (tsm_ != nullptr) mounts.emplace_back(kConfigfs);
  return mounts;
}

SysResult<NodeStat> GuestFiles::stat(std::string_view path) {
  if (path == kDevice) {
    NodeStat shown = node(NodeKind::character_device, 0600, 0, path);
    shown.device_major = kMiscMajor;
    shown.device_minor = kMiscMinor;
    return shown;
  }
  if (path == kPlatform || path == kConfigfs) return node(NodeKind::directory, 0755, 0, path);
  if (platform_file(path) != nullptr) return node(NodeKind::regular, 0444, 4096, path);
  if (tsm_ == nullptr) return sys_error(ENOENT);
  if (path == kReports) return node_of(tsm_->stat(), path);
  const auto below = below_reports(path);
  if (!below) return sys_error(ENOENT);
  const auto shown = below->attribute.empty() ? tsm_->stat(below->entry) : tsm_->stat(below->entry, below->attribute);
  if (!shown.ok()) return negated(shown.error());
  return node_of(shown.value(), path);
}

SysResult<std::unique_ptr<OpenFile>> GuestFiles::open(std::string_view path, OpenMode mode) {
  if (path == kDevice) return std::unique_ptr<OpenFile>(std::make_unique<DeviceFile>(*device_));
  if (const SysfsFile* file = platform_file(path)) {
    if (mode.write) return sys_error(EACCES);
    return std::unique_ptr<OpenFile>(std::make_unique<TextFile>(file->text));
  }
  const auto below = below_reports(path);
  if (!below || tsm_ == nullptr) return sys_error(ENOENT);
  model::TsmOpenFlags flags;
  flags.read = mode.read;
  flags.write = mode.write;
  auto opened = tsm_->open(below->entry, below->attribute, flags);
  if (!opened.ok()) return negated(opened.error());
  return std::unique_ptr<OpenFile>(std::make_unique<AttributeFile>(std::move(opened).value()));
}

SysResult<std::vector<DirectoryEntry>> GuestFiles::list(std::string_view path) {
  std::vector<DirectoryEntry> entries;
  const auto add = [&](std::string_view name) {
    const std::string child = std::string(path) + "/" + std::string(name);
    if (const auto shown = stat(child); shown.ok())
      entries.push_back({std::string(name), shown.value().kind, shown.value().inode});
  };
  if (path == kPlatform) {
    for (const SysfsFile& file : kPlatformFiles) add(file.name);
  } else if (path == kConfigfs) {
    add("report");
  } else if (path == kReports && tsm_ != nullptr) {
    for (const std::string& name : tsm_->list()) add(name);
  } else if (const auto below = below_reports(path); below && below->attribute.empty() && tsm_ != nullptr) {
    const auto names = tsm_->list(below->entry);
    if (!names.ok()) return negated(names.error());
    for (std::string_view name : names.value()) add(name);
  } else {
    return sys_error(ENOTDIR);
  }
  return entries;
}

SysResult<void> GuestFiles::mkdir(std::string_view path, std::uint32_t) {
  const auto below = below_reports(path);
  // configfs lets nobody make a directory where no group is made for it.
  if (!below || !below->attribute.empty() || tsm_ == nullptr) return sys_error(EPERM);
  const int result = tsm_->mkdir(below->entry);
  return result == 0 ? SysResult<void>{} : SysResult<void>(negated(result));
}

SysResult<void> GuestFiles::rmdir(std::string_view path) {
  const auto below = below_reports(path);
  if (!below || !below->attribute.empty() || tsm_ == nullptr) return sys_error(EPERM);
  const int result = tsm_->rmdir(below->entry);
  return result == 0 ? SysResult<void>{} : SysResult<void>(negated(result));
}

}  // namespace swtee::sandbox
