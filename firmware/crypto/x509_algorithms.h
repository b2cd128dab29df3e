// SPDX-License-Identifier: Apache-2.0
/// Private to firmware/crypto: the AlgorithmIdentifiers that certificates here are signed with.
#pragma once

#include "firmware/crypto/x509.h"

namespace swtee::crypto {

/// The whole AlgorithmIdentifier.
DerBytes rsa_pss_algorithm(PssTrailer trailer);
DerBytes ecdsa_algorithm(Curve curve);
/// Which algorithm these bytes are; `unknown` for every other one, also for RSASSA-PSS with other parameters.
SignatureAlgorithm recognise_algorithm(ByteView identifier);

}  // namespace swtee::crypto
