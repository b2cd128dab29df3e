// SPDX-License-Identifier: Apache-2.0
/// The launch digest of SEV and SEV-ES guests: one SHA-256 over all that was launched.  [SEV-API r0.24 §LAUNCH_MEASURE]
#pragma once

#include "firmware/crypto/digest.h"

#include <swtee/abi/snp/vmsa.h>

namespace swtee::guest {

/// Fed in launch order. Knows no addresses: plain SEV does not measure where things lie.
class SevLaunchDigest {
 public:
  /// LAUNCH_UPDATE_DATA: firmware image, kernel hash table.
  void add_data(ByteView data) { hash_.update(data); }
  /// LAUNCH_UPDATE_VMSA (SEV-ES only).
  void add_vmsa(const snp::Vmsa& vmsa) { hash_.update(bytes_of(vmsa)); }
  /// The digest; may be called once.
  crypto::Sha256Digest finish() { return hash_.finish(); }

 private:
  crypto::Sha256 hash_;
};

}  // namespace swtee::guest
