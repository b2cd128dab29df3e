// SPDX-License-Identifier: Apache-2.0
/// PrivateKeyInfo: the wrapping of private keys of every algorithm.  [RFC 5958 §ASYMMETRIC KEY PACKAGE CMS CONTENT TYPE]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/der.h"

#include <string>

namespace swtee::crypto {

struct PrivateKeyInfo {
  std::string algorithm;  ///< its OBJECT IDENTIFIER
  DerReader parameters;   ///< what follows that in the AlgorithmIdentifier
  ByteView key;           ///< in the algorithm's own form
};

/// Version 0 or 1; what follows the key is not looked at. The bytes must outlive the result.
Result<PrivateKeyInfo> parse_private_key_info(ByteView der);

/// Version 0 in a PEM block. `algorithm` is the whole AlgorithmIdentifier; the copies of `key` are wiped.
std::string private_key_pem(ByteView algorithm, ByteView key);

}  // namespace swtee::crypto
