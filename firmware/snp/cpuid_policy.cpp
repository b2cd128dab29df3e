// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/cpuid_policy.h"

#include <array>

namespace swtee::snp {
namespace {

constexpr std::uint32_t kAll = 0xffffffff;
constexpr std::uint32_t kAnySubleaf = 0xffffffff;
/// Size of the XSAVE area for x87 and SSE alone.
constexpr std::uint32_t kXsaveBaseSize = 0x240;

/// Bits that a host may set in the answer of one leaf. Feature leaves only; from the processors' programming
/// references (family 19h and 1Ah).
struct Rule {
  std::uint8_t from_family;  ///< the CPU families 19h and 1Ah differ in leaf 7
  std::uint32_t leaf;
  std::uint32_t subleaf;
  std::uint32_t eax, ebx, ecx, edx;
};

constexpr std::array kRules{
    Rule{0x19, 0x00000001, kAnySubleaf, kAll, kAll, 0xfefa320b, 0x178bfbff},
    Rule{0x1a, 0x00000007, 0, kAll, 0xf1bf97ab, 0x18405fde, 0x10000110},
    Rule{0x19, 0x00000007, 0, kAll, 0xf1bf97a9, 0x00405fde, 0x10000010},
    Rule{0x19, 0x80000001, kAnySubleaf, kAll, kAll, 0x75c237ff, 0x2fd3fbff},
    Rule{0x19, 0x8000001d, kAnySubleaf, kAll, kAll, kAll, 0x00000003},
};

const Rule* rule_for(const ProductRow& product, const CpuidFunction& function) {
  const std::uint8_t family = fms_of(product.cpuid_signature).family;
  for (const Rule& rule : kRules)
    if (family >= rule.from_family && rule.leaf == function.eax_in &&
        (rule.subleaf == kAnySubleaf || rule.subleaf == function.ecx_in))
      return &rule;
  return nullptr;
}

bool is_xsave_size_leaf(const CpuidFunction& function) {
  return function.eax_in == 0xd && function.ecx_in <= 1 && function.xcr0_in <= 3 && function.xss_in == 0;
}

}  // namespace

CpuidFunction allowed(const ProductRow& product, const CpuidFunction& proposed) {
  CpuidFunction answer = proposed;
  if (const Rule* rule = rule_for(product, proposed); rule != nullptr) {
    answer.eax = proposed.eax & rule->eax;
    answer.ebx = proposed.ebx & rule->ebx;
    answer.ecx = proposed.ecx & rule->ecx;
    answer.edx = proposed.edx & rule->edx;
  }
  if (is_xsave_size_leaf(proposed)) answer.ebx = kXsaveBaseSize;
  answer.reserved_28h = 0;
  return answer;
}

}  // namespace swtee::snp
