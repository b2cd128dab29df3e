// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/host_views.h"

#include "sim/sandbox/task.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <sstream>

namespace swtee::sandbox {
namespace {

/// Where TLS libraries look: Debian, Fedora and RHEL, SUSE, Alpine, Arch, OpenSSL's built-in default directories.
constexpr std::array kBundles{
    kDefaultBundle,
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
};

constexpr std::string_view kCertifi = "/certifi/cacert.pem";

std::string real_path(const std::string& path) {
  std::array<char, PATH_MAX> resolved;
  return ::realpath(path.c_str(), resolved.data()) != nullptr ? std::string(resolved.data()) : path;
}

/// The host's order of sources with "files" put first, so that our names are found before anyone is asked.
std::string files_first(const std::string& original) {
  std::istringstream lines(original);
  std::string text;
  std::string rest;
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 6, "hosts:") != 0) {
      text += line + "\n";
      continue;
    }
    std::istringstream words(line.substr(6));
    for (std::string word; words >> word;)
      if (word != "files") rest += " " + word;
  }
  return text + "hosts: files" + (rest.empty() ? " dns" : rest) + "\n";
}

}  // namespace

HostViews::HostViews(const NameTable& names, const std::string& ca_pem, const std::vector<std::string>& more_bundles)
    : ca_pem_(ca_pem) {
  if (!names.empty()) {
    const auto hosts = read_small_file("/etc/hosts");
    add("/etc/hosts", names.hosts_lines() + hosts.value_or("127.0.0.1\tlocalhost\n::1\tlocalhost\n"));
    add("/etc/nsswitch.conf", files_first(read_small_file("/etc/nsswitch.conf").value_or("")));
  }
  if (ca_pem.empty()) return;
  std::vector<std::string> bundles(kBundles.begin(), kBundles.end());
  bundles.insert(bundles.end(), more_bundles.begin(), more_bundles.end());
  for (const std::string& path : bundles) {
    const auto original = read_small_file(path);
    // Only the bundle that we name ourselves is made up; a library must find the others as missing as they are.
    if (original || path == kDefaultBundle) add(path, original.value_or("") + "\n" + ca_pem);
  }
}

void HostViews::add(const std::string& path, const std::string& content) {
  const std::string key = real_path(path);
  View view;
  view.content = UniqueFd(::memfd_create("swtee-view", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!view.content.valid()) return;
  if (::write(view.content.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) return;
  ::fcntl(view.content.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  if (::stat(key.c_str(), &view.shown) != 0) {
    ::fstat(view.content.get(), &view.shown);
    view.shown.st_mode = S_IFREG | 0644;
  }
  view.shown.st_size = static_cast<off_t>(content.size());
  view.shown.st_blocks = static_cast<blkcnt_t>((content.size() + 511) / 512);
  std::lock_guard guard(mutex_);
  views_[key] = std::move(view);
}

bool HostViews::has(const std::string& path) {
  if (find(path) != nullptr) return true;
  if (ca_pem_.empty() || path.size() < kCertifi.size()) return false;
  if (path.compare(path.size() - kCertifi.size(), kCertifi.size(), kCertifi) != 0) return false;
  const auto original = read_small_file(path);
  if (!original) return false;
  add(path, *original + "\n" + ca_pem_);
  return true;
}

const HostViews::View* HostViews::find(const std::string& path) const {
  std::lock_guard guard(mutex_);
  const auto found = views_.find(path);
  return found == views_.end() ? nullptr : &found->second;
}

SysResult<UniqueFd> HostViews::open(const std::string& path) const {
  const View* view = find(path);
  if (view == nullptr) return sys_error(ENOENT);
  const std::string self = "/proc/self/fd/" + std::to_string(view->content.get());
  UniqueFd opened(::open(self.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.valid()) return sys_error(errno);
  return opened;
}

std::optional<struct stat> HostViews::stat(const std::string& path) const {
  const View* view = find(path);
  if (view == nullptr) return std::nullopt;
  return view->shown;
}

}  // namespace swtee::sandbox
