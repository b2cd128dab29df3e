// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/bit_names.h"

#include <swtee/abi/snp/policy.h>
#include <swtee/abi/snp/report.h>

#include <array>

namespace swtee::verifier {
namespace {

constexpr std::array kGuestPolicyBits{
    BitName{"smt", snp::policy::Smt::mask, "the host may run the guest with simultaneous multithreading on"},
    BitName{"migrate-ma", snp::policy::MigrateMa::mask, "a migration agent may be bound, which can move the guest"},
    BitName{"debug", snp::policy::Debug::mask, "the host may read and write the guest's memory"},
    BitName{"single-socket", snp::policy::SingleSocket::mask, "the guest runs on one socket only"},
    BitName{"cxl-allow", snp::policy::CxlAllow::mask, "CXL devices and memory may be used"},
    BitName{"mem-aes-256-xts", snp::policy::MemAes256Xts::mask, "memory must be encrypted with AES-256-XTS"},
    BitName{"rapl-dis", snp::policy::RaplDis::mask, "RAPL (power readings) must be off"},
    BitName{"ciphertext-hiding-dram", snp::policy::CiphertextHidingDram::mask, "ciphertext of DRAM must be hidden from the host"},
    BitName{"page-swap-disable", snp::policy::PageSwapDisable::mask, "the host may not swap or move the guest's pages"},
};

constexpr std::array kPlatformInfoBits{
    BitName{"smt-en", snp::platform_info::SmtEn::mask, "simultaneous multithreading is on"},
    BitName{"tsme-en", snp::platform_info::TsmeEn::mask, "all memory is encrypted (TSME)"},
    BitName{"ecc-en", snp::platform_info::EccEn::mask, "memory has error correction"},
    BitName{"rapl-dis", snp::platform_info::RaplDis::mask, "RAPL (power readings) is off"},
    BitName{"ciphertext-hiding-dram-en", snp::platform_info::CiphertextHidingDramEn::mask,
            "ciphertext of DRAM is hidden from the host"},
    BitName{"alias-check-complete", snp::platform_info::AliasCheckComplete::mask,
            "the firmware found no two addresses for one cell of DRAM"},
    BitName{"tio-en", snp::platform_info::TioEn::mask, "trusted devices (SEV-TIO) are on"},
};

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

std::span<const BitName> guest_policy_bits() { return kGuestPolicyBits; }
std::span<const BitName> platform_info_bits() { return kPlatformInfoBits; }

const BitName* find_bit(std::span<const BitName> bits, std::string_view name) {
  for (const BitName& bit : bits)
    if (bit.name == name) return &bit;
  return nullptr;
}

std::string names_of(std::span<const BitName> bits, std::uint64_t word) {
  std::string list;
  for (const BitName& bit : bits) {
    if ((word & bit.mask) != 0) append(list, std::string(bit.name));
    word &= ~bit.mask;
  }
  for (unsigned position = 0; position < 64; ++position)
    if (((word >> position) & 1) != 0) append(list, "bit " + std::to_string(position));
  return list;
}

}  // namespace swtee::verifier
