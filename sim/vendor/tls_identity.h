// SPDX-License-Identifier: Apache-2.0
/// TLS certificates of the vendor's services and of the providers that call them. TEST ONLY, like everything here.
///
/// Both CAs follow from the universe, so that a client configured once works with every replica. Whoever knows the universe
/// knows their keys: the service CA is therefore constrained to the services' names and to this machine's addresses, and it
/// must still never enter a trust store that is used for anything else.
#pragma once

#include "firmware/keys/universe.h"

#include <string>
#include <string_view>
#include <vector>

namespace swtee::vendor {

struct TlsIdentity {
  std::string certificate_pem;
  std::string private_key_pem;
};

/// Host names that the services answer to: kdsintf.amd.com, kdsintfdev.amd.com, localhost.
const std::vector<std::string>& service_names();

/// The CA that a client must trust to reach the services over TLS.
std::string service_ca_pem(const keys::Universe& universe);
/// The services' certificate for `service_names()`, 127.0.0.1 and ::1, valid for this calendar year and the next.
TlsIdentity service_identity(const keys::Universe& universe, std::int64_t now);

/// The CA whose client certificates the VLEK endpoints accept.
std::string provider_ca_pem(const keys::Universe& universe);
/// A provider's client certificate; its CN becomes the cspID of its VLEKs.
TlsIdentity provider_identity(const keys::Universe& universe, std::string_view common_name, std::int64_t now);

}  // namespace swtee::vendor
