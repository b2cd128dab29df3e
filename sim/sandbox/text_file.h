// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/sandbox/virtual_files.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace swtee::sandbox {

/// An open file whose text does not change.
class TextFile final : public OpenFile {
 public:
  explicit TextFile(std::string_view text) : text_(text) {}
  SysResult<std::size_t> read(std::span<std::byte> into, std::uint64_t offset) override {
    if (offset >= text_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(into.size(), text_.size() - offset);
    std::memcpy(into.data(), text_.data() + offset, count);
    return count;
  }

 private:
  std::string text_;
};

}  // namespace swtee::sandbox
