// SPDX-License-Identifier: Apache-2.0
/// Small files that a person names on the command line.
#pragma once

#include "firmware/contract/result.h"
#include "sim/cli/command.h"

#include <string>
#include <vector>

namespace swtee::cli {

/// Evidence, certificates and tables are small: what is larger is not what its user thinks it is.
inline constexpr std::size_t kInputMax = 1 << 20;

/// All bytes of a file, or of the context's input when the path is "-". Fails with the path and the reason, also when
/// there are more than kInputMax bytes.
Result<std::vector<std::uint8_t>> read_input(const std::string& path, Context& context);

/// Bytes of a value on the command line: hex digits, or "@FILE" for the file's bytes. `size` is what it must have; a
/// shorter value is filled up with zeros when `fill` says so, as attesters do with REPORT_DATA.
enum class Fill { no, with_zeros };
Result<std::vector<std::uint8_t>> bytes_value(const std::string& text, std::size_t size, Fill fill, Context& context);

/// A whole number, decimal or 0x-hexadecimal, at most `most`.
Result<std::uint64_t> number_value(const std::string& text, std::uint64_t most);

/// "2025-06-01", "2025-06-01T12:30:00Z" or "@" and Unix seconds.
Result<std::int64_t> time_value(const std::string& text);

}  // namespace swtee::cli
