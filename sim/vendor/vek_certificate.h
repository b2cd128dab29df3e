// SPDX-License-Identifier: Apache-2.0
/// What stands in the vendor's certificates, apart from keys and signatures.  [VCEK-KDS r0.51 §X.509 v3 extensions]
#pragma once

#include "firmware/crypto/x509.h"
#include "sim/vendor/product_line.h"

#include <swtee/abi/snp/tcb.h>

namespace swtee::vendor {

/// Every subject and issuer carries this as serialNumber (2.5.4.5): the mark by which anyone sees what a certificate is.
inline constexpr std::string_view kTestMark = "swtee TEST ONLY";

/// OU, C, L, ST, O, CN as the vendor writes them, and after them the mark.
crypto::Name vendor_name(std::string_view common_name);

/// Extensions of a CA certificate in the vendor's order. `key_id` is of its own key, `root_key_id` of the ARK's.
std::vector<crypto::Extension> ca_extensions(const ProductLine& line, Ca ca, ByteView key_id, ByteView root_key_id);

/// Extensions of a VCEK: structure version, product, SPLs, hwID.
std::vector<crypto::Extension> vcek_extensions(const ProductRow& product, const snp::Tcb& tcb, ByteView hardware_id);
/// Extensions of a VLEK: the same with the product name of VLEKs, and cspID in place of hwID.
/// DEVIATION: no VLEK of Genoa or Turin is public; ours have the form of the line's VCEK.
std::vector<crypto::Extension> vlek_extensions(const ProductRow& product, const snp::Tcb& tcb, std::string_view csp_id);

}  // namespace swtee::vendor
