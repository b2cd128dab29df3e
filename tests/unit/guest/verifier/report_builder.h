// SPDX-License-Identifier: Apache-2.0
/// A well-formed report, so that each test breaks one thing.
#pragma once

#include <swtee/abi/snp/policy.h>
#include <swtee/abi/snp/report.h>
#include <swtee/abi/snp/tcb.h>

#include <cstdint>
#include <vector>

namespace swtee::verifier::test {

inline std::vector<std::uint8_t> bytes(const snp::AttestationReport& wire) {
  const ByteView view = bytes_of(wire);
  return {view.begin(), view.end()};
}

/// Unsigned report of a Milan (versions 2, 3, 4) or Turin (5) with different values in all fields.
inline snp::AttestationReport well_formed_report(std::uint32_t version) {
  const bool turin = version == 5;
  snp::AttestationReport wire{};
  wire.version = version;
  wire.guest_svn = 7;
  wire.policy = snp::policy::kDefault | 0x011f;
  wire.family_id.fill(0x11);
  wire.image_id.fill(0x12);
  wire.vmpl = 1;
  wire.signature_algo = snp::kSignatureAlgoEcdsaP384;
  wire.platform_info = snp::platform_info::SmtEn::mask | snp::platform_info::EccEn::mask;
  wire.key_info = static_cast<std::uint32_t>(snp::key_info::AuthorKeyEn::mask);
  wire.report_data.fill(0x13);
  wire.measurement.fill(0x14);
  wire.host_data.fill(0x15);
  wire.id_key_digest.fill(0x16);
  wire.author_key_digest.fill(0x17);
  wire.report_id.fill(0x18);
  wire.report_id_ma.fill(0xff);
  const snp::TcbLayout layout = turin ? snp::TcbLayout::turin : snp::TcbLayout::milan_genoa;
  const auto tcb = [layout](std::uint8_t snp) {
    return snp::encode({.fmc = std::uint8_t(layout == snp::TcbLayout::turin ? 3 : 0), .boot_loader = 4, .tee = 1, .snp = snp,
                        .microcode = 200}, layout);
  };
  wire.reported_tcb = tcb(20);
  wire.launch_tcb = tcb(21);
  wire.committed_tcb = tcb(21);
  wire.current_tcb = tcb(22);
  if (version >= 3) {
    wire.cpuid_fam_id = turin ? 0x1a : 0x19;
    wire.cpuid_mod_id = turin ? 0x02 : 0x01;
    wire.cpuid_step = 1;
  }
  for (std::size_t i = 0; i < (turin ? 8u : 64u); ++i) wire.chip_id[i] = static_cast<std::uint8_t>(0x21 + i);
  wire.current_major = wire.committed_major = 1;
  wire.current_minor = 58;
  wire.committed_minor = 55;
  wire.current_build = 3;
  wire.committed_build = 2;
  if (turin) {
    wire.launch_mit_vector = 0x31;
    wire.current_mit_vector = 0x33;
  }
  for (std::size_t i = 0; i < 48; ++i) {
    wire.signature.r[i] = static_cast<std::uint8_t>(0x40 + i);
    wire.signature.s[i] = static_cast<std::uint8_t>(0x80 + i);
  }
  return wire;
}

}  // namespace swtee::verifier::test
