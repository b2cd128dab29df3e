// SPDX-License-Identifier: Apache-2.0
/// Hexadecimal text, as people write digests on a command line and as reasons quote them.
#pragma once

#include <swtee/abi/wire.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::verifier {

/// Lower case, two digits a byte, no prefix.
std::string to_hex(ByteView bytes);
/// "0x1f": no leading zeros beyond the one of zero itself.
std::string hex_number(std::uint64_t value);
/// Bytes from digits with or without "0x" before them; blanks, line ends, colons between digits are passed over.
/// Nothing when another character is met or the number of digits is odd.
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

}  // namespace swtee::verifier
