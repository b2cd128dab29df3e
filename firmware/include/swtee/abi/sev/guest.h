// SPDX-License-Identifier: Apache-2.0
/// Command buffers and structures of legacy SEV guests.  [SEV-API r0.24 §Guest Management API]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::sev {

/// Guest policy, 32 bits.  [SEV-API r0.24 §Guest Policy Structure]
namespace policy {
using NoDebug = Bit<0>;
using NoKeySharing = Bit<1>;
using Es = Bit<2>;
using NoSend = Bit<3>;
using Domain = Bit<4>;
using Sev = Bit<5>;
using ApiMajor = Field<16, 8>;
using ApiMinor = Field<24, 8>;
inline constexpr std::uint32_t kReserved = 0xffc0;
}  // namespace policy

/// DECOMMISSION (0x20), DEACTIVATE (0x22) and LAUNCH_FINISH (0x35).
struct HandleBuffer {
  le32 handle;
};
SWTEE_WIRE_SIZE(HandleBuffer, 0x4);

/// ACTIVATE (0x21).
struct ActivateBuffer {
  le32 handle;
  le32 asid;
};
SWTEE_WIRE_SIZE(ActivateBuffer, 0x8);

/// ACTIVATE_EX (0x25).
struct ActivateExBuffer {
  le32 length;
  le32 handle;
  le32 asid;
  le32 num_ids;
  le64 ids_paddr;  ///< list of num_ids APIC ids, 32 bits each
};
SWTEE_WIRE_SIZE(ActivateExBuffer, 0x18);
SWTEE_WIRE_AT(ActivateExBuffer, ids_paddr, 0x10);

/// GUEST_STATUS (0x23).
struct GuestStatusBuffer {
  le32 handle;
  le32 policy;  ///< out
  le32 asid;    ///< out; 0: not active
  u8 state;     ///< out
};
SWTEE_WIRE_SIZE(GuestStatusBuffer, 0xd);

/// LAUNCH_START (0x30).
struct LaunchStartBuffer {
  le32 handle;  ///< in: the guest whose key is shared, or 0; out: the new guest
  le32 policy;
  le64 dh_cert_paddr;
  le32 dh_cert_length;
  le32 reserved_14h;
  le64 session_paddr;
  le32 session_length;
};
SWTEE_WIRE_SIZE(LaunchStartBuffer, 0x24);
SWTEE_WIRE_AT(LaunchStartBuffer, session_paddr, 0x18);

/// What the guest's owner sends along.  [SEV-API r0.24 §Session Data Buffer]
struct Session {
  Bytes<16> nonce;
  Bytes<32> wrapped_keys;  ///< TEK, TIK
  Bytes<16> wrap_iv;
  Bytes<32> wrap_mac;
  Bytes<32> policy_mac;
};
SWTEE_WIRE_SIZE(Session, 0x80);
SWTEE_WIRE_AT(Session, wrap_mac, 0x40);

/// LAUNCH_UPDATE_DATA (0x31) and LAUNCH_UPDATE_VMSA (0x32).
struct LaunchUpdateBuffer {
  le32 handle;
  le32 reserved_4h;
  le64 paddr;
  le32 length;
};
SWTEE_WIRE_SIZE(LaunchUpdateBuffer, 0x14);

/// LAUNCH_MEASURE (0x33).
struct LaunchMeasureBuffer {
  le32 handle;
  le32 reserved_4h;
  le64 measure_paddr;
  le32 measure_length;  ///< in and out
};
SWTEE_WIRE_SIZE(LaunchMeasureBuffer, 0x14);

struct Measurement {
  Bytes<32> measure;  ///< HMAC-SHA-256 under the TIK
  Bytes<16> nonce;
};
SWTEE_WIRE_SIZE(Measurement, 0x30);

/// LAUNCH_SECRET (0x34).
struct LaunchSecretBuffer {
  le32 handle;
  le32 reserved_4h;
  le64 header_paddr;
  le32 header_length;
  le32 reserved_14h;
  le64 guest_paddr;
  le32 guest_length;
  le32 reserved_24h;
  le64 transport_paddr;
  le32 transport_length;
};
SWTEE_WIRE_SIZE(LaunchSecretBuffer, 0x34);
SWTEE_WIRE_AT(LaunchSecretBuffer, guest_paddr, 0x18);
SWTEE_WIRE_AT(LaunchSecretBuffer, transport_paddr, 0x28);

/// Header of a packet to a guest.
struct PacketHeader {
  le32 flags;  ///< bit 0: compressed
  Bytes<16> iv;
  Bytes<32> mac;
};
SWTEE_WIRE_SIZE(PacketHeader, 0x34);

/// ATTESTATION_REPORT (0x36).
struct AttestationReportBuffer {
  le32 handle;
  le32 reserved_4h;
  le64 report_paddr;
  Bytes<16> nonce;
  le32 report_length;  ///< in and out
};
SWTEE_WIRE_SIZE(AttestationReportBuffer, 0x24);
SWTEE_WIRE_AT(AttestationReportBuffer, report_length, 0x20);

/// The signature covers nonce, digest and policy.
struct AttestationReport {
  Bytes<16> nonce;
  Bytes<32> launch_digest;
  le32 policy;
  le32 signature_usage;
  le32 signature_algorithm;
  le32 reserved_3ch;
  Bytes<72> r;
  Bytes<72> s;
};
SWTEE_WIRE_SIZE(AttestationReport, 0xd0);
SWTEE_WIRE_AT(AttestationReport, signature_usage, 0x34);
SWTEE_WIRE_AT(AttestationReport, r, 0x40);

/// DBG_DECRYPT (0x60) and DBG_ENCRYPT (0x61).
struct DebugBuffer {
  le32 handle;
  le32 reserved_4h;
  le64 source_paddr;
  le64 destination_paddr;
  le32 length;
};
SWTEE_WIRE_SIZE(DebugBuffer, 0x1c);
SWTEE_WIRE_AT(DebugBuffer, destination_paddr, 0x10);

}  // namespace swtee::sev
