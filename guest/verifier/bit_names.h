// SPDX-License-Identifier: Apache-2.0
/// The bits of POLICY and PLATFORM_INFO by name, for command lines and for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace swtee::verifier {

struct BitName {
  std::string_view name;  ///< the specification's, in lower case with hyphens
  std::uint64_t mask;
  std::string_view meaning;  ///< of the bit being 1
};

/// [SNP-ABI r1.58 §GUEST_POLICY] without ABI version and the bit that must be one.
std::span<const BitName> guest_policy_bits();
/// [SNP-ABI r1.58 §ATTESTATION_REPORT, PLATFORM_INFO]
std::span<const BitName> platform_info_bits();

/// The row with this name, or null.
const BitName* find_bit(std::span<const BitName> bits, std::string_view name);
/// "smt, debug" for the bits that are set; bits without a name as "bit 6".
std::string names_of(std::span<const BitName> bits, std::uint64_t word);

}  // namespace swtee::verifier
