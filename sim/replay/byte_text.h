// SPDX-License-Identifier: Apache-2.0
/// Bytes in a trace: hexadecimal digits, and when they end in many zeros " 00*N" for these: "0a0b 00*4094".
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/wire.h>

#include <string>
#include <string_view>
#include <vector>

namespace swtee::replay {

std::string to_text(ByteView bytes);

/// Fails for what is no such text, and for more than `most` bytes.
Result<std::vector<std::uint8_t>> to_bytes(std::string_view text, std::size_t most);

}  // namespace swtee::replay
