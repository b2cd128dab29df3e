// SPDX-License-Identifier: Apache-2.0
/// One HTTP or HTTPS GET, for small answers.
#pragma once

#include "firmware/contract/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::kds {

/// "https://host:port/prefix", taken apart.
struct HttpUrl {
  bool tls = false;
  std::string host;  ///< without the brackets of an IPv6 address
  std::string port;
  std::string path;  ///< begins with "/" or is empty; never ends with "/"
};
/// Fails unless the scheme is http or https and there is a host. Refuses user names, queries and fragments.
Result<HttpUrl> parse_http_url(std::string_view url);

struct HttpOptions {
  /// File with the CAs that may sign the server's certificate; empty: those of the system.
  std::string ca_file = {};
  std::chrono::seconds timeout = std::chrono::seconds(30);  ///< for the whole exchange
};

struct HttpAnswer {
  unsigned status = 0;
  std::vector<std::uint8_t> body;  ///< at most 1 MiB
};

/// Asks `base` for `target`, a path below the base's own. Any status is an answer; redirections are not followed. Fails
/// when no answer came: name, connection, TLS, time, size.
Result<HttpAnswer> http_get(const HttpUrl& base, const std::string& target, const HttpOptions& options);

}  // namespace swtee::kds
