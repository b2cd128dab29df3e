// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/page_checks.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp::commands {
namespace {

struct Plan {
  Spa at;
  std::uint32_t ecx_in;
};

Result<Plan, Status> check(const World& world, const SnpFeatureInfoBuffer& buffer) {
  SWTEE_REQUIRE(buffer.length == sizeof(SnpFeatureInfoBuffer), Status::invalid_len);
  const Spa at = SWTEE_TRY(output_buffer(world, buffer.feature_info_paddr, sizeof(FeatureInfo), 8));
  return Plan{at, buffer.ecx_in};
}

/// CPUID Fn8000_0024: sub-leaf 0 names the highest sub-leaf and the features.
FeatureInfo features_of(const World& world, std::uint32_t ecx_in) {
  FeatureInfo info{};
  if (ecx_in != 0) return info;
  const ProductRow& product = world.product();
  info.ecx = static_cast<std::uint32_t>(feature_info_bits::X86Shutdown::set(true) | feature_info_bits::RaplDis::set(true) |
                                        feature_info_bits::CiphertextHiding::set(product.ciphertext_hiding) |
                                        feature_info_bits::Aes256Xts::set(product.aes_256_xts));
  return info;
}

Status commit(World& world, Plan plan) noexcept {
  const FeatureInfo info = features_of(world, plan.ecx_in);
  write_memory(world, plan.at, bytes_of(info));
  return Status::success;
}

}  // namespace

/// SNP_FEATURE_INFO: which optional features the firmware has, in the form of CPUID Fn8000_0024.
/// [SNP-ABI r1.58 §SNP_FEATURE_INFO]
///
/// States    any.
/// Failures  INVALID_LEN the buffer's LENGTH is not 16; INVALID_ADDRESS; INVALID_PAGE_STATE SNP is INIT and the page is
///           not Firmware.
/// Effects   writes 16 bytes; the page stays Firmware.
Status snp_feature_info(World& world, std::uint32_t id, ByteView buffer) {
  return run<SnpFeatureInfoBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
