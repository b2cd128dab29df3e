// SPDX-License-Identifier: Apache-2.0
/// The JSON that commands print. Members keep the order in which they are written; bytes are lower-case hex, bit fields
/// and TCB versions both a number as hex text and their parts.
#pragma once

#include <nlohmann/json.hpp>

#include <iosfwd>

namespace swtee::cli {

using Json = nlohmann::ordered_json;

/// Indented, with a line end. Bytes that are no UTF-8 (a certificate's names may hold any) are replaced, not thrown at.
void print_json(const Json& json, std::ostream& out);

}  // namespace swtee::cli
