// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/host_files.h"

#include "sim/sandbox/text_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <functional>

namespace swtee::sandbox {
namespace {

constexpr std::string_view kSev = "/dev/sev";
constexpr std::string_view kCores = "/dev/cpu";
constexpr std::string_view kRegisters = "msr";
constexpr std::string_view kModule = "/sys/module/kvm_amd";
constexpr std::string_view kParameters = "/sys/module/kvm_amd/parameters";
constexpr std::array<std::string_view, 3> kParameterNames{"sev", "sev_es", "sev_snp"};
constexpr std::uint32_t kSevIssueCmd = 0xc0105300;
/// The misc major with a minor as misc_register() gives out, and the major of the register files.
constexpr std::uint32_t kMiscMajor = 10, kSevMinor = 125, kMsrMajor = 202;

NodeStat node(NodeKind kind, std::uint32_t permissions, std::uint64_t size, std::string_view path) {
  NodeStat made;
  made.kind = kind;
  made.permissions = permissions;
  made.size = size;
  made.inode = (std::hash<std::string_view>{}(path) >> 1) | 1;
  return made;
}

NodeStat device(std::uint32_t major, std::uint32_t minor, std::string_view path) {
  NodeStat made = node(NodeKind::character_device, 0600, 0, path);
  made.device_major = major;
  made.device_minor = minor;
  return made;
}

bool is_parameter(std::string_view path) {
  return std::any_of(kParameterNames.begin(), kParameterNames.end(),
                     [&](std::string_view name) { return path == std::string(kParameters) + "/" + std::string(name); });
}

class SevFile final : public OpenFile {
 public:
  SevFile(HostDrivers& drivers, bool writable) : drivers_(drivers), writable_(writable) {}
  SysResult<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument, UserMemory& memory) override {
    return drivers_.sev_ioctl(request, argument, writable_, memory);
  }
  Seeking seeking() const override { return Seeking::refused; }

 private:
  HostDrivers& drivers_;
  bool writable_;
};

/// [Linux arch/x86/kernel/msr.c]: the position is the register's number; each 8 bytes read it again.
class RegisterFile final : public OpenFile {
 public:
  RegisterFile(HostDrivers& drivers, std::uint32_t core) : drivers_(drivers), core_(core) {}
  SysResult<std::size_t> read(std::span<std::byte> into, std::uint64_t offset) override {
    if (into.size() % 8 != 0) return sys_error(EINVAL);
    const auto value = drivers_.read_msr(core_, static_cast<std::uint32_t>(offset));
    if (!value.has_value()) return sys_error(EIO);
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = static_cast<std::byte>(*value >> (8 * (i % 8)));
    return into.size();
  }
  SysResult<std::size_t> write(std::span<const std::byte>, std::uint64_t) override { return sys_error(EPERM); }

 private:
  HostDrivers& drivers_;
  std::uint32_t core_;
};

}  // namespace

std::vector<std::uint32_t> sev_requests() { return {kSevIssueCmd}; }

std::vector<std::string> HostFiles::mount_points() const {
  return {std::string(kSev), std::string(kCores), std::string(kModule)};
}

std::optional<HostFiles::CorePath> HostFiles::core_of(std::string_view path) const {
  if (path.size() <= kCores.size() + 1 || path.substr(0, kCores.size()) != kCores || path[kCores.size()] != '/') return std::nullopt;
  path.remove_prefix(kCores.size() + 1);
  const std::string_view digits = path.substr(0, path.find('/'));
  std::uint32_t core = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), core);
  // As the kernel writes numbers: no other spelling names a core.
  if (problem != std::errc() || std::to_string(core) != digits || core >= drivers_.cores()) return std::nullopt;
  path.remove_prefix(digits.size());
  if (path.empty()) return CorePath{core, false};
  if (path.substr(1) == kRegisters) return CorePath{core, true};
  return std::nullopt;
}

SysResult<NodeStat> HostFiles::stat(std::string_view path) {
  if (path == kSev) return device(kMiscMajor, kSevMinor, path);
  if (path == kCores || path == kModule || path == kParameters) return node(NodeKind::directory, 0755, 0, path);
  if (is_parameter(path)) return node(NodeKind::regular, 0444, 4096, path);
  if (const auto core = core_of(path))
    return core->registers ? device(kMsrMajor, core->core, path) : node(NodeKind::directory, 0755, 0, path);
  return sys_error(ENOENT);
}

SysResult<std::unique_ptr<OpenFile>> HostFiles::open(std::string_view path, OpenMode mode) {
  if (path == kSev) return std::unique_ptr<OpenFile>(std::make_unique<SevFile>(drivers_, mode.write));
  if (is_parameter(path)) {
    if (mode.write) return sys_error(EACCES);
    return std::unique_ptr<OpenFile>(std::make_unique<TextFile>(drivers_.sev_snp_enabled() ? "Y\n" : "N\n"));
  }
  if (const auto core = core_of(path); core && core->registers)
    return std::unique_ptr<OpenFile>(std::make_unique<RegisterFile>(drivers_, core->core));
  return sys_error(ENOENT);
}

SysResult<std::vector<DirectoryEntry>> HostFiles::list(std::string_view path) {
  std::vector<DirectoryEntry> entries;
  const auto add = [&](std::string_view name) {
    const std::string child = std::string(path) + "/" + std::string(name);
    if (const auto shown = stat(child); shown.ok()) entries.push_back({std::string(name), shown.value().kind, shown.value().inode});
  };
  if (path == kCores) {
    for (std::uint32_t core = 0; core < drivers_.cores(); ++core) add(std::to_string(core));
  } else if (path == kModule) {
    add("parameters");
  } else if (path == kParameters) {
    for (const std::string_view name : kParameterNames) add(name);
  } else if (const auto core = core_of(path); core && !core->registers) {
    add(kRegisters);
  } else {
    return sys_error(ENOTDIR);
  }
  return entries;
}

}  // namespace swtee::sandbox
