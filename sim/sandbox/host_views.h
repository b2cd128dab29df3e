// SPDX-License-Identifier: Apache-2.0
/// Changed views of host files: /etc/hosts with our names, nsswitch.conf that asks it first, CA bundles with our root.
///
/// A view is only for reading; a program that opens the file for writing gets the host's.
#pragma once

#include "sim/sandbox/name_table.h"
#include "sim/sandbox/unique_fd.h"

#include <sys/stat.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace swtee::sandbox {

/// The bundle whose path is given to the program in SSL_CERT_FILE when the user has not chosen one.
inline constexpr const char* kDefaultBundle = "/etc/ssl/certs/ca-certificates.crt";

class HostViews {
 public:
  /// `more_bundles` are paths the user's environment names (SSL_CERT_FILE and its like).
  HostViews(const NameTable& names, const std::string& ca_pem, const std::vector<std::string>& more_bundles);

  /// A view of exactly this content, over a host file or where the host has none.
  void add(const std::string& path, const std::string& content);

  /// Python's certifi carries a bundle of its own wherever it is installed; its view is made when it is first asked for.
  bool has(const std::string& path);
  /// A descriptor at position 0, for this open alone.
  SysResult<UniqueFd> open(const std::string& path) const;
  std::optional<struct stat> stat(const std::string& path) const;

 private:
  struct View {
    UniqueFd content;
    struct stat shown {};
  };
  const View* find(const std::string& path) const;

  mutable std::mutex mutex_;
  std::map<std::string, View> views_;  ///< nodes stay where they are; only added to
  std::string ca_pem_;
};

}  // namespace swtee::sandbox
