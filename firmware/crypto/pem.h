// SPDX-License-Identifier: Apache-2.0
/// PEM: DER in a text file.  [RFC 7468]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/der.h"

#include <string>
#include <string_view>
#include <vector>

namespace swtee::crypto {

struct PemBlock {
  std::string label;  ///< "CERTIFICATE"
  DerBytes bytes;
};

/// All blocks of a text, in order; lines before, between and after blocks are comments. Fails when a block is not
/// closed, is closed under another label or holds anything but base64. A text without blocks is an empty list.
Result<std::vector<PemBlock>> parse_pem(std::string_view text);

/// One block with lines of 64 characters.
std::string to_pem(std::string_view label, ByteView bytes);

std::string to_base64(ByteView bytes);
/// Strict: no white space, padding as it must be, unused bits zero.
Result<DerBytes> from_base64(std::string_view text);

}  // namespace swtee::crypto
