// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/verdict.h"

#include <algorithm>

namespace swtee::verifier {

const Check* Verdict::find(std::string_view name) const {
  const auto found = std::find_if(checks_.begin(), checks_.end(), [name](const Check& check) { return check.name == name; });
  return found == checks_.end() ? nullptr : &*found;
}

bool Verdict::accepted() const {
  return !checks_.empty() && std::all_of(checks_.begin(), checks_.end(), [](const Check& check) {
    return check.outcome == Outcome::passed || (check.outcome == Outcome::not_done && !check.required);
  });
}

}  // namespace swtee::verifier
