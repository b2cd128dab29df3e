// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/guest_policy.h"

#include "firmware/contract/require.h"

#include <swtee/abi/snp/policy.h>

namespace swtee::snp {

Checked check_policy(const World& world, std::uint64_t policy_word) {
  using namespace policy;
  const Status reserved = world.settings.knobs.reserved_policy_bits;
  SWTEE_REQUIRE(ReservedMustBeOne::get(policy_word) && (policy_word & kMustBeZero) == 0, reserved);
  const FirmwareVersion wanted{static_cast<std::uint8_t>(AbiMajor::get(policy_word)),
                               static_cast<std::uint8_t>(AbiMinor::get(policy_word)), 0};
  const FirmwareVersion have{world.current().version.major, world.current().version.minor, 0};
  SWTEE_REQUIRE(wanted <= have, Status::policy_failure);
  SWTEE_REQUIRE(Smt::get(policy_word) || !world.ports.cpus.smt_enabled(), Status::policy_failure);
  SWTEE_REQUIRE(CxlAllow::get(policy_word) || !world.settings.cxl_present, Status::policy_failure);
  SWTEE_REQUIRE(!MemAes256Xts::get(policy_word) || world.settings.aes_256_xts_enabled, Status::policy_failure);
  SWTEE_REQUIRE(!RaplDis::get(policy_word) || world.init_options.rapl_disabled, Status::policy_failure);
  SWTEE_REQUIRE(!CiphertextHidingDram::get(policy_word) || world.init_options.ciphertext_hiding, Status::policy_failure);
  return {};
}

}  // namespace swtee::snp
