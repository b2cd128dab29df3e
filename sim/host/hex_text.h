// SPDX-License-Identifier: Apache-2.0
/// Numbers in messages: addresses and offsets are read in hexadecimal.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace swtee::host {

/// "0x1f"
inline std::string hex_text(std::uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace swtee::host
