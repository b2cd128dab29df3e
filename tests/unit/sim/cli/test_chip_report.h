// SPDX-License-Identifier: Apache-2.0
/// A report that a chip of the default test universe signs, put together here without the firmware.
#pragma once

#include "firmware/crypto/digest.h"
#include "firmware/keys/chip.h"
#include "firmware/keys/endorsement.h"
#include "firmware/keys/vlek.h"
#include "firmware/platform/product.h"

#include <swtee/abi/snp/policy.h>
#include <swtee/abi/snp/report.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace swtee::cli::test {

inline void sign(snp::AttestationReport& wire, const crypto::EcPrivateKey& key) {
  const crypto::EcdsaSignature signature = key.sign(crypto::sha384(bytes_of(wire).first(snp::kSignedReportSize)));
  wire.signature = {};
  std::reverse_copy(signature.r.begin(), signature.r.end(), wire.signature.r.begin());
  std::reverse_copy(signature.s.begin(), signature.s.end(), wire.signature.s.begin());
}

inline snp::AttestationReport unsigned_report(const ProductRow& product) {
  snp::AttestationReport wire{};
  wire.version = product.tcb_layout == snp::TcbLayout::turin ? 5 : 3;
  wire.policy = snp::policy::kDefault;
  wire.signature_algo = snp::kSignatureAlgoEcdsaP384;
  wire.report_data.fill(0x5a);
  wire.report_id_ma.fill(0xff);
  const std::uint64_t tcb = snp::encode(product.tcb, product.tcb_layout);
  wire.current_tcb = wire.committed_tcb = wire.reported_tcb = wire.launch_tcb = tcb;
  const CpuidFms fms = fms_of(product.cpuid_signature);
  wire.cpuid_fam_id = fms.family;
  wire.cpuid_mod_id = fms.model;
  wire.cpuid_step = fms.stepping;
  return wire;
}

/// Signed with the VCEK of chip `number` of the default universe.
inline snp::AttestationReport chip_report(Product which, std::uint64_t number) {
  const ProductRow& product = product_row(which);
  const keys::Chip chip = keys::make_chip(keys::Universe::test_default(), product, number);
  snp::AttestationReport wire = unsigned_report(product);
  wire.chip_id = chip.id;
  sign(wire, keys::EndorsementStick::from_secret(chip.secret.expose(), product.tcb).key());
  return wire;
}

/// Signed with the VLEK of a provider of the default universe.
inline snp::AttestationReport provider_report(Product which, std::string_view csp_id) {
  const ProductRow& product = product_row(which);
  snp::AttestationReport wire = unsigned_report(product);
  wire.key_info = static_cast<std::uint32_t>(snp::key_info::SigningKey::set(snp::key_info::kVlek));
  sign(wire, keys::vlek_stick(keys::Universe::test_default(), product, csp_id, product.tcb).key());
  return wire;
}

inline std::vector<std::uint8_t> bytes(const snp::AttestationReport& wire) {
  const ByteView view = bytes_of(wire);
  return {view.begin(), view.end()};
}

}  // namespace swtee::cli::test
