// SPDX-License-Identifier: Apache-2.0
/// What the firmware lets a host tell a guest about the CPU.
#pragma once

#include "firmware/platform/product.h"

#include <swtee/abi/snp/guest_message.h>

namespace swtee::snp {

/// The answer that this product's policy allows for one CPUID function: the proposed values with everything taken away
/// that the CPU does not have. Equal to the proposal when it is acceptable.
///
/// DEVIATION: the rules of the hardware's firmware are not published. The model refuses features that the product lacks
/// in the feature leaves, and XSAVE area sizes that do not fit the state components; other leaves pass.
CpuidFunction allowed(const ProductRow& product, const CpuidFunction& proposed);

}  // namespace swtee::snp
