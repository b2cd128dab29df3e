// SPDX-License-Identifier: Apache-2.0
/// The vendor's own extensions of a VCEK or VLEK certificate ("VEK" for either).  [VCEK-KDS r0.51 §X.509 v3 extensions]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/x509.h"
#include "guest/verifier/product.h"

#include <swtee/abi/snp/tcb.h>

#include <optional>
#include <string>
#include <vector>

namespace swtee::verifier {

struct VekExtensions {
  std::uint64_t struct_version = 0;
  std::string product_name;
  snp::Tcb tcb;          ///< the security patch levels; fmc is 0 where the certificate has none
  bool has_fmc = false;  ///< fmcSPL is there, as on Turin
  std::optional<std::vector<std::uint8_t>> hwid;  ///< VCEK: 64 bytes, or 8 on Turin
  std::optional<std::string> csp_id;              ///< VLEK: whose it is
};

/// Fails when an extension that every VEK has is missing, holds anything but its type, or when a patch level without a
/// meaning (spl4 to spl7) is not 0. Accepts hwID as bare bytes and inside an OCTET STRING: both were issued.
Result<VekExtensions> parse_vek_extensions(const crypto::Certificate& certificate);

/// What the extensions must be for a certificate of this line and kind; empty when all is well, otherwise the reason.
std::string vek_extensions_problem(const VekExtensions& extensions, const ProductLineFacts& facts, bool is_vlek);

}  // namespace swtee::verifier
