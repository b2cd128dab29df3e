// SPDX-License-Identifier: Apache-2.0
/// A provider (CSP): who runs the machines and may endorse them with a VLEK of its own instead of a chip's VCEK.
#pragma once

#include "firmware/keys/vlek.h"
#include "sim/vendor/tls_identity.h"

#include <string>

namespace swtee::vendor {

class Provider {
 public:
  /// Fails unless `name` is a host name of 1 to 64 characters (letters, digits, dot, hyphen): it goes into certificates.
  static Result<Provider> create(keys::Universe universe, std::string name);

  const std::string& name() const { return name_; }
  /// The cspID extension of this provider's VLEKs.
  std::string csp_id() const { return "CN=" + name_; }
  /// For the VLEK endpoints of the key service.
  TlsIdentity client_identity(std::int64_t now) const { return provider_identity(universe_, name_, now); }
  /// What SNP_VLEK_LOAD takes on this chip.
  snp::WrappedVlekHashstick hash_stick(const keys::Chip& chip, const snp::Tcb& tcb) const;

 private:
  Provider(keys::Universe universe, std::string name) : universe_(std::move(universe)), name_(std::move(name)) {}
  keys::Universe universe_;
  std::string name_;
};

}  // namespace swtee::vendor
