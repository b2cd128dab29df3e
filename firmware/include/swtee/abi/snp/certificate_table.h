// SPDX-License-Identifier: Apache-2.0
/// The certificate table that a host hands to a guest with an extended report.  [GHCB r2.03 §SNP Extended Guest Request]
///
/// Entries, then one all-zero entry, then the certificates; offsets count from the start of the table.
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp {

/// GUID in text order: the ARK's starts with the byte c0.
using CertificateGuid = Bytes<16>;

struct CertificateTableEntry {
  CertificateGuid guid;
  le32 offset;
  le32 length;
};
SWTEE_WIRE_SIZE(CertificateTableEntry, 0x18);
SWTEE_WIRE_AT(CertificateTableEntry, offset, 0x10);

inline constexpr CertificateGuid kArkGuid{0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                                          0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};
/// ASK, and ASVK: there is no GUID of its own.
inline constexpr CertificateGuid kAskGuid{0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                                          0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
inline constexpr CertificateGuid kVcekGuid{0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                           0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
inline constexpr CertificateGuid kVlekGuid{0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                                           0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
/// Known to the sev crate only.
inline constexpr CertificateGuid kCrlGuid{0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d,
                                          0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea};

/// Largest table that Linux accepts.
inline constexpr std::size_t kCertificateTableMax = 0x4000;

}  // namespace swtee::snp
