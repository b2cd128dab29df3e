// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/json_output.h"

#include <ostream>

namespace swtee::cli {
void print_json(const Json& json, std::ostream& out) {
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace swtee::cli
