// SPDX-License-Identifier: Apache-2.0
/// The vendor's CA keys: those that come with the program, or a directory of one's own.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/rsa.h"
#include "sim/vendor/product_line.h"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace swtee::vendor {

/// A key file in the program.
struct EmbeddedRoot {
  std::string_view file_name;  ///< "milan-ark.pem"
  std::string_view text;
};
std::span<const EmbeddedRoot> embedded_roots();

/// "milan-ark.pem": the same names in `test-roots` and in a directory.
std::string root_file_name(const ProductLine& line, Ca ca);

/// One key for each line and CA. Copies share the keys. Safe to use from several threads.
class RootKeys {
 public:
  /// The public test roots. A key is read when first asked for.
  static RootKeys embedded();
  /// All keys of a directory that `create_roots` made. Fails with the file's name when one is missing, too large, no regular
  /// file, or no RSA-4096 private key.
  static Result<RootKeys> from_directory(const std::string& path);

  const crypto::RsaPrivateKey& key(const ProductLine& line, Ca ca) const;

 private:
  struct State;
  explicit RootKeys(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// Makes new roots in a directory that does not exist yet or is empty: all files appear at once, mode 0600, or none.
/// `progress` is told of each key before it is made (about a second each): done, total, file name.
Result<void> create_roots(const std::string& path, const std::function<void(int, int, const std::string&)>& progress = {});

}  // namespace swtee::vendor
