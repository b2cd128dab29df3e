// SPDX-License-Identifier: Apache-2.0
/// The attestation report.  [SNP-ABI r1.58 §ATTESTATION_REPORT]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// ECDSA P-384 signature as the firmware writes it: numbers little-endian, each padded with zeros to 72 bytes.
struct WireSignature {
  Bytes<72> r;
  Bytes<72> s;
  Bytes<368> reserved_90h;
};
SWTEE_WIRE_SIZE(WireSignature, 0x200);
SWTEE_WIRE_AT(WireSignature, s, 0x48);

/// The report, all versions: version 2 has zeros where later versions have CPUID bytes (3) and mitigation vectors (5).
/// Bytes 0 to 0x29f are signed.
struct AttestationReport {
  le32 version;
  le32 guest_svn;
  le64 policy;  ///< see policy.h
  Bytes<16> family_id;
  Bytes<16> image_id;
  le32 vmpl;
  le32 signature_algo;   ///< 1: ECDSA P-384 with SHA-384
  le64 current_tcb;      ///< see tcb.h
  le64 platform_info;    ///< see namespace platform_info
  le32 key_info;         ///< see namespace key_info
  le32 reserved_4ch;
  Bytes<64> report_data;
  Bytes<48> measurement;
  Bytes<32> host_data;
  Bytes<48> id_key_digest;
  Bytes<48> author_key_digest;
  Bytes<32> report_id;
  Bytes<32> report_id_ma;
  le64 reported_tcb;
  u8 cpuid_fam_id;  ///< from version 3: extended family and model already added
  u8 cpuid_mod_id;
  u8 cpuid_step;
  Bytes<21> reserved_18bh;
  Bytes<64> chip_id;
  le64 committed_tcb;
  u8 current_build;
  u8 current_minor;
  u8 current_major;
  u8 reserved_1ebh;
  u8 committed_build;
  u8 committed_minor;
  u8 committed_major;
  u8 reserved_1efh;
  le64 launch_tcb;
  le64 launch_mit_vector;   ///< from version 5
  le64 current_mit_vector;  ///< from version 5
  Bytes<152> reserved_208h;
  WireSignature signature;
};
SWTEE_WIRE_SIZE(AttestationReport, 0x4a0);
SWTEE_WIRE_AT(AttestationReport, family_id, 0x10);
SWTEE_WIRE_AT(AttestationReport, current_tcb, 0x38);
SWTEE_WIRE_AT(AttestationReport, platform_info, 0x40);
SWTEE_WIRE_AT(AttestationReport, report_data, 0x50);
SWTEE_WIRE_AT(AttestationReport, measurement, 0x90);
SWTEE_WIRE_AT(AttestationReport, host_data, 0xc0);
SWTEE_WIRE_AT(AttestationReport, id_key_digest, 0xe0);
SWTEE_WIRE_AT(AttestationReport, author_key_digest, 0x110);
SWTEE_WIRE_AT(AttestationReport, report_id, 0x140);
SWTEE_WIRE_AT(AttestationReport, report_id_ma, 0x160);
SWTEE_WIRE_AT(AttestationReport, reported_tcb, 0x180);
SWTEE_WIRE_AT(AttestationReport, cpuid_fam_id, 0x188);
SWTEE_WIRE_AT(AttestationReport, chip_id, 0x1a0);
SWTEE_WIRE_AT(AttestationReport, committed_tcb, 0x1e0);
SWTEE_WIRE_AT(AttestationReport, current_build, 0x1e8);
SWTEE_WIRE_AT(AttestationReport, committed_build, 0x1ec);
SWTEE_WIRE_AT(AttestationReport, launch_tcb, 0x1f0);
SWTEE_WIRE_AT(AttestationReport, launch_mit_vector, 0x1f8);
SWTEE_WIRE_AT(AttestationReport, reserved_208h, 0x208);
SWTEE_WIRE_AT(AttestationReport, signature, 0x2a0);

inline constexpr std::size_t kSignedReportSize = 0x2a0;
inline constexpr std::uint32_t kSignatureAlgoEcdsaP384 = 1;

namespace platform_info {
using SmtEn = Bit<0>;
using TsmeEn = Bit<1>;
using EccEn = Bit<2>;
using RaplDis = Bit<3>;
using CiphertextHidingDramEn = Bit<4>;
using AliasCheckComplete = Bit<5>;  ///< from report version 3
using TioEn = Bit<7>;               ///< from report version 5
}  // namespace platform_info

namespace key_info {
using AuthorKeyEn = Bit<0>;
using MaskChipKey = Bit<1>;
using SigningKey = Field<2, 3>;
inline constexpr std::uint32_t kVcek = 0;
inline constexpr std::uint32_t kVlek = 1;
inline constexpr std::uint32_t kNone = 7;
inline constexpr std::uint32_t kMustBeZero = 0xffffffe0;
}  // namespace key_info

}  // namespace swtee::snp
