// SPDX-License-Identifier: Apache-2.0
/// Platform and guest descriptions in JSON: whatever is accepted is a platform that the rules allow, whatever is refused
/// says why.
#include "sim/config/guest_config.h"
#include "sim/config/platform_config.h"
#include "tests/fuzz/harness.h"

namespace swtee::fuzz {

void fuzz_one(ByteView input) {
  const std::string_view json(reinterpret_cast<const char*>(input.data()), input.size());
  const auto platform = config::parse_platform(json);
  if (platform.ok()) {
    const config::PlatformConfig& config = platform.value();
    FUZZ_REQUIRE(config.product != nullptr);
    FUZZ_REQUIRE(config::validate(config).ok());
    FUZZ_REQUIRE(config.sockets >= 1 && config.cores >= 1 && config.memory % 0x1000 == 0);
    const snp::Tcb committed = config.tcb.committed.value_or(config.tcb.current);
    FUZZ_REQUIRE(config.tcb.current.covers(committed));
    FUZZ_REQUIRE(committed.covers(config.tcb.reported.value_or(committed)));
  } else {
    FUZZ_REQUIRE(!platform.error().what().empty());
  }

  const auto guest = config::parse_guest(json);
  if (guest.ok()) {
    FUZZ_REQUIRE(guest.value().vmpl <= 3);
    FUZZ_REQUIRE(guest.value().image.vcpus >= 1);
  } else {
    FUZZ_REQUIRE(!guest.error().what().empty());
  }
}

}  // namespace swtee::fuzz
