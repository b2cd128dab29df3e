// SPDX-License-Identifier: Apache-2.0
/// The paths of the vendor's key service (KDS).  [VCEK-KDS r0.51 §REST]
#pragma once

#include "firmware/crypto/der.h"
#include "sim/vendor/product_line.h"

#include <swtee/abi/snp/tcb.h>

#include <string>
#include <string_view>
#include <optional>
#include <variant>

namespace swtee::vendor {

/// GET /vcek/v1/{line}/{hwid}?{SPLs}
struct VcekRequest {
  const ProductLine* line;
  crypto::DerBytes hardware_id;  ///< as long as the line's ids
  snp::Tcb tcb;
};
/// GET /{vcek|vlek}/v1/{line}/cert_chain
struct CertChainRequest {
  const ProductLine* line;
  KeyKind kind;
};
/// GET /{vcek|vlek}/v1/{line}/crl
struct CrlRequest {
  const ProductLine* line;
  KeyKind kind;
};
/// GET :444/vlek/v1/{line}/cert?{SPLs}, with a client certificate
struct VlekRequest {
  const ProductLine* line;
  snp::Tcb tcb;
};
/// POST :444/vlek/v1/{line}/hash_sticks?{SPLs}, with a client certificate
struct HashSticksRequest {
  const ProductLine* line;
  snp::Tcb tcb;
};
/// GET /cek/id/{id}, where the id is what GET_ID of a socket gives: 64 bytes on every line
struct CekRequest {
  crypto::DerBytes id;  ///< 64 bytes
};
/// No such resource (404), or a parameter that makes no sense (400); `why` is for people.
struct RefusedRequest {
  unsigned status;
  std::string why;
};

using KdsRequest = std::variant<VcekRequest, CertChainRequest, CrlRequest, VlekRequest, HashSticksRequest, CekRequest, RefusedRequest>;

/// What a missing SPL parameter means. The real service's answer is not known to us.
enum class MissingSpl { zero, refused };

/// Reads a request target: a path with query, or a whole URL as proxies send it. A pure function of its arguments, for
/// any bytes. SPLs are decimal from 0 to 255 with up to three digits, in any order, each at most once; hwids are hex digits of
/// either case. A hwid of another length than the line's is nobody's: 404.
KdsRequest parse_kds_target(std::string_view target, MissingSpl missing = MissingSpl::zero);

/// Hex digits of either case, or nothing when another character is among them or their number is odd.
std::optional<crypto::DerBytes> parse_hex(std::string_view text);

}  // namespace swtee::vendor
