// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/rsa.h"

#include <string>

namespace swtee::vendor {

/// An RSA-4096 private key from a file; the error names the file.
Result<crypto::RsaPrivateKey> read_root(const std::string& path);

}  // namespace swtee::vendor
