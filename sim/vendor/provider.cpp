// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/provider.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::vendor {

Result<Provider> Provider::create(keys::Universe universe, std::string name) {
  const bool fits = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  SWTEE_REQUIRE(fits, Error("a provider's name is a host name of 1 to 64 characters"));
  return Provider(std::move(universe), std::move(name));
}

snp::WrappedVlekHashstick Provider::hash_stick(const keys::Chip& chip, const snp::Tcb& tcb) const {
  return keys::wrap_vlek(chip, keys::vlek_stick(universe_, *chip.product, csp_id(), tcb));
}

}  // namespace swtee::vendor
