// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace swtee::bench {

/// What the key service is compared with: the same HTTP library answering every request with one file, opened and read from
/// disk each time. Two threads on a free port of 127.0.0.1, as the key service.
class StaticFileServer {
 public:
  explicit StaticFileServer(const std::string& content);
  ~StaticFileServer();

  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swtee::bench
